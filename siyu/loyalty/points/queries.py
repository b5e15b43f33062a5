"""What a person has, had, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.tables import point_accounts, point_entries, point_lots, point_postings
from siyu.people.tables import people
from siyu.storage import sent


@dataclass(frozen=True, slots=True)
class Balance:
    """``available``: may be spent now; ``held``: set aside; ``owed``: is earned first; ``ends``: when the next points
    do, and how many of them."""

    available: int = 0
    held: int = 0
    owed: int = 0
    ends: datetime | None = None
    ending: int = 0


def balances(conn: Connection, now: datetime, persons: Sequence[int]) -> dict[int, Balance]:
    """What these kept persons have, all their nodes together."""
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    node = people.alias("node")
    mine = sa.select(asked.c.person, node.c.person.label("node")).join(node, node.c.kept == asked.c.person)
    nodes = mine.subquery("nodes")
    lots = (
        sa.select(nodes.c.person, point_lots.c.expires, sa.func.sum(point_lots.c.left))
        .join(point_lots, point_lots.c.of == nodes.c.node)
        .where(point_lots.c.left > 0, sa.or_(point_lots.c.expires.is_(None), point_lots.c.expires > now))
        .group_by(nodes.c.person, point_lots.c.expires)
    )
    aside = (
        sa.select(nodes.c.person, point_accounts.c.kind, sa.func.sum(point_accounts.c.balance))
        .join(point_accounts, point_accounts.c.of == nodes.c.node)
        .where(point_accounts.c.kind.in_(("held", "owed")))
        .group_by(nodes.c.person, point_accounts.c.kind)
    )
    ends: dict[int, dict[datetime | None, int]] = {person: {} for person in persons}
    for person, expires, left in conn.execute(lots):
        ends[person][expires] = int(left)
    others = {(person, kind): int(points) for person, kind, points in conn.execute(aside)}
    found: dict[int, Balance] = {}
    for person, by_end in ends.items():
        first = min((end for end in by_end if end is not None), default=None)
        available, held, owed = sum(by_end.values()), others.get((person, "held"), 0), -others.get((person, "owed"), 0)
        found[person] = Balance(available, held, owed, first, by_end[first] if first is not None else 0)
    return found


def balance_at(conn: Connection, nodes: Sequence[int], at: datetime) -> int:
    """What these nodes had at a moment, by the entries written until then."""
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(point_entries.c.points), 0))
        .join(point_postings, point_postings.c.id == point_entries.c.posting)
        .where(point_entries.c.kind == "person", point_entries.c.of.in_(nodes), point_postings.c.at <= at)
    )
    return int(conn.execute(query).scalar_one())
