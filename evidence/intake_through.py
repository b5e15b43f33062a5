"""Events all the way: taken over HTTP, resolved, de-duplicated, stored and projected, as fast as they come in."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from evidence.answering import served
from evidence.harness import Evidence, Scale, at_least, at_most, equal, fresh_home, percentile, seconds_of
from evidence.intake_load import EVENTS_A_BODY, Sender, bodies
from siyu.people import projection, write_keys
from siyu.people.drain import BATCH_EVENTS_MAX, Drain
from siyu.people.tables import batches, people
from siyu.storage import Stores, open_stores
from siyu.web.intake import Intake

CLAIM = "intake.through"
WANTED_EVENTS_A_SECOND = 25_000
OFFERED_EVENTS_A_SECOND = 25_250
"""A hundredth more than wanted, so that the last answers' delay does not count against the rate."""
ROUND_BODIES = 3_000
COUNTABLE_SECONDS_MAX = 3


def measure(scale: Scale) -> Evidence:
    full = scale == "full"
    return sustained(minutes=10, known=100_000) if full else sustained(minutes=0, known=1_000)


def sustained(minutes: int, known: int) -> Evidence:
    """Send at the wanted rate for ``minutes`` (0: a few batches, as they come), and see what becomes of it."""
    count, rounds = (ROUND_BODIES, minutes * 60 * OFFERED_EVENTS_A_SECOND // (ROUND_BODIES * EVENTS_A_BODY))
    count, rounds, rate = (count, rounds, OFFERED_EVENTS_A_SECOND) if minutes else (50, 1, 0)
    sent = count * rounds * EVENTS_A_BODY
    with fresh_home() as home:
        stores = open_stores(home)
        key = write_keys.create(stores, "load", "load", "server").key
        bare = _bare(stores, 2_000 if minutes else 20)
        with _working(stores), served(Intake(stores)) as port, closing(Sender(port)) as sender:
            sender.prepare("load", "/v1/batch", key, count, known)
            busy, began = time.process_time(), time.perf_counter()
            waits = sender.send("load", rate, rounds)
            sending = time.perf_counter() - began
            stored = _wait_for(stores, sent)
            took = time.perf_counter() - began
            busy = time.process_time() - busy
            there, known_to_ledger = _wait_for_people(stores)
        lag = _lag_seconds(stores)
        stores.close()
    return Evidence(
        CLAIM,
        f"{sent:,} events of {known:,} people",
        [
            equal("events stored", stored, sent),
            equal("people projected", there, known_to_ledger),
            at_least("events a second while sending", round(sent / sending), WANTED_EVENTS_A_SECOND),
            at_most("seconds behind at the end", round(took - sending, 2), COUNTABLE_SECONDS_MAX, "s"),
            at_most("95% countable within", round(lag + percentile(waits, 95), 2), COUNTABLE_SECONDS_MAX, "s"),
        ],
        {
            "of that from due to acknowledged, 95%": round(percentile(waits, 95), 3),
            "events a CPU second of the server": round(sent / busy),
            "bare decode and insert, events a second": round(bare),
        },
    )


@contextmanager
def _working(stores: Stores) -> Generator[None]:
    """The loops that run beside the web in the product."""
    stop = threading.Event()
    loops = [
        threading.Thread(target=Drain(stores).run_forever, args=(stop,)),
        threading.Thread(target=partial(projection.run_forever, stores, stop)),
    ]
    for each in loops:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in loops:
            each.join()


def _bare(stores: Stores, count: int) -> float:
    """The counterpart: decode and columnar insert of as many events a commit, nothing else; events a second."""
    made = bodies(count, 100_000, seed=99)
    stores.events.command("CREATE TABLE bare AS events")
    a_commit = BATCH_EVENTS_MAX // EVENTS_A_BODY
    took = seconds_of(lambda: [_insert(stores, made[place : place + a_commit]) for place in range(0, count, a_commit)])
    stores.events.command("DROP TABLE bare")
    return count * EVENTS_A_BODY / took


def _insert(stores: Stores, made: Sequence[bytes]) -> None:
    calls: list[dict[str, Any]] = [call for body in made for call in msgspec.json.decode(body)["batch"]]
    now = stores.clock.now()
    columns: dict[str, Sequence[Any]] = {
        "person": [int(str(call["userId"])[1:]) for call in calls],
        "time": [now] * len(calls),
        "name": [call["event"] for call in calls],
        "message_id": [call["messageId"] for call in calls],
        "received": [now] * len(calls),
        "source": ["load"] * len(calls),
        "batch": [0] * len(calls),
        "record": [0] * len(calls),
        "properties": [msgspec.json.encode(call["properties"]).decode() for call in calls],
    }
    stores.events.insert("bare", columns)


def _lag_seconds(stores: Stores) -> float:
    """From received to countable, of 95% of the events: their batch was marked as stored after it was countable."""
    with stores.ledger.read() as conn:
        done = dict(conn.execute(sa.select(batches.c.id, batches.c.stored)).tuples().all())
    rows = stores.events.rows(
        "SELECT batch, toUnixTimestamp64Milli(received), count() FROM events WHERE source = 'load' GROUP BY ALL"
    )
    lags = sorted((done[batch].timestamp() - received / 1000, events) for batch, received, events in rows)
    left = sum(events for _, events in lags) * 0.95
    for lag, events in lags:
        left -= events
        if left <= 0:
            return lag
    return 0.0


def _wait_for_people(stores: Stores, seconds_max: float = 60) -> tuple[int, int]:
    """Persons in the event log and in the ledger, once the one has what the other has."""
    with stores.ledger.read() as conn:
        wanted = conn.execute(sa.select(sa.func.count()).select_from(people)).scalar_one()
    until = time.perf_counter() + seconds_max
    while True:
        there = int(stores.events.row("SELECT count() FROM people FINAL WHERE gone = 0")[0])
        if there >= wanted or time.perf_counter() > until:
            return there, wanted
        time.sleep(0.1)


def _wait_for(stores: Stores, wanted: int, seconds_max: float = 600) -> int:
    until = time.perf_counter() + seconds_max
    while True:
        stored = int(stores.events.row("SELECT count() FROM events WHERE source = 'load'")[0])
        if stored >= wanted or time.perf_counter() > until:
            return stored
        time.sleep(0.1)
