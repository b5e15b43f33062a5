"""How a broadcast went: progress, results by person with reasons, what was held lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import people
from siyu.reach.broadcasts import get_broadcast, size_of
from siyu.reach.model import PENDING
from siyu.reach.tables import broadcast_members, broadcasts, outbox
from siyu.storage import Stores


@dataclass(frozen=True, slots=True)
class Progress:
    """``counts`` is messages by state and reason; ``all`` the audience's size, ``intended`` how many are decided."""

    state: str
    all: int
    intended: int
    counts: Mapping[tuple[str, str | None], int]

    def of(self, *states: str) -> int:
        return sum(number for (state, _), number in self.counts.items() if state in states)

    @property
    def pending(self) -> int:
        return self.of(*PENDING) + self.all - self.intended

    @property
    def settled(self) -> int:
        return self.all - self.pending


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One person's message in a list."""

    id: int
    broadcast: int
    broadcast_name: str
    journey: int | None  # whose message it is; None: the broadcast's own
    person: int
    channel: str
    state: str
    reason: str | None
    due: datetime
    decided: datetime
    settled: datetime | None
    attempts: int


def progress_of(stores: Stores, broadcast: int) -> Progress:
    """How far a broadcast is. Raises :class:`NotFound`."""
    found = get_broadcast(stores, broadcast)
    with stores.ledger.read() as conn:
        everybody, _ = size_of(conn, broadcast)
        intended = conn.execute(
            sa.select(sa.func.coalesce(sa.func.sum(broadcast_members.c.size), 0)).where(
                broadcast_members.c.broadcast == broadcast, broadcast_members.c.last <= found.intended_up_to
            )
        ).scalar_one()
        counts = counts_of(conn, broadcast)
    return Progress(found.state, everybody, int(intended), counts)


def counts_of(conn: Connection, sender: int) -> dict[tuple[str, str | None], int]:
    """How many messages of a broadcast, or of a journey's step, are in each state for which reason."""
    rows = conn.execute(
        sa.select(outbox.c.state, outbox.c.reason, sa.func.count())
        .where(outbox.c.broadcast == sender)
        .group_by(outbox.c.state, outbox.c.reason)
    )
    return {(state, reason): int(number) for state, reason, number in rows}


@dataclass(frozen=True, slots=True)
class Found:
    """What a search among messages found: the message of that number or delivery id, and people by name or phone."""

    message: int | None = None
    persons: Sequence[int] = ()


def _nodes(persons: Sequence[int]) -> sa.Select[tuple[int]]:
    """Every identity of these people."""
    node = people.alias()
    kept = sa.select(people.c.kept).where(people.c.person.in_(persons))
    return sa.select(node.c.person).where(node.c.kept.in_(kept))


def message_rows(
    stores: Stores,
    *,
    broadcast: int | None = None,
    person: int | None = None,
    state: str = "",
    reason: str = "",
    found: Found | None = None,
    before: int | None = None,
    rows_max: int = 50,
) -> list[MessageRow]:
    """Messages, newest first; ``before`` is the number of the last one seen. ``person`` is any node of a person;
    ``found``: what words in a search field mean, one message or those to some people."""
    query = (
        sa.select(
            outbox.c.id,
            outbox.c.broadcast,
            broadcasts.c.name,
            broadcasts.c.journey,
            outbox.c.person,
            outbox.c.channel,
            outbox.c.state,
            outbox.c.reason,
            outbox.c.due,
            outbox.c.decided,
            outbox.c.settled,
            outbox.c.attempts,
        )
        .join(broadcasts, broadcasts.c.id == outbox.c.broadcast)
        .order_by(outbox.c.id.desc())
        .limit(rows_max)
    )
    if broadcast is not None:
        query = query.where(outbox.c.broadcast == broadcast)
    if person is not None:
        query = query.where(outbox.c.person.in_(_nodes([person])))
    if found is not None:
        query = query.where(sa.or_(outbox.c.id == (found.message or 0), outbox.c.person.in_(_nodes(found.persons))))
    if state:
        query = query.where(outbox.c.state == state)
    if reason:
        query = query.where(outbox.c.reason == reason)
    if before is not None:
        query = query.where(outbox.c.id < before)
    with stores.ledger.read() as conn:
        return [MessageRow(*row) for row in conn.execute(query)]


def held_lately(stores: Stores, days: int = 30) -> dict[str, int]:
    """How many messages each rule held in the last days, from the events."""
    begin = stores.clock.now() - timedelta(days=days)
    rows = stores.events.rows(
        "SELECT properties.reason.:String AS reason, count() FROM events "
        "PREWHERE name = 'message_held' AND time >= {begin:DateTime64(3, 'UTC')} GROUP BY reason",
        {"begin": begin},
    )
    return {str(reason): int(number) for reason, number in rows}
