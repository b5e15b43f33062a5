"""Merges that wait for a human: two persons whom something says are one, and something else that they are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import conflicts, people

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class HeldMerge:
    """A merge that waits for a human: both persons hold their own ``reason``."""

    id: int
    at: datetime
    low: int  # kept persons of today
    high: int
    reason: str
    evidence: Mapping[str, Any]
    state: str
    settled: datetime | None
    settled_by: str | None


def held_merges(
    conn: Connection, *, state: str = "open", person: int | None = None, after: int = 0, limit: int = 50
) -> list[HeldMerge]:
    """Conflicts by number, newest first; ``after``: the last number of the page before."""
    low, high = people.alias(), people.alias()
    query = _held(low, high, state).order_by(conflicts.c.id.desc()).limit(min(limit, PAGE_MAX))
    if after:
        query = query.where(conflicts.c.id < after)
    if person is not None:
        query = query.where((low.c.kept == person) | (high.c.kept == person))
    return [HeldMerge(*row) for row in conn.execute(query)]


def held_pairs(conn: Connection, *, after: int = 0, limit: int = 50) -> list[list[HeldMerge]]:
    """Open conflicts, those between the same two persons together: one decision settles them all.

    The pair with the newest conflict first; ``after``: the first number of the last pair of the page before.
    """
    newest = sa.func.max(conflicts.c.id)
    pairs = held_pairs_open().order_by(newest.desc())
    if after:
        pairs = pairs.having(newest < after)
    found: dict[tuple[int, int], list[HeldMerge]] = {
        (row.low, row.high): [] for row in conn.execute(pairs.limit(min(limit, PAGE_MAX)))
    }
    first, second = people.alias(), people.alias()
    both = [person for pair in found for person in pair]
    every = _held(first, second, "open").where(first.c.kept.in_(both), second.c.kept.in_(both))
    for row in conn.execute(every.order_by(conflicts.c.id.desc())):
        held = HeldMerge(*row)
        pair = found.get((min(held.low, held.high), max(held.low, held.high)))
        if pair is not None:
            pair.append(held)
    return list(found.values())


def held_pairs_open() -> sa.Select[tuple[int, int]]:
    """SQL: the pairs of kept persons, lower number first, between which something is held."""
    one, two = people.alias(), people.alias()
    low = sa.case((one.c.kept < two.c.kept, one.c.kept), else_=two.c.kept).label("low")
    high = sa.case((one.c.kept < two.c.kept, two.c.kept), else_=one.c.kept).label("high")
    return _held(one, two, "open").with_only_columns(low, high).group_by(low, high)


def _held(low: sa.FromClause, high: sa.FromClause, state: str) -> sa.Select[Any]:
    """Conflicts in a state, with both persons as they are kept today; those since merged are none any more."""
    return (
        sa.select(
            conflicts.c.id,
            conflicts.c.at,
            low.c.kept,
            high.c.kept,
            conflicts.c.reason,
            conflicts.c.evidence,
            conflicts.c.state,
            conflicts.c.settled,
            conflicts.c.settled_by,
        )
        .join(low, low.c.person == conflicts.c.low)
        .join(high, high.c.person == conflicts.c.high)
        .where(conflicts.c.state == state, conflicts.c.reason != "undone", low.c.kept != high.c.kept)
    )
