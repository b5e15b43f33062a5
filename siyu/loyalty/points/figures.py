"""What points come to in all: how many are out, what became of them over time, when they end.

Outstanding is what persons have and what is held for them. It changes by what is posted alone: opening, what came in,
what went out and closing always add up, whatever the period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.tables import point_accounts, point_entries, point_lots, point_postings
from siyu.storage import Stores
from siyu.storage.ledger import to_millis

DISORDER = timedelta(hours=1)
"""Postings are numbered in the order of their moments, as far as that."""
OUTSTANDING = ("person", "held")
CAME_BY = {
    "earned": "earned",
    "given_back": "given_back",
    "spent": "spent",
    "captured": "spent",
    "taken_back": "taken_back",
    "expired": "expired",
}
"""Kind of posting → what it is counted as; a hold and its release change nothing."""


@dataclass(slots=True)
class Movement:
    """A period: what was outstanding before, what changed it (what went out is below zero), and after. ``owed_paid``:
    was earned besides, and paid what was owed."""

    begins: datetime
    ends: datetime
    opening: int = 0
    earned: int = 0
    given_back: int = 0
    spent: int = 0
    taken_back: int = 0
    expired: int = 0
    closing: int = 0
    owed_paid: int = 0
    """Not part of the sum."""

    @property
    def issued(self) -> int:
        """All that was given, with what paid debts."""
        return self.earned + self.owed_paid

    @property
    def change(self) -> int:
        return self.earned + self.given_back + self.spent + self.taken_back + self.expired


@dataclass(slots=True)
class Overview:
    """As it stands now. ``available`` and ``held`` are outstanding together; ``owed``: has to be earned first;
    ``ending``: within so many days, so many."""

    available: int = 0
    held: int = 0
    owed: int = 0
    people: int = 0
    ending: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def outstanding(self) -> int:
        return self.available + self.held


ENDING_DAYS = (30, 90)


def overview(stores: Stores) -> Overview:
    """What is out now."""
    now = stores.clock.now()
    table, lots = point_accounts.c, point_lots.c
    found = Overview()
    with stores.ledger.read() as conn:
        sums = sa.select(table.kind, sa.func.sum(table.balance), sa.func.count()).where(
            table.kind.in_(("person", "held", "owed")), table.balance != 0
        )
        for kind, points, many in conn.execute(sums.group_by(table.kind)):
            if kind == "person":
                found.available, found.people = int(points), many
            elif kind == "held":
                found.held = int(points)
            else:
                found.owed = -int(points)
        for days in ENDING_DAYS:
            query = sa.select(sa.func.coalesce(sa.func.sum(lots.left), 0)).where(
                lots.left > 0, lots.expires > now, lots.expires <= now + timedelta(days=days)
            )
            found.ending[days] = int(conn.execute(query).scalar_one())
    return found


def movements(stores: Stores, bounds: Sequence[datetime]) -> list[Movement]:
    """What happened between each two neighbours of these moments, which ascend."""
    spans = [Movement(begins, ends) for begins, ends in pairwise(bounds)]
    with stores.ledger.read() as conn:
        table = point_accounts.c
        total = sa.select(sa.func.coalesce(sa.func.sum(table.balance), 0)).where(table.kind.in_(OUTSTANDING))
        now_out = int(conn.execute(total).scalar_one())
        since = 0
        for place, kind, account, points in conn.execute(_changes(conn, bounds)):
            if account in OUTSTANDING:
                since += int(points)
            if place >= len(spans):
                continue
            span = spans[place]
            if account == "owed" and kind == "earned":
                span.owed_paid += int(points)
            elif account in OUTSTANDING and kind in CAME_BY:
                name = CAME_BY[kind]
                setattr(span, name, cast(int, getattr(span, name)) + int(points))
    opening = now_out - since
    for span in spans:
        span.opening = opening
        opening = span.closing = span.opening + span.change
    return spans


def _changes(conn: Connection, bounds: Sequence[datetime]) -> sa.Select[tuple[int, str, str, int]]:
    """Number of the span (one more than there are: after the last), kind of posting, kind of account, points."""
    at = point_postings.c.at
    place = sa.case(*((at < bound, n) for n, bound in enumerate(bounds[1:])), else_=len(bounds) - 1)
    return (
        sa.select(
            place.label("place"), point_postings.c.kind, point_entries.c.kind, sa.func.sum(point_entries.c.points)
        )
        .join(point_entries, point_entries.c.posting == point_postings.c.id)
        .where(
            point_postings.c.id >= first_since(conn, bounds[0] - DISORDER),
            at >= bounds[0],
            point_entries.c.kind.in_((*OUTSTANDING, "owed")),
        )
        .group_by("place", point_postings.c.kind, point_entries.c.kind)
    )


def first_since(conn: Connection, moment: datetime) -> int:
    """The number from which on postings are of this moment or later: found by halves, as no index is kept of moments,
    which every posting would have to write."""
    wanted = to_millis(moment)
    low, high = 1, (conn.execute(sa.select(sa.func.max(point_postings.c.id))).scalar() or 0) + 1
    at = sa.type_coerce(point_postings.c.at, sa.BigInteger)
    while low < high:
        middle = (low + high) // 2
        next_one = sa.select(point_postings.c.id, at).where(point_postings.c.id >= middle)
        row = conn.execute(next_one.order_by(point_postings.c.id).limit(1)).first()
        if row is None or row[1] >= wanted:
            high = middle
        else:
            low = row[0] + 1
    return low
