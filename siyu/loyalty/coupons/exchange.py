"""Coupons for points: points spent and coupon taken in one transaction, once for a key."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.coupons.model import Refused, Take, Taken
from siyu.loyalty.coupons.tables import coupon_kinds
from siyu.loyalty.coupons.taking import take
from siyu.loyalty.points.model import Spend
from siyu.loyalty.points.posting import post

KEY_CHARACTERS_MAX = 150


def exchange(conn: Connection, now: datetime, kind: int, person: int, key: str, by: str = "system") -> Taken | Refused:
    """Give a person a coupon of ``kind`` for its price in points; either both happen or neither does. Asked again with
    the same key, the same coupon, and nothing is spent again.

    Raises :class:`ValueError` for a key that says nothing or too much.
    """
    if not 0 < len(key) <= KEY_CHARACTERS_MAX:
        raise ValueError("an exchange needs a key that says its reason")
    found = conn.execute(
        sa.select(coupon_kinds.c.name, coupon_kinds.c.price_points).where(coupon_kinds.c.id == kind)
    ).one_or_none()
    if found is None or found.price_points is None:
        return Refused(key, "unknown")
    one = f"exchange:{key}"
    together = conn.begin_nested()
    (taken,) = take(conn, now, [Take(kind, person, one, "积分兑换", by)])
    if isinstance(taken, Refused):
        together.rollback()
        return Refused(key, taken.why)
    if taken.new:
        wish = Spend(key=f"coupon:{one}", why=f"兑换 {found.name}", by=by, person=person, points=found.price_points)
        (spent,) = post(conn, now, [wish])
        if not spent.new:
            together.rollback()
            return Refused(key, "points")
    together.commit()
    return taken
