"""A million people from a wait through a branch to their message, beside a bare update of the same rows in the same
chunks; nobody else who writes waits long meanwhile; and it grows with the people and no faster."""

from __future__ import annotations

import math
import threading
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from evidence.broadcast_world import add_people
from evidence.harness import Evidence, Scale, at_least, at_most, equal, fresh_home, percentile, ratio
from siyu.app import load_rooms, open_home
from siyu.channels import channels_of
from siyu.channels.accounts import open_account
from siyu.jobs.tables import settings
from siyu.people.tables import own_events, own_events_of_many
from siyu.people.tables import people as everybody
from siyu.reach.journeys.engine import Engine
from siyu.reach.journeys.engine.stepping import STEP_ROWS
from siyu.reach.journeys.tables import journey_counts, journey_people, journey_versions, journeys
from siyu.reach.senders import stand
from siyu.reach.tables import outbox
from siyu.settings import Settings

CLAIM = "journeys.speed"
STEPS_A_PERSON = 3
WAIT_GOAL_MILLISECONDS = 250.0
SIZES = {"small": (2_000, 20_000), "full": (10_000, 100_000, 1_000_000)}
REST, AFTER = 0, 3

DOCUMENT = {
    "name": "一百万人的旅程",
    "trigger": {"type": "by_hand"},
    "start": "rest",
    "nodes": [
        {"type": "wait", "id": "rest", "minutes": 60, "next": "fork"},
        {
            "type": "branch",
            "id": "fork",
            "cases": [{"rule": {"type": "did", "event": "looked"}, "to": "hello"}],
            "otherwise": "hello",
        },
        {"type": "message", "id": "hello", "next": "after"},
        {"type": "wait", "id": "after", "minutes": 1440},
    ],
}


def measure(scale: Scale) -> Evidence:
    seconds: list[float] = []
    for people in SIZES[scale][:-1]:
        with fresh_home() as home, Bench(home, people) as bench:
            bench.clear()
            began = time.perf_counter()
            bench.ours()
            seconds.append(time.perf_counter() - began)
    people = SIZES[scale][-1]
    with fresh_home() as home, Bench(home, people) as bench:
        found = ratio(bench.ours, bench.bare, rounds=3 if scale == "full" else 1, before=bench.clear, warm=False)
        seconds.append(found.ours_seconds)
        bench.clear()
        waits = bench.others_while_ours()
        led, written = bench.led(), bench.written()
    rate, bare_rate = STEPS_A_PERSON * people / found.ours_seconds, people / found.bare_seconds
    return Evidence(
        CLAIM,
        f"{people:,} people in flight, {STEP_ROWS:,} a chunk, SQLite",
        [
            equal("people led on", led, people),
            equal("messages decided", written, people),
            at_least("steps beside rows of a bare update", round(rate / bare_rate, 3), 0.4),
            at_most("other_writer_waits_ms", round(max(waits), 1), WAIT_GOAL_MILLISECONDS, "ms"),
            at_most("slope of growth, log-log", round(_slope(SIZES[scale], seconds), 3), 1.1),
        ],
        {
            **found.notes(),
            "steps a second": round(rate),
            "people a second": round(people / found.ours_seconds),
            "bare rows a second": round(bare_rate),
            "seconds by size": ", ".join(
                f"{size:,}: {took:.2f}" for size, took in zip(SIZES[scale], seconds, strict=True)
            ),
            "other_writer_p99_ms": round(percentile(waits, 99), 1),
        },
    )


class Bench:
    """One home with its people, all of whom wait at the first step, due; and the two ways to move them."""

    def __init__(self, home: Path, people: int, ledger: str = "") -> None:
        self.people = people
        load_rooms()
        self.stores = open_home(Settings(home=home / "home", ledger=ledger))
        self.now = self.stores.clock.now()
        self.channels = channels_of(self.stores)
        self._fill()
        self.engine = Engine(self.stores, self.channels)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.channels.close()
        self.stores.close()

    def _fill(self) -> None:
        add_people(self.stores.ledger, self.people, self.now)
        events = self.stores.events
        events.command(
            "INSERT INTO people (person, version, gone, created) SELECT number + 1, 1, 0, now64(3) "
            f"FROM numbers({self.people})"
        )
        events.command(
            "INSERT INTO events (person, time, name, message_id, received, source, batch) SELECT number * 2 + 1, "
            f"toDateTime64('2026-11-01 00:00:00', 3, 'UTC'), 'looked', toString(number), now64(3), 'evidence', 1 "
            f"FROM numbers({self.people // 2})"
        )
        settings = {"url": "http://127.0.0.1:9/"}
        account, _ = open_account(self.stores, self.channels, channel="webhook", name="收件方", settings=settings)
        content = {"webhook": {"text": "您好"}}
        row = {"name": "旅程", "draft": DOCUMENT, "state": "running", "version": 1, "salt": "s", "by": "evidence"}
        with self.stores.ledger.write() as conn:
            journey = conn.execute(
                sa.insert(journeys).values(**row, created=self.now, changed=self.now).returning(journeys.c.id)
            ).scalar_one()
            version = {"journey": journey, "version": 1, "document": DOCUMENT, "published": self.now, "by": "evidence"}
            conn.execute(sa.insert(journey_versions).values(**version))
            stand(
                conn,
                journey=journey,
                version=1,
                node="hello",
                name="hello",
                kind="marketing",
                tone="useful",
                channels=[account],
                content=content,
                when_unknown="leave",
                priority=50,
                salt="s",
                by="evidence",
                now=self.now,
            )
            moment = sa.literal(self.now - timedelta(seconds=1), journey_people.c.due.type)
            inside = {"journey": sa.literal(journey), "version": sa.literal(1), "person": everybody.c.person}
            inside |= {
                "run": sa.literal(1),
                "node": sa.literal(REST),
                "due": moment,
                "since": moment,
                "entered": moment,
            }
            rows = sa.select(*inside.values()).order_by(everybody.c.person)
            conn.execute(sa.insert(journey_people).from_select(list(inside), rows))

    def clear(self) -> None:
        """Everybody is back at the wait, and due."""
        with self.stores.ledger.write() as conn:
            conn.execute(
                sa.update(journey_people).values(node=REST, due=self.now - timedelta(seconds=1), left=None, how=None)
            )
            for table in (outbox, own_events, own_events_of_many, journey_counts):
                conn.execute(sa.delete(table))

    def ours(self) -> None:
        """What the engine does."""
        while self.engine.tick():
            pass

    def bare(self) -> None:
        """Only the update, by the table's own key, in the same chunks."""
        for first in range(1, self.people + 1, STEP_ROWS):
            with self.stores.ledger.write() as conn:
                conn.execute(
                    sa.update(journey_people)
                    .where(journey_people.c.id >= first, journey_people.c.id < first + STEP_ROWS)
                    .values(node=AFTER, due=self.now + timedelta(days=1), since=journey_people.c.due)
                )

    def others_while_ours(self) -> list[float]:
        """Milliseconds that another writer waited for each of its small writes while ours ran."""
        waits: list[float] = []
        stop = threading.Event()

        def write() -> None:
            while not stop.wait(0.005):
                began = time.perf_counter()
                with self.stores.ledger.write() as conn:
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

    def led(self) -> int:
        with self.stores.ledger.read() as conn:
            there = sa.select(sa.func.count()).select_from(journey_people).where(journey_people.c.node == AFTER)
            return int(conn.execute(there).scalar_one())

    def written(self) -> int:
        with self.stores.ledger.read() as conn:
            return int(conn.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one())


def _slope(sizes: tuple[int, ...], seconds: list[float]) -> float:
    """Of the straight line through the points of growth, both axes in logarithms (least squares)."""
    xs, ys = [math.log(size) for size in sizes], [math.log(took) for took in seconds]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / sum(
        (x - middle_x) ** 2 for x in xs
    )
