"""Events all the way: taken over HTTP, resolved, de-duplicated, stored and projected, as fast as they come in."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from evidence.harness import Evidence, Scale, at_least, at_most, equal, fresh_home, percentile, seconds_of
from evidence.intake_acknowledged import served
from evidence.intake_load import EVENTS_A_BODY, bodies, requests, send
from siyu.people import projection, write_keys
from siyu.people.drain import BATCH_EVENTS_MAX, Drain
from siyu.storage import Stores, open_stores
from siyu.web.intake import Intake

CLAIM = "intake.through"
WANTED_EVENTS_A_SECOND = 25_000
MINUTE_BODIES = 15_000


def measure(scale: Scale) -> Evidence:
    minutes, known = (10, 100_000) if scale == "full" else (0, 1_000)
    with fresh_home() as home:
        stores = open_stores(home)
        key = write_keys.create(stores, "load", "load").key
        bare = _bare(stores, 2_000 if scale == "full" else 20)
        stop = threading.Event()
        work = [
            threading.Thread(target=Drain(stores).run_forever, args=(stop,)),
            threading.Thread(target=partial(projection.run_forever, stores, stop)),
        ]
        for each in work:
            each.start()
        lags: list[float] = []
        watching = threading.Thread(target=_watch, args=(stores, stop, lags))
        watching.start()
        sent = 0
        began = time.perf_counter()
        with served(Intake(stores)) as port:
            for minute in range(max(minutes, 1)):
                made = bodies(MINUTE_BODIES if minutes else 50, known, seed=minute, prefix="m")
                rate = WANTED_EVENTS_A_SECOND if minutes else 0
                asyncio.run(send(port, requests(made, "/v1/batch", key), rate))
                sent += len(made) * EVENTS_A_BODY
        sending = time.perf_counter() - began
        stored = _wait_for(stores, sent)
        took = time.perf_counter() - began
        stop.set()
        for each in (*work, watching):
            each.join()
        stores.close()
    return Evidence(
        CLAIM,
        f"{sent:,} events of {known:,} people",
        [
            equal("events stored", stored, sent),
            at_least("events a second, to the end of the backlog", round(sent / took), WANTED_EVENTS_A_SECOND),
            at_most("95% countable within", round(percentile(lags or [0.0], 95), 2), 3, "s"),
        ],
        {
            "backlog at the end, seconds": round(took - sending, 2),
            "bare decode and insert, events a second": round(bare),
        },
    )


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


def _watch(stores: Stores, stop: threading.Event, lags: list[float]) -> None:
    """How old the newest countable event is, every half second: an upper bound of the way from sender to figure."""
    while not stop.wait(0.5):
        (newest,) = stores.events.row("SELECT toUnixTimestamp64Milli(max(received)) FROM events")
        if newest > 0:
            lags.append(time.time() - newest / 1000)


def _wait_for(stores: Stores, wanted: int, seconds_max: float = 600) -> int:
    until = time.perf_counter() + seconds_max
    while True:
        stored = int(stores.events.row("SELECT count() FROM events WHERE source = 'load'")[0])
        if stored >= wanted or time.perf_counter() > until:
            return stored
        time.sleep(0.1)
