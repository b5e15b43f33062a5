"""What a form can offer: the events seen, their properties with types and usual values, attributes of people.

Read from samples and kept for some minutes: a suggestion may be missing, and anything may be typed by hand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from siyu.audiences.sql import check_path
from siyu.people.event_names import named
from siyu.storage import BadInput, EventLog, Stores

CACHE_SECONDS = 300
RECENT = timedelta(days=90)
SAMPLE_ROWS = 20_000
EVENTS_MAX = 200
PATHS_MAX = 100
VALUES_MAX = 12
VALUE_CHARACTERS_MAX = 60

_cache: WeakKeyDictionary[EventLog, dict[str, tuple[float, Any]]] = WeakKeyDictionary()
_lock = threading.Lock()
T = TypeVar("T")


@dataclass(frozen=True)
class SeenEvent:
    """A name of events, how many there are, and what it is called."""

    name: str
    zh: str
    en: str
    rows: int


@dataclass(frozen=True)
class SeenPath:
    """A property or attribute: its path, the kinds of value it holds (text, number, truth, list), usual texts."""

    path: str
    kinds: tuple[str, ...]
    values: tuple[str, ...]


def events(stores: Stores) -> list[SeenEvent]:
    """The names of events seen, the most frequent first."""

    def read() -> list[SeenEvent]:
        rows = stores.events.rows(
            f"SELECT name, count() AS n FROM events GROUP BY name ORDER BY n DESC, name LIMIT {EVENTS_MAX}"
        )
        return [SeenEvent(name, named(name).zh, named(name).en, int(n)) for name, n in rows]

    return _kept(stores, "events", read)


def properties(stores: Stores, event: str) -> list[SeenPath]:
    """The properties of an event (``*``: of any), the most frequent first."""

    def read() -> list[SeenPath]:
        since = stores.clock.now() - RECENT
        which = "" if event == "*" else "name = {event:String}"
        for when in ("time > {since:DateTime64(3, 'UTC')}", ""):  # an old import may have nothing recent
            prewhere = " AND ".join(part for part in (which, when) if part)
            source = f"SELECT properties FROM events{f' PREWHERE {prewhere}' if prewhere else ''} LIMIT {SAMPLE_ROWS}"
            found = _paths(stores.events, "properties", source, {"event": event, "since": since})
            if found:
                return found
        return []

    return _kept(stores, f"properties {event}", read)


def attributes(stores: Stores) -> list[SeenPath]:
    """The attributes of people, the most frequent first."""

    def read() -> list[SeenPath]:
        source = f"SELECT attributes FROM people WHERE gone = 0 LIMIT {SAMPLE_ROWS}"
        return _paths(stores.events, "attributes", source, {})

    return _kept(stores, "attributes", read)


def person_values(stores: Stores, column: str) -> list[str]:
    """Usual values of a built-in text of people (city, province, origin_source…)."""
    if column not in ("city", "province", "sex", "occupation", "origin_source", "origin_campaign", "origin_staff"):
        return []

    def read() -> list[str]:
        rows = stores.events.rows(
            f"SELECT {column}, count() AS n FROM people WHERE gone = 0 AND {column} != '' "
            f"GROUP BY {column} ORDER BY n DESC, {column} LIMIT {VALUES_MAX * 4}"
        )
        return [value for value, _ in rows]

    return _kept(stores, f"person {column}", read)


def line_values(stores: Stores, key: str) -> list[str]:
    """Usual values of an order line's text (sku, title, category)."""
    if key not in ("sku", "title", "category"):
        return []

    def read() -> list[str]:
        (found,) = stores.events.row(
            f"SELECT arrayMap(x -> toString(x), topKArray({VALUES_MAX * 2})(`lines.{key}`)) "
            f"FROM (SELECT `lines.{key}` FROM events PREWHERE name = 'order_paid' LIMIT {SAMPLE_ROWS})"
        )
        return [value for value in found if value]

    return _kept(stores, f"line {key}", read)


def identifier_kinds(stores: Stores) -> list[str]:
    """The kinds of identifier that people have."""

    def read() -> list[str]:
        rows = stores.events.rows("SELECT DISTINCT arrayJoin(kinds) AS kind FROM people WHERE gone = 0 ORDER BY kind")
        return [kind for (kind,) in rows]

    return _kept(stores, "kinds", read)


def forget(stores: Stores) -> None:
    """Read everything anew at the next question."""
    with _lock:
        _cache.pop(stores.events, None)


def _kept(stores: Stores, key: str, read: Callable[[], T]) -> T:
    with _lock:
        known = _cache.setdefault(stores.events, {}).get(key)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    found = read()
    with _lock:
        _cache.setdefault(stores.events, {})[key] = (time.monotonic() + CACHE_SECONDS, found)
    return found


_KINDS = {"String": "text", "Int64": "number", "UInt64": "number", "Float64": "number", "Bool": "truth"}


def _paths(events: EventLog, column: str, source: str, parameters: dict[str, Any]) -> list[SeenPath]:
    rows = events.rows(
        f"SELECT pair.1 AS path, groupUniqArray(pair.2), count() AS n "
        f"FROM (SELECT arrayJoin(JSONAllPathsWithTypes({column})) AS pair FROM ({source})) "
        f"GROUP BY path ORDER BY n DESC, path LIMIT {PATHS_MAX}",
        parameters,
    )
    usable = [(path, types) for path, types, _ in rows if _readable(path)]
    texts = [path for path, types in usable if "String" in types]
    values: dict[str, tuple[str, ...]] = {}
    if texts:
        tops = ", ".join(f"topK({VALUES_MAX})({column}.`{path}`.:String)" for path in texts)
        found = events.row(f"SELECT {tops} FROM ({source})", parameters)
        values = {
            path: tuple(one for one in top if one and len(one) <= VALUE_CHARACTERS_MAX)
            for path, top in zip(texts, found, strict=True)
        }
    return [
        SeenPath(path, tuple(sorted({_KINDS.get(one, "list") for one in types})), values.get(path, ()))
        for path, types in usable
    ]


def _readable(path: str) -> bool:
    try:
        check_path(path, "path")
    except BadInput:
        return False
    return True
