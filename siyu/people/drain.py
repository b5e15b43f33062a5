"""From the inbox (and the product's own events) to the event log: exactly once, whatever crashes when.

A batch goes three steps. (1) One ledger transaction: number the batch, move the cursor, resolve persons, claim order
numbers, write profiles. (2) Insert into the event log with the token ``batch-<id>``. (3) Mark the batch stored. A
batch found open (a crash, a full disk) is read again and goes through the same steps: persons keep their nodes,
claimed orders are known to be its own, the token drops what was inserted already, and the window of message ids
leaves open batches out.

While much is waiting, a second hand does (2) and (3) of one batch as the first does (1) of the next. The window then
knows ids of a batch that is not stored yet, so after any fault it is made anew from what is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, timedelta
from functools import partial
from itertools import takewhile
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs.tables import cursors
from siyu.jobs.turns import keep_doing
from siyu.people import actions, consents, segment
from siyu.people.batch import Batch, claim_orders, columns_of, order_columns_of, resolve_nodes
from siyu.people.second_hand import SecondHand
from siyu.people.segment import Incoming
from siyu.people.stated import GIVES, TOLD_BY_THE_STATEMENT, stated
from siyu.people.tables import batches, own_events
from siyu.people.told import fit
from siyu.people.traits import checked_traits
from siyu.people.window import DAYS, HASH_SQL, Window, hashes_of
from siyu.storage import InboxRow, Stores, insert_into, sent
from siyu.storage.ledger import from_millis, to_millis

BATCH_EVENTS_MAX = 20_000
BATCH_BYTES_MAX = 32 * 2**20
BODIES_A_READ = 100
GATHER_SECONDS = 0.2
IDLE_SECONDS = 0.05

INBOX, OWN = "inbox", "own"


class TurnLost(Exception):
    """Another process drains: this one was held up for longer than its turn. Nothing was stored."""


class Drain:
    """One per installation at a time (see ``turns.py``)."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._window: Window | None = None
        self._place: int | None = None
        """Where this drain left the inbox: found elsewhere, another one was at work."""
        self._second_hand = SecondHand()

    def run_forever(self, stop: threading.Event) -> None:
        """Until ``stop``, as :func:`keep_doing` does."""
        self._window = None  # another process may have had the turn meanwhile
        with self._second_hand.at_work():
            keep_doing(self._round, stop, "intake")

    def _round(self) -> float:
        read = self.step()
        if read >= BATCH_EVENTS_MAX // 2:
            return 0.0
        return GATHER_SECONDS if read else IDLE_SECONDS

    def step(self) -> int:
        """Store open batches again, or else the next batch of each stream. How many events were read; a full batch
        may still be on its way, unless :meth:`run_forever` is not at work."""
        try:
            read = self._step()
            if read < BATCH_EVENTS_MAX // 2:
                self._second_hand.wait()
            return read
        except BaseException:
            with suppress(Exception):
                self._second_hand.wait()
            self._window = None
            raise

    def _step(self) -> int:
        if self._window is None:
            self._window = self._remembered()
        with self._stores.ledger.read() as conn:
            unfinished = [
                Batch(*row)
                for row in conn.execute(
                    sa.select(batches.c.id, batches.c.stream, batches.c.first, batches.c.last)
                    .where(batches.c.stored.is_(None), batches.c.stream.in_([INBOX, OWN]))
                    .order_by(batches.c.id)
                )
            ]
        unfinished = [batch for batch in unfinished if batch.id != self._second_hand.batch]
        if unfinished:
            return sum(self._store(batch, self._read_again(batch)) for batch in unfinished)
        return self._next_of_inbox() + self._next_of_own()

    # --- reading

    def _next_of_inbox(self) -> int:
        with self._stores.ledger.read() as conn:
            place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == INBOX)).scalar_one_or_none() or 0
        if self._place is not None and place != self._place:
            self._window = self._remembered()
        self._place = place
        taken: list[InboxRow] = []
        events = weight = 0
        for body in self._bodies(place + 1):
            events += body.events
            weight += len(body.body)
            if taken and (events > BATCH_EVENTS_MAX or weight > BATCH_BYTES_MAX):
                break
            taken.append(body)
        if not taken:
            return 0
        return self._store(Batch(0, INBOX, taken[0].id, taken[-1].id), _read(taken))

    def _bodies(self, first: int) -> Iterator[InboxRow]:
        """The bodies from a number on, read a few at a time: a body may have megabytes."""
        while bodies := self._stores.inbox.after(first - 1, BODIES_A_READ):
            yield from bodies
            first = bodies[-1].id + 1

    def _next_of_own(self) -> int:
        with self._stores.ledger.read() as conn:
            found = conn.execute(
                sa.select(own_events)
                .where(own_events.c.batch.is_(None))
                .order_by(own_events.c.id)
                .limit(BATCH_EVENTS_MAX)
            ).all()
        if not found:
            return 0
        return self._store(Batch(0, OWN, found[0].id, found[-1].id), [_own(row) for row in found])

    def _read_again(self, batch: Batch) -> list[Incoming]:
        if batch.stream == OWN:
            with self._stores.ledger.read() as conn:
                found = conn.execute(
                    sa.select(own_events).where(own_events.c.batch == batch.id).order_by(own_events.c.id)
                ).all()
            return [_own(row) for row in found]
        return _read(list(takewhile(lambda body: body.id <= batch.last, self._bodies(batch.first))))

    def _remembered(self) -> Window:
        """The window as the event log has it; what is in open batches is about to be stored again."""
        window = Window()
        with self._stores.ledger.read() as conn:
            unfinished = list(conn.execute(sa.select(batches.c.id).where(batches.c.stored.is_(None))).scalars())
        asked = {"since": self._stores.clock.now() - timedelta(days=DAYS), "open": unfinished}
        lately = "received >= {since:DateTime64(3)} AND NOT has({open:Array(UInt64)}, batch)"
        for (day,) in self._stores.events.rows(
            f"SELECT DISTINCT toStartOfDay(received, 'UTC') AS day FROM events WHERE {lately} ORDER BY day", asked
        ):
            day = day.replace(tzinfo=UTC)
            found = self._stores.events.arrow(
                f"SELECT DISTINCT {HASH_SQL} AS hash FROM events WHERE {lately} "
                "AND received >= {day:DateTime64(3)} AND received < {next:DateTime64(3)}",
                {**asked, "day": day, "next": day + timedelta(days=1)},
            )
            window.remember(found.column("hash").to_numpy(), day)
        return window

    # --- storing

    def _store(self, batch: Batch, rows: Sequence[Incoming]) -> int:
        assert self._window is not None
        hashes = hashes_of([(row.source, row.message_id) for row in rows])
        unseen = self._window.unseen(hashes)
        fresh = [row for row, is_new in zip(rows, unseen, strict=True) if is_new]
        first_time = not batch.id
        with self._stores.ledger.write() as conn:
            if first_time:
                batch = self._open(conn, batch, rows)
            fresh = self._settle(conn, batch, fresh)
            if first_time and batch.stream == INBOX:
                self._state(conn, fresh)
        fresh = [row for row in fresh if batch.stream == OWN or row.name not in TOLD_BY_THE_STATEMENT]
        self._second_hand.take(batch.id, partial(self._finish, batch, fresh))
        if batch.stream == INBOX:
            self._place = max(self._place or 0, batch.last)
        if rows:
            self._window.remember(hashes[unseen], from_millis(rows[-1].received))
        return len(rows)

    def _finish(self, batch: Batch, fresh: Sequence[Incoming]) -> None:
        """Into the event log, and marked as stored."""
        self._insert(batch, fresh)
        with self._stores.ledger.write() as conn:
            if batch.stream == OWN:
                conn.execute(sa.delete(own_events).where(own_events.c.batch == batch.id))
            conn.execute(
                sa.update(batches)
                .where(batches.c.id == batch.id)
                .values(stored=self._stores.clock.now(), events=len(fresh))
            )

    def _open(self, conn: Connection, batch: Batch, rows: Sequence[Incoming]) -> Batch:
        number = conn.execute(
            sa.insert(batches)
            .values(stream=batch.stream, first=batch.first, last=batch.last, opened=self._stores.clock.now())
            .returning(batches.c.id)
        ).scalar_one()
        if batch.stream == OWN:  # by number, not by range: on PostgreSQL a lower number may commit later
            numbers = sa.select(sent(conn, id=(sa.BigInteger, [row.record for row in rows])).c.id)
            free = sa.and_(own_events.c.id.in_(numbers), own_events.c.batch.is_(None))
            taken = conn.execute(sa.update(own_events).where(free).values(batch=number)).rowcount == len(rows)
        else:
            moved = insert_into(conn, cursors).values(name=INBOX, place=batch.last)
            moved = moved.on_conflict_do_update(
                index_elements=["name"], set_={"place": batch.last}, where=cursors.c.place < batch.first
            )
            taken = conn.execute(moved.returning(cursors.c.place)).first() is not None
        if not taken:
            raise TurnLost
        return Batch(number, batch.stream, batch.first, batch.last)

    def _settle(self, conn: Connection, batch: Batch, rows: list[Incoming]) -> list[Incoming]:
        """Everything about these events that the ledger keeps; the rows that go to the event log."""
        now = self._stores.clock.now()
        rows = claim_orders(conn, batch.id, rows)
        resolve_nodes(conn, now, rows)
        told = [(row.node, *checked_traits(row.traits, "traits")) for row in rows if row.traits is not None]
        if told:
            actions.tell_profiles(conn, now, told)
        campaigns = {row.node: row.campaign for row in reversed(rows) if row.campaign is not None}
        if campaigns:
            actions.note_origins(conn, now, campaigns)
        return [row for row in rows if row.name]

    def _state(self, conn: Connection, rows: Sequence[Incoming]) -> None:
        """Record what customers stated about consent: in the transaction that opens the batch, so once."""
        statements: list[consents.Statement] = []
        for row in rows:
            if row.name in GIVES:
                said = stated(msgspec.json.decode(row.properties), "properties")
                said["evidence"] = said["evidence"] or row.source
                given, at = GIVES[row.name], from_millis(row.time)
                statements.append(consents.Statement(row.node, given=given, at=at, by="person", **said))
        consents.record(conn, self._stores.clock.now(), statements)

    def _insert(self, batch: Batch, rows: Sequence[Incoming]) -> None:
        """Orders apart from the rest: nested lines would cost every page view."""
        plain = [row for row in rows if row.order is None]
        orders = [row for row in rows if row.order is not None]
        if plain:
            self._stores.events.insert("events", columns_of(batch.id, plain), token=f"batch-{batch.id}")
        if orders:
            columns = {**columns_of(batch.id, orders), **order_columns_of([row.order for row in orders])}
            self._stores.events.insert("events", columns, token=f"batch-{batch.id}-orders")


def backlog(stores: Stores) -> int:
    """How many bodies wait in the inbox: received, durable, not yet in the event log."""
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == INBOX)).scalar_one_or_none() or 0
    return max(stores.inbox.last() - place, 0)


def _read(bodies: Sequence[InboxRow]) -> list[Incoming]:
    return [event for body in bodies for event in segment.read(fit(body))]


def _own(row: Any) -> Incoming:
    time = to_millis(row.time)
    properties = msgspec.json.encode(row.properties).decode()
    return Incoming(row.source, time, (), time, row.name, row.message_id, row.id, properties, node=row.person)
