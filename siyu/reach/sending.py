"""One turn of a lane: what was claimed is written, put on disk as attempted, and called, a slice at a time.

While a slice goes to disk and its calls are under way, the next one is written. What came of a slice and that the next
is attempted goes to disk in one transaction, before the next one's first call. Where a platform drops repeats, a slice
is what it takes in a fraction of a second; elsewhere it is one call, so that a crash leaves no more than that unknown.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import About, Account, Channel, Message, Outcome
from siyu.reach.broadcasts import read_sender
from siyu.reach.claiming import LEASE, Claim, hold
from siyu.reach.composing import Composed, Composer
from siyu.reach.model import ACTIVE
from siyu.reach.outbox import change
from siyu.reach.settling import Tried, give_back, put_back, settle
from siyu.reach.tables import attempts, outbox
from siyu.storage import Stores, gathered, in_chunks, insert_into, put_rows, sent
from siyu.storage.ledger import to_millis

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 4
TURN_SECONDS_MAX = 5.0
"""After it the rest goes back, so that the guard's word and a pause are never older than that."""
CALL_UNTIL_SECONDS = LEASE.total_seconds() / 2
"""No call begins later after the claim: another worker may take up what a lease no longer holds."""
WRITTEN_MAX = 1_000
"""Messages written at once, where no list is longer."""


@dataclass(frozen=True, slots=True)
class Work:
    """By what a lane's messages go: ``list_max`` of them a call."""

    stores: Stores
    channel: Channel
    account: Account
    about: About
    list_max: int
    installation: str
    pool: Executor
    stopping: threading.Event


@dataclass(frozen=True, slots=True)
class _Slice:
    """Messages on disk as attempted, with the numbers of their attempts and the how-manieth each is."""

    messages: Sequence[Message]
    numbers: Sequence[int]
    tries: Sequence[int]
    attempts: Sequence[int]


@dataclass
class _Calls:
    """The calls of a slice: one list after another, several at once, until something says that it is no use."""

    slice: _Slice
    answers: list[Future[list[Outcome] | None]] = field(default_factory=list["Future[list[Outcome] | None]"])
    passing: int = 0
    """Lists in a row of which nothing was taken."""
    halted: bool = False
    began: float = 0.0


class Turn:
    """``Turn(work, composer, claim).run()``: how many messages were tried. ``seconds``: spent on their calls."""

    def __init__(self, work: Work, composer: Composer, claim: Claim, slice_rows: int) -> None:
        self._work = work
        self._composer = composer
        self._claim = claim
        self._slice_rows = slice_rows if work.about.drops_repeats else work.list_max
        self._waiting = dict(zip(claim.messages, claim.tries, strict=True))
        """The how-manieth try of each message that is not on disk as attempted."""
        self._began = time.monotonic()
        self.tried = 0
        self.seconds = 0.0

    def run(self) -> int:
        slices = self._written()
        with ThreadPoolExecutor(1, thread_name_prefix="write") as ahead:
            ready = ahead.submit(next, slices, None)
            calls: _Calls | None = None
            while True:
                try:
                    composed = ready.result()
                except Exception:  # what is under way must not be lost; the rest comes back by its lease
                    if calls is not None:
                        self._noted(calls)
                    raise
                if composed is not None:
                    ready = ahead.submit(next, slices, None)
                if calls is not None:
                    self._wait(calls)
                last = composed is None or (calls is not None and calls.halted) or self._is_late()
                calls = self._recorded(calls, None if last else composed)
                if calls is None:
                    return self.tried
                self._begin(calls)

    def _noted(self, calls: _Calls) -> None:
        self._wait(calls)
        with self._work.stores.ledger.write() as conn:
            self._settle(conn, calls, self._work.stores.clock.now())

    def _is_late(self) -> bool:
        return self._work.stopping.is_set() or time.monotonic() - self._began > TURN_SECONDS_MAX

    def _written(self) -> Iterator[Composed]:
        """The claimed messages, written out, a slice at a time."""
        numbers, persons = list(self._claim.messages), list(self._claim.persons)
        size = max(self._slice_rows, min(WRITTEN_MAX, len(numbers)))
        for some, theirs in zip(in_chunks(numbers, size), in_chunks(persons, size), strict=True):
            composed = self._composer.compose(some, theirs)
            if size == self._slice_rows or not composed.messages:
                yield composed
                continue
            for part in in_chunks(list(composed.messages), self._slice_rows):
                yield Composed({each: composed.messages[each] for each in part}, composed.kept, composed.failed)

    def _recorded(self, calls: _Calls | None, ready: Composed | None) -> _Calls | None:
        """In one transaction: what came of the calls before, and that the next are attempted. None: nothing is to be
        called any more, and what was not is given back."""
        now = self._work.stores.clock.now()
        with self._work.stores.ledger.write() as conn:
            if calls is not None:
                self._settle(conn, calls, now)
            if ready is not None and read_sender(conn, self._claim.lane.broadcast).state in ACTIVE:
                return _Calls(self._attempted(conn, ready, now))
            if self._waiting:  # paused or cancelled while it was being written, halted, or late
                give_back(conn, self._claim.lease, list(self._waiting))
        return None

    def _attempted(self, conn: Connection, ready: Composed, now: datetime) -> _Slice:
        lane, lease = self._claim.lane, self._claim.lease
        failed = [number for number in ready.failed if self._waiting.pop(number, None) is not None]
        if failed:
            hold(conn, lane.broadcast, dict.fromkeys(failed, "template"), now, self._work.installation)
        tries = {number: self._waiting.pop(number) for number in ready.messages}
        ours = sa.and_(outbox.c.lease == lease, outbox.c.state == "claimed")
        moved = set(change(conn, list(ready.messages), ours, {"state": "attempted"}))
        numbers = [number for number in ready.messages if number in moved]
        written = _write_attempts(conn, numbers, ready.kept, now)
        return _Slice(
            [ready.messages[number] for number in numbers],
            numbers,
            [tries[number] for number in numbers],
            [written[number] for number in numbers],
        )

    def _begin(self, calls: _Calls) -> None:
        calls.began = time.monotonic()
        for messages in in_chunks(calls.slice.messages, self._work.list_max):
            calls.answers.append(self._work.pool.submit(self._call, calls, messages))

    def _call(self, calls: _Calls, messages: Sequence[Message]) -> list[Outcome] | None:
        """The outcomes of one list; None where it was not called."""
        if calls.halted or time.monotonic() - self._began > CALL_UNTIL_SECONDS:
            return None
        outcomes = safely(self._work.channel, self._work.account, messages)
        calls.passing = calls.passing + 1 if all(each.kind == "passing" for each in outcomes) else 0
        if calls.passing >= CALLS_AT_ONCE or any(each.account_stopped for each in outcomes):
            calls.halted = True
        return outcomes

    def _wait(self, calls: _Calls) -> None:
        for answer in calls.answers:
            answer.result()
        self.seconds += time.monotonic() - calls.began

    def _settle(self, conn: Connection, calls: _Calls, now: datetime) -> None:
        done = calls.slice
        alike: dict[tuple[int, int], tuple[Outcome, list[int]]] = {}
        untried: list[int] = []
        place = 0
        for answer in calls.answers:
            outcomes = answer.result()
            size = min(self._work.list_max, len(done.messages) - place)
            if outcomes is None:
                untried += range(place, place + size)
            else:
                for at, outcome in enumerate(outcomes, place):  # one object where all got the same answer
                    alike.setdefault((id(outcome), done.tries[at]), (outcome, []))[1].append(at)
            place += size
        if untried:
            numbers = [done.numbers[at] for at in untried]
            put_back(conn, self._claim.lease, numbers, [done.attempts[at] for at in untried], now)
        tried = [
            Tried([done.numbers[at] for at in those], [done.attempts[at] for at in those], tries, outcome)
            for (_, tries), (outcome, those) in alike.items()
        ]
        if tried:
            settle(
                conn,
                self._claim.lane,
                self._claim.lease,
                tried,
                now=now,
                drops_repeats=self._work.about.drops_repeats,
                installation=self._work.installation,
                rests=calls.passing >= CALLS_AT_ONCE,
            )
        self.tried += sum(len(each.messages) for each in tried)


def _write_attempts(
    conn: Connection, numbers: Sequence[int], kept: Mapping[int, Mapping[str, Any]], now: datetime
) -> dict[int, int]:
    """One row a message; message → its row's number."""
    if not numbers:
        return {}
    before = conn.execute(sa.select(sa.func.coalesce(sa.func.max(attempts.c.id), 0))).scalar_one()
    if conn.dialect.name == "sqlite":
        columns = {
            "message": (sa.BigInteger, numbers),
            "at": (sa.BigInteger, [to_millis(now)] * len(numbers)),
            "content": (sa.Text, [msgspec.json.encode(kept[number]).decode() for number in numbers]),
        }
        put_rows(conn, insert_into(conn, attempts), columns)
    else:
        conn.execute(sa.insert(attempts), [{"message": each, "at": now, "content": kept[each]} for each in numbers])
    written = sa.select(attempts.c.message, attempts.c.id).where(attempts.c.id > before)
    if conn.dialect.name != "sqlite":  # where others write meanwhile
        ids = sent(conn, id=(sa.BigInteger, list(numbers)))
        written = written.where(attempts.c.message.in_(sa.select(ids.c.id)))
    return dict(zip(*gathered(conn, written), strict=True))


def safely(channel: Channel, account: Account, messages: Sequence[Message]) -> list[Outcome]:
    """A channel should raise nothing; where one does, nothing is known of its messages."""
    try:
        outcomes = channel.send(account, messages)
    except Exception:
        log.exception("the channel %s failed", channel.about.name)
        outcomes = []
    if len(outcomes) != len(messages):
        return [Outcome("unknown", "no_answer")] * len(messages)
    return outcomes


class Paces:
    """How many messages a second each account took lately."""

    def __init__(self) -> None:
        self._a_second: dict[int, float] = {}

    def note(self, account: int, messages: int, seconds: float) -> None:
        if messages:
            self._a_second[account] = messages / max(seconds, 0.001)

    def within(self, account: int, seconds: float) -> int:
        """So many it takes in that time, as far as is known; 0 of an account that is new."""
        return int(self._a_second.get(account, 0.0) * seconds)
