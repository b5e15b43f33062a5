"""How soon somebody who waits for an event is led on after it was acknowledged, while two thousand events a second come
in."""

from __future__ import annotations

import threading
import time

import msgspec
import sqlalchemy as sa

from evidence.broadcast_world import add_people
from evidence.harness import Evidence, Scale, at_least, at_most, equal, fresh_home, percentile
from siyu.app import load_rooms, open_home
from siyu.channels import channels_of
from siyu.people.drain import Drain
from siyu.reach.journeys.engine import Engine
from siyu.reach.journeys.engine.hearing import begin
from siyu.reach.journeys.tables import journey_people, journey_versions, journeys
from siyu.settings import Settings
from siyu.storage import Stores

CLAIM = "journeys.wake"
RATE = 2_000
BODY_EVENTS = 100
WOKEN_EVERY = 10
"""So many events, one is what somebody waits for."""

DOCUMENT = {
    "name": "等付款",
    "trigger": {"type": "by_hand"},
    "start": "pay",
    "nodes": [
        {
            "type": "wait_event",
            "id": "pay",
            "match": {"event": "bought"},
            "minutes": 600,
            "next": "rest",
            "timeout": None,
        },
        {"type": "wait", "id": "rest", "minutes": 1440},
    ],
}


def measure(scale: Scale) -> Evidence:
    seconds = 60 if scale == "full" else 5
    people = RATE // WOKEN_EVERY * seconds
    with fresh_home() as folder:
        load_rooms()
        stores = open_home(Settings(home=folder / "home"))
        channels = channels_of(stores)
        stop = threading.Event()
        try:
            _fill(stores, people)
            engine = Engine(stores, channels)
            loops = [
                threading.Thread(target=run, args=(stop,)) for run in (Drain(stores).run_forever, engine.run_forever)
            ]
            for loop in loops:
                loop.start()
            took = _send(stores, seconds)
            _wait_until_moved(stores, people)
            stop.set()
            for loop in loops:
                loop.join()
            Drain(stores).step()  # what was told last
            lags = _lags(stores)
        finally:
            stop.set()
            channels.close()
            stores.close()
    return Evidence(
        CLAIM,
        f"{len(lags):,} of {people:,} woken among {RATE:,} events a second, {seconds} s, SQLite",
        [
            equal("people led on", len(lags), people),
            at_most("seconds until led on, p95", round(percentile(lags, 95), 2), 2.0, "s"),
            at_least("events a second", round(RATE * seconds / took), RATE * 0.95),
        ],
        {
            "seconds, median": round(percentile(lags, 50), 2),
            "seconds, p99": round(percentile(lags, 99), 2),
            "seconds, longest": round(max(lags), 2),
        },
    )


def _fill(stores: Stores, people: int) -> None:
    """People who wait."""
    now = stores.clock.now()
    add_people(stores.ledger, people, now)
    begin(stores)
    row = {"name": "旅程", "draft": DOCUMENT, "state": "running", "version": 1, "salt": "s", "by": "evidence"}
    with stores.ledger.write() as conn:
        journey = conn.execute(
            sa.insert(journeys).values(**row, created=now, changed=now).returning(journeys.c.id)
        ).scalar_one()
        version = {"journey": journey, "version": 1, "document": DOCUMENT, "published": now, "by": "evidence"}
        conn.execute(sa.insert(journey_versions).values(**version))
        at = int(now.timestamp() * 1000)
        conn.exec_driver_sql(
            "WITH RECURSIVE n(person) AS (SELECT 1 UNION ALL SELECT person + 1 FROM n WHERE person < ?) "
            "INSERT INTO journey_people (journey, version, person, run, node, due, since, entered) "
            "SELECT ?, 1, person, 1, 0, ?, ?, ? FROM n",
            (people, journey, at + 36_000_000, at, at),
        )


def _send(stores: Stores, seconds: int) -> float:
    """Two thousand events a second into the inbox, as the door puts them there; how long it took."""
    began = time.perf_counter()
    person = 0
    for number in range(RATE * seconds // BODY_EVENTS):
        wait = began + number * BODY_EVENTS / RATE - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        now = stores.clock.now()
        calls: list[dict[str, object]] = []
        for place in range(BODY_EVENTS):
            waits = place % WOKEN_EVERY == 0
            person += waits
            calls.append(
                {
                    "type": "track",
                    "event": "bought" if waits else "page_viewed",
                    "userId": f"u{person}",
                    "messageId": f"w{number}-{place}",
                    "timestamp": now.isoformat(),
                }
            )
        body = msgspec.json.encode({"batch": calls})
        stores.inbox.append(now, "segment:batch", "web", BODY_EVENTS, body).result(timeout=60)
    return time.perf_counter() - began


def _wait_until_moved(stores: Stores, people: int, seconds_max: float = 60) -> None:
    moved = sa.select(sa.func.count()).select_from(journey_people).where(journey_people.c.node == 1)
    until = time.monotonic() + seconds_max
    while time.monotonic() < until:
        with stores.ledger.read() as conn:
            if conn.execute(moved).scalar_one() == people:
                break
        time.sleep(0.1)
    time.sleep(2)  # what was told of the last is stored too


def _lags(stores: Stores) -> list[float]:
    """Seconds from what each did to the step that it led to, by the events of both."""
    rows = stores.events.rows(
        "SELECT dateDiff('millisecond', minIf(received, name = 'bought'), minIf(time, name = 'journey_step')) "
        "FROM events WHERE name IN ('bought', 'journey_step') GROUP BY person HAVING countIf(name = 'journey_step') > 0"
    )
    return sorted(row[0] / 1000 for row in rows)
