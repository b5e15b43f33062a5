"""What coupons forget of somebody who is erased: what staff wrote about them. What was open ends; amounts stay
under the number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.coupons.moving import Move, move, opened
from siyu.loyalty.coupons.tables import coupon_steps, coupons


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    of_theirs = coupons.c.person.in_(nodes)
    kinds, rows = opened(conn, sa.and_(of_theirs, coupons.c.stage == "open"))
    move(conn, at, kinds, [Move(row=row, to="ended", what="ended", by="erasure") for row in rows.values()])
    mine = sa.select(coupons.c.id).where(of_theirs)
    conn.execute(sa.update(coupon_steps).where(coupon_steps.c.coupon.in_(mine)).values(why=""))
    conn.execute(sa.update(coupons).where(of_theirs).values(why=""))
