"""What is forgotten of somebody who is erased: where they sat, and what spoke against them. Sums stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.cheating.tables import limit_seats, suspicions


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    seats = limit_seats.c
    own = sa.and_(seats.sort == "person", seats.mark.in_([str(node) for node in nodes]))
    conn.execute(sa.delete(limit_seats).where(sa.or_(sa.and_(seats.sort != "person", seats.seat.in_(nodes)), own)))
    conn.execute(sa.update(suspicions).where(suspicions.c.person.in_(nodes)).values(reasons=[], why=""))
