"""From an audience to the outbox: members frozen, then a chunk a transaction, resumed exactly where it stopped.

The durable place is ``broadcasts.intended_up_to``: it moves in the same transaction as the chunk's messages, so that
after a crash each person is in the outbox once, none twice, none missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from siyu.channels import Channels
from siyu.experiments import held_out
from siyu.jobs import preferences
from siyu.reach import costs
from siyu.reach.broadcasts import get_broadcast, read_sender, size_of, ways_of
from siyu.reach.content import Written, write
from siyu.reach.costs import SAMPLE, Cost
from siyu.reach.fields import load
from siyu.reach.guard import Counts, Guard, Way, Wish, count, load_guard
from siyu.reach.links import installation_name
from siyu.reach.membership import Members
from siyu.reach.model import PENDING, Broadcast
from siyu.reach.outbox import Intention, give_up, intend
from siyu.reach.tables import broadcast_members, broadcasts, outbox
from siyu.storage import Stores, in_chunks

INTEND_ROWS = 10_000
"""Persons a transaction: measured so that no other writer waits longer than a quarter of a second."""

SAMPLE_PERSONS = 50_000
"""Up to twice as many are counted one by one before a start; of more, a sample."""

BREATH_SECONDS = 0.002
"""Between chunks, so that those who wait for the ledger get their turn."""

Progress = Callable[[int, int | None, str | None], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """What would happen: everybody in the audience, and how many of them would be reached, delayed, held."""

    size: int
    counts: Counts
    approximate: bool
    moment: datetime
    """When its messages would be written: the guard was asked of then, and so are the platforms."""
    accounts: Sequence[int] = ()
    """Those of the broadcast, in order."""
    costs: Sequence[Cost] = ()
    """Of the messages that would go, by account."""

    @property
    def reached(self) -> int:
        return sum(self.counts.reach.values())

    @property
    def held(self) -> int:
        return sum(self.counts.held.values())


def intend_broadcast(stores: Stores, channels: Channels, members: Members, broadcast: int, progress: Progress) -> None:
    """Do all that is left of it; again changes nothing. Returns early where it was paused or cancelled."""
    freeze(stores, members, broadcast)
    with stores.ledger.read() as conn:
        all_members, _ = size_of(conn, broadcast)
        done = _done(stores, conn, broadcast)
    progress(done, all_members, "intending")
    while (size := intend_chunk(stores, channels, broadcast)) is not None:
        done += size
        progress(done, all_members, "intending")
        time.sleep(BREATH_SECONDS)


def freeze(stores: Stores, members: Members, broadcast: int) -> None:
    """Take down who is in the audience now, and by which rule. Once: a later call leaves it as it is."""
    found = get_broadcast(stores, broadcast)
    if found.state != "scheduled":
        return
    membership = members(stores, found.draft.audience)
    persons = np.asarray(membership.persons, dtype="<u4")
    chunks = list(in_chunks(persons, INTEND_ROWS))
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        moved = conn.execute(
            sa.update(broadcasts)
            .where(broadcasts.c.id == broadcast, broadcasts.c.state == "scheduled")
            .values(
                state="intending",
                started=now,
                changed=now,
                audience_version=membership.version,
                rule=dict(membership.rule),
            )
        ).rowcount
        if moved and chunks:
            conn.execute(
                sa.insert(broadcast_members),
                [
                    {
                        "broadcast": broadcast,
                        "first": int(chunk[0]),
                        "last": int(chunk[-1]),
                        "size": len(chunk),
                        "persons": chunk.tobytes(),
                    }
                    for chunk in chunks
                ],
            )


def intend_chunk(stores: Stores, channels: Channels, broadcast: int) -> int | None:
    """Write the next chunk; how many persons it had. None where nothing is left or it isn't its time."""
    with stores.ledger.read() as conn:
        found = read_sender(conn, broadcast)
        guard = load_guard(conn, preferences.timezone(conn))
        ways = ways_of(conn, channels, found.draft)
        chunk = conn.execute(
            sa.select(broadcast_members)
            .where(broadcast_members.c.broadcast == broadcast, broadcast_members.c.first > found.intended_up_to)
            .order_by(broadcast_members.c.first)
            .limit(1)
        ).one_or_none()
    if found.state != "intending":
        return None
    if chunk is None:
        _all_intended(stores, broadcast)
        return None
    persons = np.frombuffer(chunk.persons, dtype="<u4")
    out = persons[held_out(found.salt, persons, found.draft.holdout_percent)]
    now = stores.clock.now()
    second = now.replace(microsecond=0)  # chunks of one second are written by one statement, which is made once
    intention = Intention(
        broadcast,
        _wished(found, ways, second),
        installation_name(stores.home),
        found.started or now,
    )
    with stores.ledger.write() as conn:
        # First the place, by compare-and-set: where two run, or somebody paused it, the other one's word stands.
        moved = conn.execute(
            sa.update(broadcasts)
            .where(
                broadcasts.c.id == broadcast,
                broadcasts.c.state == "intending",
                broadcasts.c.intended_up_to == found.intended_up_to,
            )
            .values(intended_up_to=chunk.last)
        ).rowcount
        if not moved:
            return 0
        intend(conn, guard, intention, persons.tolist(), out.tolist())
    return len(persons)


def close_out(stores: Stores, broadcast: int, state: str) -> int:
    """Give up what still waits, a chunk a transaction: ``cancelled`` or ``expired``. How many there were."""
    closed = 0
    while True:
        with stores.ledger.write() as conn:
            waiting = (
                sa.select(outbox.c.id)
                .where(outbox.c.broadcast == broadcast, outbox.c.state == "due")
                .limit(INTEND_ROWS)
                .scalar_subquery()
            )
            now = stores.clock.now()
            count_now = give_up(conn, outbox.c.id.in_(waiting), state=state, reason=state, now=now)
        closed += count_now
        if count_now < INTEND_ROWS:
            return closed
        time.sleep(BREATH_SECONDS)


def count_broadcast(
    stores: Stores, channels: Channels, members: Members, broadcast: int, *, exact: bool = False
) -> Counted:
    """Before it starts: the audience's size, and what the guard would say of each when it starts (now,
    where it is not planned for later).

    A large audience is counted by a sample (every so-manieth person) unless ``exact`` is asked for.
    """
    found = get_broadcast(stores, broadcast)
    persons = members(stores, found.draft.audience).persons
    step = 1 if exact else max(1, len(persons) // SAMPLE_PERSONS)
    asked = persons[::step]
    out = held_out(found.salt, asked, found.draft.holdout_percent)
    with stores.ledger.read() as conn:
        guard, wish = _wish(stores, conn, channels, found)
        total = Counts()
        for chunk, is_out in zip(in_chunks(asked, INTEND_ROWS), in_chunks(out, INTEND_ROWS), strict=True):
            total = total.plus(count(conn, guard, wish, chunk.tolist(), chunk[is_out].tolist()))
    total = total.times(len(persons) / max(len(asked), 1))
    pieces = costs.pieces_of(stores, wish.ways, found.draft.content, asked[:: max(1, len(asked) // SAMPLE)].tolist())
    return Counted(
        len(persons),
        total,
        approximate=step > 1,
        moment=wish.now,
        accounts=[way.account for way in wish.ways],
        costs=costs.planned(stores, channels, total.reach, pieces),
    )


def preview_broadcast(
    stores: Stores, channels: Channels, broadcast: Broadcast, person: int, seen: Callable[[Any], Any]
) -> tuple[dict[str, Written], Counts]:
    """What one person would get, by channel, and what the guard would say. ``seen``: what of a free value the reader
    may see, asked of the fields before content can take them to pieces. Raises :class:`BadInput`."""
    fields = seen(load(stores, [person], ("person", "orders", "favourite", "shop"))[person])
    language = str(preferences.get(stores, "language"))
    with stores.ledger.read() as conn:
        guard, wish = _wish(stores, conn, channels, broadcast)
        out = held_out(broadcast.salt, [person], broadcast.draft.holdout_percent)
        decision = count(conn, guard, wish, [person], [person] if out[0] else [])
    written: dict[str, Written] = {}
    for way in wish.ways:
        about = way.channel
        found = write(about.parts, broadcast.draft.content.get(about.name, {}), fields, language)
        written[about.name] = replace(found, look=about.look(found.parts) if about.look else None)
    return written, decision


def _wish(stores: Stores, conn: Any, channels: Channels, found: Broadcast) -> tuple[Guard, Wish]:
    ways = ways_of(conn, channels, found.draft)
    now = stores.clock.now()
    starts = max(found.draft.starts or now, now)
    return load_guard(conn, preferences.timezone(conn)), _wished(found, ways, starts)


def _wished(found: Broadcast, ways: Sequence[Way], now: datetime) -> Wish:
    return Wish(found.draft.kind, found.draft.tone, ways, now, found.draft.priority)


def _done(stores: Stores, conn: Any, broadcast: int) -> int:
    up_to = read_sender(conn, broadcast).intended_up_to
    return int(
        conn.execute(
            sa.select(sa.func.coalesce(sa.func.sum(broadcast_members.c.size), 0)).where(
                broadcast_members.c.broadcast == broadcast, broadcast_members.c.last <= up_to
            )
        ).scalar_one()
    )


def _all_intended(stores: Stores, broadcast: int) -> None:
    with stores.ledger.write() as conn:
        conn.execute(
            sa.update(broadcasts)
            .where(broadcasts.c.id == broadcast, broadcasts.c.state == "intending")
            .values(state="sending", changed=stores.clock.now())
        )


def finish_if_done(stores: Stores, broadcast: int) -> bool:
    """Note that everything is settled: nothing waits any more."""
    pending = sa.select(outbox.c.id).where(outbox.c.broadcast == broadcast, outbox.c.state.in_(PENDING)).limit(1)
    with stores.ledger.read() as conn:  # staff may take days to confirm: nobody writes meanwhile
        if conn.execute(pending).first() is not None:
            return False
    with stores.ledger.write() as conn:
        if conn.execute(pending).first() is not None:
            return False
        now = stores.clock.now()
        return bool(
            conn.execute(
                sa.update(broadcasts)
                .where(broadcasts.c.id == broadcast, broadcasts.c.state == "sending")
                .values(state="done", finished=now, changed=now)
            ).rowcount
        )
