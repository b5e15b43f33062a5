"""What commerce forgets of somebody who is erased. That somebody went to the shop and paid stays, so figures hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.commerce.tables import offer_claims, offer_orders, offers


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    theirs = offer_claims.c.person.in_(nodes)
    mine = sa.select(offer_claims.c.id).where(theirs)
    conn.execute(
        sa.delete(offer_orders).where(sa.or_(offer_orders.c.person.in_(nodes), offer_orders.c.claim.in_(mine)))
    )
    conn.execute(sa.update(offer_claims).where(theirs).values(order=""))
    whom = sa.and_(offers.c.to == "person", offers.c.whom.in_([str(node) for node in nodes]))
    ended = {"stage": "ended", "name": "—", "note": "", "changed": at}
    conn.execute(sa.update(offers).where(whom).values(ended))
