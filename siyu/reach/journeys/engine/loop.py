"""The engine at work: hears, then moves whoever is due, a chunk of one place at a time, so that a journey of a million
does not keep the others waiting."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Channels
from siyu.jobs import preferences
from siyu.jobs.turns import keep_doing
from siyu.reach.best_hour import Habits
from siyu.reach.guard import load_guard
from siyu.reach.journeys.engine.acts import Acting
from siyu.reach.journeys.engine.asking import Asking
from siyu.reach.journeys.engine.dates import bring_in
from siyu.reach.journeys.engine.hearing import hear
from siyu.reach.journeys.engine.published import GATE, WALKING, Published, Walk, Walks
from siyu.reach.journeys.engine.stepping import STEP_ROWS, due_at, step
from siyu.reach.journeys.tables import journey_people
from siyu.storage import Stores, sent

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.25
FAULT_SECONDS = 30.0
TICK_SECONDS = 1.0
"""How long chunk after chunk is moved by the same answers of the event log, before what is new is heard."""


class Engine:
    """One per installation at a time (see ``jobs/turns.py``)."""

    def __init__(self, stores: Stores, channels: Channels) -> None:
        self._stores = stores
        self._channels = channels
        self._walks = Walks()
        self._habits: Habits | None = None
        self._rests: dict[int, float] = {}

    def run_forever(self, stop: threading.Event) -> None:
        """Until ``stop``, as :func:`keep_doing` does."""
        keep_doing(lambda: 0.0 if self.round() else IDLE_SECONDS, stop, "journeys")

    def round(self) -> int:
        """Hear what is new, bring in whose day it is, move who is due: how much there was to do."""
        return self.hear() + self.bring_in() + self.tick()

    def hear(self) -> int:
        """Some pieces of news; how many."""
        return hear(self._stores, self._read())

    def bring_in(self) -> int:
        """Those whose date has come, and those of schedules; how many came."""
        running = [walk for walk in self._read() if walk.state == "running"]
        return sum(self._safely(walk.journey, partial(bring_in, self._stores, walk.current)) for walk in running)

    def tick(self) -> int:
        """Move who is due, a chunk of each place, and again those places of which there are more, for about
        ``TICK_SECONDS``: how many were moved."""
        began = time.monotonic()
        asking = Asking(self._stores, self._habits)
        moved, more = 0, True
        while more and time.monotonic() - began < TICK_SECONDS:
            counts = list(self._chunks(asking))
            moved, more = moved + sum(counts), STEP_ROWS in counts
        self._habits = asking.habits
        return moved

    def _chunks(self, asking: Asking) -> Iterator[int]:
        """Move a chunk of each place at which somebody is due: how many each time."""
        for walk in self._read():
            if walk.state in WALKING:
                for published, place in self._due(walk):
                    yield self._safely(walk.journey, partial(self._step, published, place, asking))

    def _safely(self, journey: int, work: Callable[[], int]) -> int:
        """One journey's fault does not hold up the others. It is tried again after a pause."""
        if time.monotonic() < self._rests.get(journey, 0.0):
            return 0
        try:
            return work()
        except Exception:
            log.exception("journey %d: a step failed, tried again in %s s", journey, FAULT_SECONDS)
            self._rests[journey] = time.monotonic() + FAULT_SECONDS
            return 0

    def _read(self) -> list[Walk]:
        with self._stores.ledger.read() as conn:
            return self._walks.read(conn)

    def _due(self, walk: Walk) -> Iterator[tuple[Published, int]]:
        """Places of a journey at which somebody is due."""
        with self._stores.ledger.read() as conn:
            found = places_due(conn, walk, self._stores.clock.now())
        of_version = {published.version: published for published in walk.versions}
        for version, place in found:
            yield of_version[version], place

    def _step(self, published: Published, place: int, asking: Asking) -> int:
        stores = self._stores
        with stores.ledger.read() as conn:
            crowd = due_at(conn, published, place, stores.clock.now())
            zone = preferences.timezone(conn)
            guard = load_guard(conn, zone)
        if not len(crowd):
            return 0
        acting = Acting(stores, self._channels, published, guard)
        return step(stores, published, place, crowd, asking, acting, zone)


def places_due(conn: Connection, walk: Walk, now: datetime) -> list[tuple[int, int]]:
    """(version, place) at which somebody is due."""
    all_places = [
        (published.version, place)
        for published in walk.versions
        for place in range(GATE, len(published.document.nodes))
    ]
    asked = sent(
        conn,
        version=(sa.Integer, [version for version, _ in all_places]),
        place=(sa.Integer, [place for _, place in all_places]),
    )
    inside = journey_people.c
    somebody = (
        sa.exists()
        .where(inside.journey == walk.journey, inside.version == asked.c.version, inside.node == asked.c.place)
        .where(inside.left.is_(None), inside.due <= now)
    )
    rows = conn.execute(sa.select(asked.c.version, asked.c.place).where(somebody))
    return [(row.version, row.place) for row in rows]
