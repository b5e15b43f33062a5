"""From the inbox (and the product's own events) to the event log: exactly once, whatever crashes when.

A batch goes three steps. (1) One ledger transaction: number the batch, move the cursor, resolve persons, claim order
numbers, write profiles. (2) Insert into the event log with the token ``batch-<id>``. (3) Mark the batch stored. A
batch found open (a crash, a full disk) is read again and goes through the same steps: persons keep their nodes,
claimed orders are known to be its own, the token drops what was inserted already, and the window of message ids
leaves open batches out.

A body that can't be taken is set aside (:mod:`siyu.jobs.aside`), and those behind it go on: found by halves where (1)
fails, by a table that keeps nothing where (2) does.

While much is waiting, a second hand does (2) and (3) of one batch as the first does (1) of the next. The window then
knows ids of a batch that is not stored yet, so after any fault it is made anew from what is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, timedelta
from functools import partial
from itertools import takewhile
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import aside
from siyu.jobs.aside import in_halves
from siyu.jobs.tables import cursors
from siyu.jobs.turns import keep_doing
from siyu.people import actions, consents, segment
from siyu.people.batch import Batch, claim_orders, columns_of, order_columns_of, release_orders, resolve_nodes
from siyu.people.of_many import events_of_many, next_of_many
from siyu.people.second_hand import SecondHand
from siyu.people.segment import Incoming
from siyu.people.stated import GIVES, TOLD_BY_THE_STATEMENT, stated
from siyu.people.tables import batches, own_events, own_events_of_many
from siyu.people.told import Unfit, fit, unfit_rows
from siyu.people.traits import checked_traits
from siyu.people.window import DAYS, HASH_SQL, Hashes, Window, hashes_of
from siyu.storage import InboxRow, Stores, insert_into, sent
from siyu.storage.ledger import from_millis, to_millis

BATCH_EVENTS_MAX = 20_000
BATCH_BYTES_MAX = 32 * 2**20
BODIES_A_READ = 100
GATHER_SECONDS = 0.2
IDLE_SECONDS = 0.05

INBOX, OWN, OWN_MANY = "inbox", "own", "own_many"


class TurnLost(Exception):
    """Another process drains: this one was held up for longer than its turn. Nothing was stored."""


class _Begun(NamedTuple):
    """A batch that the ledger knows of, on its way to the event log. ``fresh``: what of it is new; ``hashes``: of new
    message ids; ``read`` events, the last ``received`` then (milliseconds)."""

    batch: Batch
    fresh: Sequence[Incoming]
    hashes: Hashes
    read: int
    received: int


class _Own(NamedTuple):
    """A stream of the product's own events: its table, whose rows go when their batch is stored; the ``next`` so many
    (at most) that are in none; the ``events`` of a row, each with the row's number as its record."""

    table: sa.Table
    next: Callable[[Connection, int], Sequence[sa.Row[Any]]]
    events: Callable[[sa.Row[Any]], list[Incoming]]


class Drain:
    """One per installation at a time (see ``turns.py``)."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._window: Window | None = None
        self._window_is_wrong = False
        """Whether it knows ids of events that were set aside after all."""
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
        if self._window_is_wrong:
            self._second_hand.wait()
            self._window, self._window_is_wrong = None, False
        if self._window is None:
            self._window = self._remembered()
        with self._stores.ledger.read() as conn:
            unfinished = [
                Batch(*row)
                for row in conn.execute(
                    sa.select(batches.c.id, batches.c.stream, batches.c.first, batches.c.last)
                    .where(batches.c.stored.is_(None), batches.c.stream.in_([INBOX, *_OWN]))
                    .order_by(batches.c.id)
                )
            ]
        unfinished = [batch for batch in unfinished if batch.id != self._second_hand.batch]
        if unfinished:
            return sum(self._hand_over(self._begin(batch, self._read_again(batch))) for batch in unfinished)
        return self._next_of_inbox() + sum(map(self._next_of_own, _OWN))

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
        return sum(map(self._hand_over, in_halves(taken, self._begin_bodies, self._refuse)))

    def _begin_bodies(self, bodies: Sequence[InboxRow]) -> _Begun:
        rows, unfit = _read(bodies)
        return self._begin(Batch(0, INBOX, bodies[0].id, bodies[-1].id), rows, unfit)

    def _refuse(self, body: InboxRow, error: Exception) -> None:
        with self._stores.ledger.write() as conn:
            if not _moved(conn, body.id, body.id):
                raise TurnLost
            aside.put_aside(conn, INBOX, body, error, self._stores.clock.now())
        self._place = body.id

    def _bodies(self, first: int) -> Iterator[InboxRow]:
        """The bodies from a number on, read a few at a time: a body may have megabytes."""
        while bodies := self._stores.inbox.after(first - 1, BODIES_A_READ):
            yield from bodies
            first = bodies[-1].id + 1

    def _next_of_own(self, stream: str) -> int:
        own = _OWN[stream]
        with self._stores.ledger.read() as conn:
            found = own.next(conn, BATCH_EVENTS_MAX)
        if not found:
            return 0
        rows = [event for row in found for event in own.events(row)]
        return self._hand_over(self._begin(Batch(0, stream, found[0].id, found[-1].id), rows))

    def _read_again(self, batch: Batch) -> list[Incoming]:
        if own := _OWN.get(batch.stream):
            mine = sa.select(own.table).where(own.table.c.batch == batch.id).order_by(own.table.c.id)
            with self._stores.ledger.read() as conn:
                return [event for row in conn.execute(mine).all() for event in own.events(row)]
        bodies = takewhile(lambda body: body.id <= batch.last, self._bodies(batch.first))
        with self._stores.ledger.read() as conn:
            gone = aside.numbers_aside(conn, INBOX, batch.first, batch.last)
        return _read([body for body in bodies if body.id not in gone])[0]

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

    def _begin(self, batch: Batch, rows: Sequence[Incoming], unfit: Sequence[Unfit] = ()) -> _Begun:
        """All that the ledger has to know of a batch, in one transaction. ``unfit``: calls that are no part of it."""
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
            for each in unfit:
                aside.put_aside(conn, INBOX, each.body, each.error, self._stores.clock.now(), whole=False)
        fresh = [row for row in fresh if batch.stream in _OWN or row.name not in TOLD_BY_THE_STATEMENT]
        return _Begun(batch, fresh, hashes[unseen], len(rows), rows[-1].received if rows else 0)

    def _hand_over(self, begun: _Begun) -> int:
        """Have a begun batch brought to its end; how many events were read for it."""
        assert self._window is not None
        self._second_hand.take(begun.batch.id, partial(self._finish, begun.batch, begun.fresh))
        if begun.batch.stream == INBOX:
            self._place = max(self._place or 0, begun.batch.last)
        if begun.read:
            self._window.remember(begun.hashes, from_millis(begun.received))
        return begun.read

    def _finish(self, batch: Batch, fresh: Sequence[Incoming]) -> None:
        """Into the event log, and marked as stored."""
        try:
            self._insert(batch, fresh)
        except Exception as error:
            fresh = self._without_unfit(batch, fresh, error)
            self._insert(batch, fresh)
        with self._stores.ledger.write() as conn:
            if own := _OWN.get(batch.stream):
                conn.execute(sa.delete(own.table).where(own.table.c.batch == batch.id))
            conn.execute(
                sa.update(batches)
                .where(batches.c.id == batch.id)
                .values(stored=self._stores.clock.now(), events=len(fresh))
            )

    def _without_unfit(self, batch: Batch, rows: Sequence[Incoming], error: Exception) -> list[Incoming]:
        """What is left once the bodies of rows that the event log refuses are set aside. Raises ``error`` where none
        is to blame for it."""
        with self._stores.events.trial("events") as trial:
            refused = unfit_rows(rows, partial(self._insert, batch, table=trial)) if batch.stream == INBOX else {}
        if not refused:
            raise error
        left = [row for row in rows if row.body not in refused]
        self._window_is_wrong = True
        with self._stores.ledger.write() as conn:
            release_orders(conn, batch.id, [row for row in rows if row.body in refused])
            for number, cause in refused.items():
                body = self._stores.inbox.get(number)
                assert body is not None
                aside.put_aside(conn, INBOX, body, cause, self._stores.clock.now())
        return left

    def _open(self, conn: Connection, batch: Batch, rows: Sequence[Incoming]) -> Batch:
        number = conn.execute(
            sa.insert(batches)
            .values(stream=batch.stream, first=batch.first, last=batch.last, opened=self._stores.clock.now())
            .returning(batches.c.id)
        ).scalar_one()
        if own := _OWN.get(batch.stream):  # by number, not by range: on PostgreSQL a lower number may commit later
            records = list(dict.fromkeys(row.record for row in rows))
            numbers = sa.select(sent(conn, id=(sa.BigInteger, records)).c.id)
            free = sa.and_(own.table.c.id.in_(numbers), own.table.c.batch.is_(None))
            taken = conn.execute(sa.update(own.table).where(free).values(batch=number)).rowcount == len(records)
        else:
            taken = _moved(conn, batch.first, batch.last)
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

    def _insert(self, batch: Batch, rows: Sequence[Incoming], table: str = "events") -> None:
        """Orders apart from the rest: nested lines would cost every page view."""
        plain = [row for row in rows if row.order is None]
        orders = [row for row in rows if row.order is not None]
        if plain:
            self._stores.events.insert(table, columns_of(batch.id, plain), token=f"batch-{batch.id}")
        if orders:
            columns = {**columns_of(batch.id, orders), **order_columns_of([row.order for row in orders])}
            self._stores.events.insert(table, columns, token=f"batch-{batch.id}-orders")


def _moved(conn: Connection, first: int, last: int) -> bool:
    """Take the bodies ``first`` to ``last``; False where another process was quicker."""
    moved = insert_into(conn, cursors).values(name=INBOX, place=last)
    not_yet = cursors.c.place < first
    moved = moved.on_conflict_do_update(index_elements=["name"], set_={"place": last}, where=not_yet)
    return conn.execute(moved.returning(cursors.c.place)).first() is not None


def backlog(stores: Stores) -> int:
    """How many bodies wait in the inbox: received, durable, not yet in the event log."""
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == INBOX)).scalar_one_or_none() or 0
    return max(stores.inbox.last() - place, 0)


def _read(bodies: Sequence[InboxRow]) -> tuple[list[Incoming], list[Unfit]]:
    """The events in these bodies, and the calls that can't be stored."""
    events: list[Incoming] = []
    unfit: list[Unfit] = []
    for body in bodies:
        fitting, left_out = fit(body)
        events += segment.read(fitting)
        unfit += left_out
    return events, unfit


def _next_single(conn: Connection, events_max: int) -> Sequence[sa.Row[Any]]:
    waiting = sa.select(own_events).where(own_events.c.batch.is_(None)).order_by(own_events.c.id)
    return conn.execute(waiting.limit(events_max)).all()


def _event_of_one(row: sa.Row[Any]) -> list[Incoming]:
    time = to_millis(row.time)
    properties = msgspec.json.encode(row.properties).decode()
    return [Incoming(row.source, time, (), time, row.name, row.message_id, row.id, properties, node=row.person)]


_OWN: Mapping[str, _Own] = {
    OWN: _Own(own_events, _next_single, _event_of_one),
    OWN_MANY: _Own(own_events_of_many, next_of_many, events_of_many),
}
