"""What was granted, as other parts of the room ask for it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.purses.tables import purses, rewards
from siyu.storage import sent


def cents_of(conn: Connection, nodes: Sequence[int]) -> dict[int, int]:
    """Node → the cents that were granted or paid to it and not taken back; only nodes that have some."""
    if not nodes:
        return {}
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    money = (
        sa.select(rewards.c.person, sa.func.sum(rewards.c.amount))
        .join(asked, asked.c.person == rewards.c.person)
        .join(purses, purses.c.id == rewards.c.purse)
        .where(purses.c.currency == "yuan", rewards.c.stage.in_(("granted", "paid")))
        .group_by(rewards.c.person)
    )
    return {person: int(cents) for person, cents in conn.execute(money)}
