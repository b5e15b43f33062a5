"""How often and how many at once an account may call: one budget for all threads and processes.

The law: in any window of a limit's length, wherever it begins, no more calls leave than the limit says. A bucket of
``burst`` permits is refilled at a rate such that

    burst + rate · (window + HOLD) ≤ calls

Permits are taken from the ledger's row in blocks and used within ``HOLD`` seconds or not at all, so calls of a window
come from permits of at most window + HOLD. (Generic cell rate algorithm, ITU-T I.371, in whole microseconds.)

Permits count in domain time, because the platform's windows do. Slots (calls in flight) are leased in machine time,
because a lease tells whether a process lives.
"""

from __future__ import annotations

import threading
import time
import uuid
import weakref
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.tables import platform_lanes, platform_slots
from siyu.channels.platform.uses import count_use
from siyu.storage import Ledger, Stores, at_machine_speed, insert_into

HOLD_SECONDS = 0.5
BLOCK_MAX = 256
NARROW_SECONDS = 60
"""A lane that was narrowed gets twice its slots back after each of these."""
SLOT_LEASE_SECONDS = 40.0
SLOT_TURN_SECONDS = 2.0
"""A slot goes back after this, so that another process gets its turn; less than the lease by the longest call."""
LOOK_SECONDS = 0.05

_MICRO = 1_000_000
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``calls`` in any ``seconds``. ``burst``: the share of them that may go at once after a rest; the rest
    is spread evenly."""

    calls: int
    seconds: float
    burst: float = 0.03

    @property
    def together(self) -> int:
        return max(1, min(int(self.calls * self.burst), self.calls - 1))

    @property
    def apart(self) -> int:
        """Microseconds between two permits."""
        if self.calls == 1:
            return int((self.seconds + 2 * HOLD_SECONDS) * _MICRO)
        return int((self.seconds + HOLD_SECONDS) * _MICRO / (self.calls - self.together)) + 1


@dataclass(frozen=True, slots=True)
class Limit:
    """Every window holds at once; ``slots`` calls may be in flight. ``shared``: the calls of this limit count
    together; else each call has it for itself."""

    windows: tuple[Window, ...]
    slots: int = 8
    shared: bool = False


class Lane(NamedTuple):
    owner: str
    name: str


class Wait(Exception):
    """No permit within the caller's patience; ``seconds`` (domain time) until there will be."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no permit for {seconds:.1f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _Local:
    """What this process has of a lane."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    permits: int = 0
    use_before: datetime = NEVER
    block: int = 1
    slots: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])  # number, taken (monotonic)


class Process:
    """What one process has of all lanes."""

    def __init__(self) -> None:
        self.me = uuid.uuid4().hex
        self.guard = threading.Lock()
        self.locals: defaultdict[Lane, _Local] = defaultdict(_Local)


_processes: weakref.WeakKeyDictionary[Ledger, Process] = weakref.WeakKeyDictionary()
_processes_guard = threading.Lock()


def this_process(stores: Stores) -> Process:
    """What this process has, for all who call from it: a slot that one keeps for its next call is the others' too."""
    with _processes_guard:
        return _processes.setdefault(stores.ledger, Process())


class Limiter:
    """Permits and slots. ``pause(seconds)`` sleeps in machine time; tests move their clock instead. ``process``: who
    it speaks for; None: a process of its own."""

    def __init__(
        self, stores: Stores, *, pause: Callable[[float], None] = time.sleep, process: Process | None = None
    ) -> None:
        self._stores = stores
        self._pause = pause
        mine = process or Process()
        self._me, self._guard, self._locals = mine.me, mine.guard, mine.locals

    @contextmanager
    def permit(self, lane: Lane, limit: Limit, *, patience: float) -> Generator[None]:
        """Wait for a slot and a permit, at most ``patience`` seconds of domain time (and of the machine's, where that
        is the slower: a slot is free when a call has ended), and hold the slot meanwhile. Raises :class:`Wait`."""
        mine, clock = self._mine(lane), self._stores.clock
        deadline = clock.now() + timedelta(seconds=at_machine_speed(clock, patience))
        slot = self._slot(lane, limit, mine, deadline)
        try:
            self._await_permit(lane, limit, mine, deadline)
            yield
        finally:
            self._release(lane, mine, slot)

    def close(self, lane: Lane, seconds: float) -> None:
        """Let no call of this lane leave for ``seconds`` of domain time, in any process."""
        self._mine(lane).permits = 0
        until = self._stores.clock.now() + timedelta(seconds=seconds)
        self._note(lane, {"closed_until": until})

    def narrow(self, lane: Lane, limit: Limit) -> None:
        """Halve how many calls may be in flight; they come back by and by."""
        now = self._stores.clock.now()
        with self._stores.ledger.read() as conn:
            slots = _slots(_row(conn, lane), limit, now)
        self._note(lane, {"narrowed": now, "slots": max(1, slots // 2)})

    def let_go(self) -> None:
        """Give back the slots that no call of this process holds just now: it will not call any more."""
        with self._guard:
            kept = [(lane, slot[0]) for lane, mine in self._locals.items() for slot in mine.slots]
            for mine in self._locals.values():
                mine.slots.clear()
        if kept:
            with self._writing() as conn:
                for lane, number in kept:
                    conn.execute(sa.delete(platform_slots).where(self._held(lane, number)))

    # --- permits

    def _await_permit(self, lane: Lane, limit: Limit, mine: _Local, deadline: datetime) -> None:
        left = max((deadline - self._stores.clock.now()).total_seconds(), 0.0)
        if not mine.turn.acquire(timeout=min(left / self._stores.clock.pace + LOOK_SECONDS, threading.TIMEOUT_MAX)):
            raise Wait(left)
        try:
            while (wait := self._permit_now(lane, limit, mine)) > 0:
                self._wait(wait, deadline)
        finally:
            mine.turn.release()

    def _permit_now(self, lane: Lane, limit: Limit, mine: _Local) -> float:
        """0 where a permit was used, of this process's block or of a new one; else the seconds until one is due."""
        now = self._stores.clock.now()
        if not mine.permits or now >= mine.use_before:
            mine.block = min(BLOCK_MAX, mine.block * 2) if not mine.permits else max(1, mine.block // 2)
            mine.permits, wait = self._take(lane, limit, mine.block, mine.permits)
            mine.use_before = now + timedelta(seconds=HOLD_SECONDS)
            if not mine.permits:
                return wait
        mine.permits -= 1
        return 0.0

    def _take(self, lane: Lane, limit: Limit, wanted: int, unused: int) -> tuple[int, float]:
        """Up to ``wanted`` permits that are due now, or the seconds until the next one is; ``unused``: left of those
        taken before."""
        with self._writing() as conn:
            row = _locked(conn, lane, limit)
            now = self._stores.clock.now()
            if row.closed_until is not None and row.closed_until > now:
                return 0, (row.closed_until - now).total_seconds()
            micros = round(now.timestamp() * _MICRO)
            booked = _booked(row.booked, limit)
            due = min(_due(window, at, micros) for window, at in zip(limit.windows, booked, strict=True))
            if due <= 0:
                return 0, -due / _MICRO
            taken = min(wanted, int(due))
            after = [max(at, micros) + taken * window.apart for window, at in zip(limit.windows, booked, strict=True)]
            conn.execute(sa.update(platform_lanes).where(_is(lane)).values(booked=after))
            count_use(conn, lane.owner, lane.name, now, taken - unused)
            return taken, 0.0

    def _wait(self, seconds: float, deadline: datetime) -> None:
        """Sleep for ``seconds`` of domain time, unless that is more than the caller will wait."""
        left = (deadline - self._stores.clock.now()).total_seconds()
        if seconds > left:
            raise Wait(seconds)
        self._pause(max(seconds, 0.001) / self._stores.clock.pace)

    # --- slots

    def _slot(self, lane: Lane, limit: Limit, mine: _Local, deadline: datetime) -> tuple[int, float]:
        while True:
            with self._guard:
                kept = mine.slots.pop() if mine.slots else None
            if kept is not None and _turn_lasts(kept):
                return kept
            if kept is not None:
                self._give_back(lane, kept[0])
            number = self._lease(lane, limit)
            if number is not None:
                return number, time.monotonic()
            self._wait(LOOK_SECONDS * self._stores.clock.pace, deadline)

    def _lease(self, lane: Lane, limit: Limit) -> int | None:
        now = datetime.now(UTC)
        with self._writing() as conn:
            many = _slots(_locked(conn, lane, limit), limit, self._stores.clock.now())
            held = set(
                conn.execute(
                    sa.select(platform_slots.c.number).where(_is(lane, platform_slots), platform_slots.c.until > now)
                ).scalars()
            )
            free = [number for number in range(limit.slots) if number not in held]
            if len(held) >= many or not free:
                return None
            mine = {"holder": self._me, "until": now + timedelta(seconds=SLOT_LEASE_SECONDS)}
            taken = insert_into(conn, platform_slots).values(owner=lane.owner, lane=lane.name, number=free[0], **mine)
            conn.execute(taken.on_conflict_do_update(index_elements=["owner", "lane", "number"], set_=mine))
            return free[0]

    def _release(self, lane: Lane, mine: _Local, slot: tuple[int, float]) -> None:
        if _turn_lasts(slot):
            with self._guard:
                mine.slots.append(slot)
        else:
            self._give_back(lane, slot[0])

    def _give_back(self, lane: Lane, number: int) -> None:
        with self._writing() as conn:
            conn.execute(sa.delete(platform_slots).where(self._held(lane, number)))

    def _held(self, lane: Lane, number: int) -> sa.ColumnElement[bool]:
        slot = platform_slots.c
        return sa.and_(_is(lane, platform_slots), slot.number == number, slot.holder == self._me)

    # --- both

    def _mine(self, lane: Lane) -> _Local:
        with self._guard:
            return self._locals[lane]

    @contextmanager
    def _writing(self) -> Generator[Connection]:
        """Calls wait for these few rows: they do not wait behind a thousand others."""
        with self._stores.ledger.hurry(), self._stores.ledger.write() as conn:
            yield conn

    def _note(self, lane: Lane, values: dict[str, Any]) -> None:
        with self._writing() as conn:
            noted = insert_into(conn, platform_lanes).values(owner=lane.owner, lane=lane.name, booked=[], **values)
            conn.execute(noted.on_conflict_do_update(index_elements=["owner", "lane"], set_=values))


def take_back_slots(stores: Stores) -> None:
    """For a process that is alone and calls nobody yet: what others held, they left when they were killed."""
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(platform_slots))


def _turn_lasts(slot: tuple[int, float]) -> bool:
    return time.monotonic() - slot[1] < SLOT_TURN_SECONDS


def _is(lane: Lane, table: sa.Table = platform_lanes) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.owner == lane.owner, table.c.lane == lane.name)


def _row(conn: Connection, lane: Lane) -> Any:
    return conn.execute(sa.select(platform_lanes).where(_is(lane))).one_or_none()


def _locked(conn: Connection, lane: Lane, limit: Limit) -> Any:
    """The lane's row, made where it is missing, and nobody else's until the transaction ends."""
    made = insert_into(conn, platform_lanes).values(owner=lane.owner, lane=lane.name, booked=[])
    conn.execute(made.on_conflict_do_nothing())
    return conn.execute(sa.select(platform_lanes).where(_is(lane)).with_for_update()).one()


def _booked(stored: list[int], limit: Limit) -> list[int]:
    """Per window the moment up to which it is used. With other windows than before, the latest counts for all."""
    if len(stored) == len(limit.windows):
        return stored
    return [max(stored, default=0)] * len(limit.windows)


def _due(window: Window, booked: int, now: int) -> float:
    """Permits of a window that are due now; where there is none, minus the microseconds until one is."""
    room = now + window.together * window.apart - max(booked, now)
    return room // window.apart if room >= window.apart else room - window.apart


def _slots(row: Any, limit: Limit, now: datetime) -> int:
    if row is None or row.narrowed is None:
        return limit.slots
    doublings = int((now - row.narrowed).total_seconds() // NARROW_SECONDS)
    return min(limit.slots, row.slots << min(max(doublings, 0), 16))
