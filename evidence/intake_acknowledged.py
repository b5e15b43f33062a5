"""What it costs to check events before acknowledging them, beside a server that only appends; and how long a sender
waits for the word that its events are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing
from typing import Any

from evidence.answering import served
from evidence.harness import Evidence, Scale, at_least, at_most, equal, fresh_home, percentile, ratio
from evidence.intake_load import EVENTS_A_BODY, Sender
from siyu.people import write_keys
from siyu.storage import Stores, open_stores
from siyu.web.intake import Intake

CLAIM = "intake.acknowledged"
STEADY_EVENTS_A_SECOND = 20_000

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def measure(scale: Scale) -> Evidence:
    count, steady = (2_000, 6_000) if scale == "full" else (50, 100)
    with fresh_home() as home:
        stores = open_stores(home)
        key = write_keys.create(stores, "load", "load", "server").key
        with served(_Both(stores)) as port, closing(Sender(port)) as sender:
            sender.prepare("ours", "/v1/batch", key, count, 100_000)
            sender.prepare("bare", "/bare", key, count, 100_000)
            found = ratio(
                lambda: sender.send("ours"),
                lambda: sender.send("bare"),
                rounds=5 if scale == "full" else 1,
            )
            sender.prepare("on time", "/v1/batch", key, steady, 100_000, seed=8)
            before = stores.inbox.last()
            waits = sender.send("on time", STEADY_EVENTS_A_SECOND)
            written = stores.inbox.last() - before
        stores.close()
    return Evidence(
        CLAIM,
        f"{count * EVENTS_A_BODY:,} events as fast as they go, then {steady * EVENTS_A_BODY:,} at 20,000 a second",
        [
            at_least("share of the bare appender's speed", round(1 / found.times, 3), 0.5),
            at_most("99% answered within", round(percentile(waits, 99) * 1000, 1), 150, "ms"),
            equal("bodies on disk", written, steady),
        ],
        {"events a second": round(count * EVENTS_A_BODY / found.ours_seconds), **found.notes()},
    )


class _Both:
    """The intake, and beside it the counterpart: the same server and store, and nothing else."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._intake = Intake(stores)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/bare":
            await self._intake(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        now = self._stores.clock.now()
        await asyncio.wrap_future(self._stores.inbox.append(now, "bare", "load", EVENTS_A_BODY, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})
