"""What tiers forget of somebody who is erased: everything. Who is gone has no tier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.tiers.tables import tier_agents, tier_changes, tier_facts, tier_stale, tier_standings


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    for table in (tier_facts, tier_standings, tier_changes, tier_agents, tier_stale):
        conn.execute(sa.delete(table).where(table.c.person.in_(nodes)))
