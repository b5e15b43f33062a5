"""Everything that happened with one person, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from siyu.people import event_names
from siyu.people.merges import whole_of
from siyu.people.moments import aware
from siyu.storage import Stores
from siyu.storage.ledger import to_millis
from siyu.storage.paging import cursor_of, place_of

PAGE_MAX = 200
KEYS_MAX = 1_000
_COLUMNS = (
    "time, name, source, order, amount, lines.sku, lines.title, lines.quantity, lines.price, "
    "toJSONString(properties), message_id, person, batch, record, received"
)
_BY_PERSON = " SETTINGS optimize_use_projections = 0"
"""The table is by person already; weighing the other way costs more than it could save."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. ``node``, ``batch`` and ``record`` say where it came from, to the row."""

    time: datetime
    name: str
    zh: str
    en: str
    icon: str
    kind: str
    detail: str
    source: str
    order: str
    amount: Decimal
    lines: Sequence[Mapping[str, Any]]
    properties: Mapping[str, Any]
    message_id: str
    node: int
    batch: int
    record: int
    received: datetime


@dataclass(frozen=True, slots=True)
class TimelinePage:
    entries: Sequence[Entry]
    next: str | None


def nodes_of(stores: Stores, person: int) -> list[int]:
    """All nodes of a person, the kept one first. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return next(iter(whole_of(conn, person).values()))


def timeline(
    stores: Stores,
    nodes: Sequence[int],
    *,
    names: Sequence[str] = (),
    cursor: str | None = None,
    limit: int = 50,
    newest: Sequence[datetime] = (),
) -> TimelinePage:
    """The next ``limit`` events behind ``cursor``, of these names or of all. ``newest``: the moments of the last
    ``limit`` + 1 events or of all there are, where the caller knows them; taken only for the first page of all."""
    limit = max(1, min(limit, PAGE_MAX))
    asked: dict[str, Any] = {"nodes": list(nodes), "limit": limit + 1, "names": list(names)}
    where = "person IN {nodes:Array(UInt32)}"
    if names:
        where += " AND name IN {names:Array(String)}"
    place = place_of(cursor or "", int, str)
    if place is not None:
        where += " AND (toUnixTimestamp64Milli(time), message_id) < ({millis:Int64}, {message_id:String})"
        where += " AND time <= fromUnixTimestamp64Milli({millis:Int64})"
        asked |= {"millis": place[0], "message_id": place[1]}
    times = [] if names or cursor else newest[: limit + 1]
    if not times:  # the months that need not be opened are known by these
        found = stores.events.rows(
            f"SELECT time FROM events WHERE {where} ORDER BY time DESC LIMIT {{limit:UInt32}}{_BY_PERSON}", asked
        )
        times = [aware(time) for (time,) in found]
    if not times:
        return TimelinePage([], None)
    rows = stores.events.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {where} AND time >= {{oldest:DateTime64(3, 'UTC')}} "
        f"ORDER BY time DESC, message_id DESC LIMIT {{limit:UInt32}}{_BY_PERSON}",
        {**asked, "oldest": times[-1]},
    )
    entries = [_entry(row) for row in rows[:limit]]
    more = len(rows) > limit
    last = entries[-1] if more else None
    return TimelinePage(entries, cursor_of(to_millis(last.time), last.message_id) if last else None)


Key = tuple[int, datetime, str]
"""Node, time and message id: what finds one event at once."""


def entries_of(stores: Stores, keys: Sequence[Key]) -> dict[Key, Entry]:
    """These events, at most ``KEYS_MAX``; what is not there any more is left out."""
    if not keys:
        return {}
    times = [time for _, time, _ in keys]
    rows = stores.events.rows(
        f"SELECT {_COLUMNS} FROM events WHERE person IN {{nodes:Array(UInt32)}} "
        "AND time BETWEEN {first:DateTime64(3, 'UTC')} AND {last:DateTime64(3, 'UTC')} "
        "AND message_id IN {messages:Array(String)}",
        {
            "nodes": sorted({node for node, _, _ in keys}),
            "first": min(times),
            "last": max(times),
            "messages": sorted({message for _, _, message in keys}),
        },
    )
    wanted = set(keys)
    entries = [_entry(row) for row in rows]
    return {key: each for each in entries if (key := (each.node, each.time, each.message_id)) in wanted}


def _entry(row: tuple[Any, ...]) -> Entry:
    (time, name, source, order, amount, skus, titles, quantities, prices, raw, message_id, node, batch, record, got) = (
        row
    )
    properties: dict[str, Any] = msgspec.json.decode(raw)
    known = event_names.named(name)
    lines = [
        {"sku": sku, "title": title, "quantity": quantity, "price": price}
        for sku, title, quantity, price in zip(skus, titles, quantities, prices, strict=True)
    ]
    detail = event_names.shown(name, properties)
    if lines:
        detail = "、".join(str(line["title"] or line["sku"]) for line in lines[:3])
    return Entry(
        aware(time),
        name,
        known.zh,
        known.en,
        known.icon,
        known.kind,
        detail,
        source,
        order,
        amount,
        lines,
        properties,
        message_id,
        node,
        batch,
        record,
        aware(got),
    )
