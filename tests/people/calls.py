"""Sends Segment calls the way the edge does, without HTTP."""

from __future__ import annotations

from typing import Any

import msgspec

from siyu.jobs.turns import run_until_empty
from siyu.people import segment
from siyu.people.drain import Drain
from siyu.storage import Stores


def send(stores: Stores, *calls: dict[str, Any], source: str = "web") -> None:
    """Check a batch as the edge does and put it into the inbox."""
    body = msgspec.json.encode({"batch": list(calls)})
    raws, batch = segment.split("batch", body)
    for place, raw in enumerate(raws):
        segment.check(raw, "batch", f"batch[{place}]", stores.clock.now(), batch)
    stores.inbox.append(stores.clock.now(), "segment:batch", source, len(calls), body).result(timeout=10)


def drained(stores: Stores, *calls: dict[str, Any], source: str = "web") -> None:
    send(stores, *calls, source=source)
    run_until_empty(Drain(stores).step)


def track(user: str, event: str, **fields: Any) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": event, **fields}


def stored(stores: Stores, columns: str = "name", where: str = "1") -> list[Any]:
    rows = stores.events.rows(f"SELECT {columns} FROM events WHERE {where} ORDER BY time, message_id")
    return [row[0] if len(row) == 1 else row for row in rows]
