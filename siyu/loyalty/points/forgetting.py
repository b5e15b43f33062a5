"""What the points ledger forgets of somebody who is erased: what staff wrote. The books stay under the number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.by_hand import BEGINS
from siyu.loyalty.points.tables import point_entries, point_postings


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    mine = sa.select(point_entries.c.posting).where(
        point_entries.c.kind.in_(("person", "held", "owed")), point_entries.c.of.in_(nodes)
    )
    written = sa.and_(point_postings.c.key >= BEGINS, point_postings.c.key < f"{BEGINS}~")
    conn.execute(sa.update(point_postings).where(written, point_postings.c.id.in_(mine)).values(why=""))
