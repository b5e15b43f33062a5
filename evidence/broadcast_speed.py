"""A million people to the outbox with the guard applied, beside a bare insert of as many rows in the same chunks."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from evidence.broadcast_world import add_people
from evidence.harness import Evidence, Scale, at_most, equal, fresh_home, percentile, ratio
from siyu.audiences import tables as audience_tables
from siyu.channels import channels_of
from siyu.channels import tables as channel_tables
from siyu.experiments import held_out
from siyu.jobs.tables import settings
from siyu.people.tables import own_events
from siyu.reach.guard import Way, Wish, load_guard
from siyu.reach.intending import BREATH_SECONDS, INTEND_ROWS
from siyu.reach.outbox import Intention, intend
from siyu.reach.tables import outbox
from siyu.storage import Ledger, in_chunks, metadata, sent

CLAIM = "broadcast.speed"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ROUNDS = {"small": 1, "full": 5}
WAIT_GOAL_MILLISECONDS = 250.0
TABLES = (audience_tables, channel_tables)  # known to the ledger before it is made


def measure(scale: Scale) -> Evidence:
    people = 1_000_000 if scale == "full" else 30_000
    with fresh_home() as home:
        bench = Bench(home, people)
        found = ratio(bench.ours, bench.bare, rounds=ROUNDS[scale], before=bench.clear, warm=scale == "full")
        bench.clear()
        waits = bench.others_while_ours()
        states = bench.states()
        bench.close()
    decided = sum(states.values())
    notes = found.notes() | {
        "other_writer_p99_ms": round(percentile(waits, 99), 1),
        "other_writes": len(waits),
        "due": states.get("due", 0),
        "held": states.get("held", 0),
        "holdout": states.get("holdout", 0),
    }
    return Evidence(
        CLAIM,
        f"{people:,} people, {INTEND_ROWS:,} a chunk, SQLite",
        [
            equal("people_decided", decided, people),
            at_most("times_bare_insert", found.times, 3.0),
            at_most("other_writer_waits_ms", round(max(waits), 1), WAIT_GOAL_MILLISECONDS, "ms"),
        ],
        notes,
    )


class Bench:
    """One ledger with its people, and the two ways to fill its outbox."""

    def __init__(self, home: Path, people: int) -> None:
        self.ledger = Ledger(f"sqlite:///{home / 'ledger.db'}")
        metadata.create_all(self.ledger.engine)
        add_people(self.ledger, people, NOW)
        self.channels = channels_of()
        self.numbers = np.arange(1, people + 1, dtype=np.uint32)

    def ours(self) -> None:
        """What a broadcast does: the guard, the hold-out, the events of what was held."""
        way = Way(1, self.channels["webhook"].about)
        intention = Intention(1, Wish("marketing", "useful", [way], NOW), "evidence", NOW)
        with self.ledger.read() as conn:
            guard = load_guard(conn, ZoneInfo("Asia/Shanghai"))
        for chunk in in_chunks(self.numbers, INTEND_ROWS):
            out = chunk[held_out("evidence", chunk, 10)]
            with self.ledger.write() as conn:
                intend(conn, guard, intention, chunk.tolist(), out.tolist())
            time.sleep(BREATH_SECONDS)

    def bare(self) -> None:
        """Only the rows, into the same indexed table, in the same chunks, by the quickest way there is."""
        for chunk in in_chunks(self.numbers, INTEND_ROWS):
            with self.ledger.write() as conn:
                given = sent(conn, person=(sa.BigInteger, chunk.tolist()))
                moment = sa.literal(NOW, outbox.c.due.type)
                values = {
                    "broadcast": sa.literal(1),
                    "person": given.c.person,
                    "channel": sa.literal("webhook"),
                    "account": sa.literal(1),
                    "kind": sa.literal("marketing"),
                    "tone": sa.literal("useful"),
                    "state": sa.literal("due"),
                    "priority": sa.literal(0),
                    "due": moment,
                    "decided": moment,
                    "counted": moment,
                }
                conn.execute(sa.insert(outbox).from_select(list(values), sa.select(*values.values())))
            time.sleep(BREATH_SECONDS)

    def clear(self) -> None:
        with self.ledger.write() as conn:
            conn.execute(sa.delete(outbox))
            conn.execute(sa.delete(own_events))

    def others_while_ours(self) -> list[float]:
        """Milliseconds that another writer waited for each of its small writes while ours ran."""
        waits: list[float] = []
        stop = threading.Event()

        def write() -> None:
            while not stop.wait(0.005):
                began = time.perf_counter()
                with self.ledger.write() as conn:
                    conn.execute(sa.delete(settings).where(settings.c.name == "nothing"))
                waits.append((time.perf_counter() - began) * 1000)

        other = threading.Thread(target=write)
        other.start()
        try:
            self.ours()
        finally:
            stop.set()
            other.join()
        return waits

    def states(self) -> dict[str, int]:
        with self.ledger.read() as conn:
            rows = conn.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state))
            return {state: int(number) for state, number in rows}

    def close(self) -> None:
        self.channels.close()
        self.ledger.close()
