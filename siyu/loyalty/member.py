"""What a member sees of their points, on their phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.tables import point_entries, point_lots, point_postings
from siyu.storage import sent

HISTORY_MAX = 50
ENDING_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Line:
    """Points that came or went: ``id`` of the posting."""

    id: int
    at: datetime
    why: str
    points: int


def history(conn: Connection, nodes: Sequence[int], before: int | None = None, limit: int = HISTORY_MAX) -> list[Line]:
    """What happened to the points of these nodes, the newest first. What moved between what they have and what is set
    aside for them shows as it went."""
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    points = sa.func.sum(point_entries.c.points)
    query = (
        sa.select(point_postings.c.id, point_postings.c.at, point_postings.c.why, points)
        .join(point_entries, point_entries.c.posting == point_postings.c.id)
        .where(point_entries.c.kind == "person", point_entries.c.of.in_(sa.select(asked.c.person)))
        .group_by(point_postings.c.id, point_postings.c.at, point_postings.c.why)
        .having(points != 0)
        .order_by(point_postings.c.id.desc())
        .limit(limit)
    )
    rows = conn.execute(query if before is None else query.where(point_postings.c.id < before))
    return [Line(number, at, why, int(many)) for number, at, why, many in rows]


def ending(conn: Connection, nodes: Sequence[int], now: datetime) -> list[tuple[datetime, int]]:
    """When points end, the first first: (moment, points)."""
    asked = sent(conn, person=(sa.BigInteger, list(nodes)))
    row = point_lots.c
    query = (
        sa.select(row.expires, sa.func.sum(row.left))
        .where(row.of.in_(sa.select(asked.c.person)), row.left > 0, row.expires > now)
        .group_by(row.expires)
        .order_by(row.expires)
        .limit(ENDING_SHOWN)
    )
    return [(expires, int(left)) for expires, left in conn.execute(query)]
