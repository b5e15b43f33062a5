"""Loops that never end, and work of which one runs in the whole installation, however many processes there are.

Each process offers to do it; a leased row says whose turn it is. Who dies loses the turn when the lease runs out.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from siyu.jobs.tables import turns
from siyu.storage import Stores, insert_into

log = logging.getLogger(__name__)

TURN_SECONDS = 15.0
RENEWALS_A_TURN = 5
STOP_SECONDS_MAX = 20.0
FAULT_SECONDS_MIN, FAULT_SECONDS_MAX = 1.0, 30.0

Loop = Callable[[threading.Event], None]
"""Runs until its event is set, and looks at it at least every few seconds."""


def keep_doing(once: Callable[[], float], stop: threading.Event, what: str) -> None:
    """Do it again and again until ``stop``; ``once`` says how many seconds to rest after it. A fault is logged under
    the name ``what``, and the same is tried again after pauses that grow: nothing is skipped."""
    pause = FAULT_SECONDS_MIN
    while not stop.is_set():
        try:
            rest = once()
            pause = FAULT_SECONDS_MIN
        except Exception:
            log.exception("%s: failed, trying again in %s s", what, pause)
            rest, pause = pause, min(pause * 2, FAULT_SECONDS_MAX)
        if rest:
            stop.wait(rest)


def run_until_empty(step: Callable[[], int]) -> int:
    """Step by step all there is now; a step says how much it found. The sum."""
    total = 0
    while found := step():
        total += found
    return total


class Turn:
    """This process's claim to one kind of work."""

    def __init__(self, stores: Stores, name: str, *, seconds: float = TURN_SECONDS) -> None:
        self._stores = stores
        self._name = name
        self._holder = uuid.uuid4().hex
        self._seconds = seconds

    def take(self) -> bool:
        """Take the turn, or prolong it; False while another has it. Leases follow the machine's clock."""
        now = datetime.now(UTC)
        until = now + timedelta(seconds=self._seconds)
        mine = {"holder": self._holder, "until": until}
        free = sa.or_(turns.c.holder == self._holder, turns.c.until < now)
        with self._stores.ledger.write() as conn:
            taken = insert_into(conn, turns).values(name=self._name, **mine)
            taken = taken.on_conflict_do_update(index_elements=[turns.c.name], set_=mine, where=free)
            return conn.execute(taken.returning(turns.c.name)).first() is not None

    def give_back(self) -> None:
        """Let the next one begin at once."""
        with self._stores.ledger.write() as conn:
            conn.execute(sa.delete(turns).where(turns.c.name == self._name, turns.c.holder == self._holder))


def run_in_turn(stores: Stores, name: str, loop: Loop, stop: threading.Event, *, seconds: float = TURN_SECONDS) -> None:
    """Run ``loop`` whenever it is this process's turn, until ``stop``.

    A process that is alone with its stores needs no turn.
    """
    if stores.alone:
        loop(stop)
        return
    turn = Turn(stores, name, seconds=seconds)
    while not stop.is_set():
        if _taken(turn):
            _run_while_held(turn, loop, stop, seconds)
        else:
            stop.wait(seconds / RENEWALS_A_TURN)


def _run_while_held(turn: Turn, loop: Loop, stop: threading.Event, seconds: float) -> None:
    over = threading.Event()
    running = threading.Thread(target=loop, args=(over,), name="turn", daemon=True)
    running.start()
    held_until = time.monotonic() + seconds
    while running.is_alive() and not stop.wait(seconds / RENEWALS_A_TURN):
        asked = time.monotonic()
        if _taken(turn):
            held_until = asked + seconds
        elif time.monotonic() > held_until - seconds / RENEWALS_A_TURN:
            log.warning("a turn was lost to another process")
            break
    over.set()
    running.join(STOP_SECONDS_MAX)
    turn.give_back()


def _taken(turn: Turn) -> bool:
    try:
        return turn.take()
    except Exception:
        log.exception("can't reach the table of turns")
        return False
