"""People from a wait through a branch to their message on PostgreSQL, moved by two engines at once: each of them once,
each with one message, and one event of each step."""

from __future__ import annotations

import threading
import time

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from evidence.crew import postgresql
from evidence.harness import Evidence, Scale, equal, fresh_home
from evidence.journeys_speed import STEPS_A_PERSON, Bench
from siyu.people.tables import own_events_of_many
from siyu.reach.journeys.engine import Engine
from siyu.reach.journeys.engine.telling import STEP

CLAIM = "journeys.postgresql"
ENGINES = 2


def measure(scale: Scale) -> Evidence:
    people = 200_000 if scale == "full" else 20_000
    with fresh_home() as home, postgresql(home / "postgresql") as ledger, Bench(home, people, ledger) as bench:
        moved = [0] * ENGINES

        def work(which: int) -> None:
            engine = Engine(bench.stores, bench.channels)
            while now_moved := engine.tick():
                moved[which] += now_moved

        workers = [threading.Thread(target=work, args=(which,)) for which in range(ENGINES)]
        began = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        seconds = time.perf_counter() - began
        moved_once = sum(moved)
        while left := bench.engine.tick():  # an engine that finds others at work on all that is due leaves
            moved_once += left
        told = _told(bench)
        led, written = bench.led(), bench.written()
    return Evidence(
        CLAIM,
        f"{people:,} people in flight, {ENGINES} engines, PostgreSQL",
        [
            equal("people led on", led, people),
            equal("times that somebody was moved", moved_once, people),
            equal("messages decided", written, people),
            equal(
                "people of whom a step is told once", int((np.bincount(told, minlength=people + 1) == 1).sum()), people
            ),
        ],
        {
            "seconds": round(seconds, 2),
            "steps a second": round(STEPS_A_PERSON * people / seconds),
            "people by engine": ", ".join(f"{each:,}" for each in moved),
        },
    )


def _told(bench: Bench) -> npt.NDArray[np.uint32]:
    """Persons of the events of their step."""
    query = sa.select(own_events_of_many.c.persons).where(own_events_of_many.c.name == STEP)
    with bench.stores.ledger.read() as conn:
        return np.concatenate([np.frombuffer(each, dtype="<u4") for each in conn.execute(query).scalars()])
