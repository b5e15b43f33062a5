"""Orders as they stand after all that was told of them: paid, returned in part, told twice, told late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from siyu.people.bought import Item, kept, named, paid
from siyu.people.moments import aware
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON


@dataclass(frozen=True, slots=True)
class Order:
    """All that was told of an order: its buyer (and ``node``, as whom they bought it), when it was paid, its lines by
    name, and what was kept of each, in cents. An order without lines has one line without a name. ``then``: what was
    kept of it in all from each moment on, paid first, every return after it."""

    source: str
    number: str
    buyer: int
    at: datetime
    items: Mapping[str, Item]
    kept: Mapping[str, int]
    node: int
    then: Sequence[tuple[datetime, int]]

    @property
    def gone(self) -> bool:
        """Whether something was returned of it, and nothing is left."""
        return len(self.then) > 1 and not self.then[-1][1]


@dataclass(frozen=True, slots=True)
class Loose:
    """Something returned that names no order of which a payment is known: by whom, when, its lines by name, and what
    each of them was worth, in cents."""

    buyer: int
    at: datetime
    items: Mapping[str, Item]
    back: Mapping[str, int]


_COLUMNS = (
    f"{PERSON} AS kept, name, source, `order`, time, amount, lines.sku, lines.quantity, lines.price, lines.category, "
    "person AS node"
)
_TOLD = "name IN ('order_paid', 'order_returned')"
_IN_ORDER = "ORDER BY source, `order`, time, message_id"


def orders_of(stores: Stores, batches: Sequence[int]) -> list[Order]:
    """The paid orders that these batches of events tell of, as they stand after all that was ever told."""
    rows = stores.events.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {_TOLD} AND (source, `order`) IN ("
        "SELECT source, `order` FROM events WHERE batch IN {batches:Array(UInt64)} "
        f"AND {_TOLD} AND `order` != '') {_IN_ORDER}",
        {"batches": list(batches)},
        heavy=True,
    )
    return _read(rows)


def orders_by(stores: Stores, buyers: Sequence[int]) -> list[Order]:
    """All paid orders of these kept persons."""
    if not buyers:
        return []
    rows = stores.events.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {_TOLD} AND (source, `order`) IN ("
        "SELECT source, `order` FROM events WHERE name = 'order_paid' AND `order` != '' "
        f"AND {PERSON} IN {{buyers:Array(UInt32)}}) {_IN_ORDER}",
        {"buyers": list(buyers)},
        heavy=True,
    )
    return _read(rows)


def orders_between(stores: Stores, since: datetime, until: datetime) -> list[Order]:
    """The orders that were paid from ``since`` to ``until``."""
    rows = stores.events.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {_TOLD} AND (source, `order`) IN ("
        "SELECT source, `order` FROM events WHERE name = 'order_paid' AND `order` != '' "
        "AND time >= {since:DateTime64(3, 'UTC')} AND time < {until:DateTime64(3, 'UTC')}) " + _IN_ORDER,
        {"since": since, "until": until},
        heavy=True,
    )
    return _read(rows)


def loose_returns_of(stores: Stores, batches: Sequence[int]) -> list[Loose]:
    """All that those buyers ever returned without an order, of whom these batches tell an order or a return."""
    theirs = (
        f"name = 'order_returned' AND {PERSON} IN ("
        f"SELECT DISTINCT {PERSON} FROM events WHERE batch IN {{batches:Array(UInt64)}} AND {_TOLD})"
    )
    paid_for = (
        "(SELECT source, `order` FROM events WHERE name = 'order_paid' AND `order` != '' "
        f"AND (source, `order`) IN (SELECT source, `order` FROM events WHERE {theirs}))"
    )
    rows = stores.events.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {theirs} "
        f"AND (source, `order`) NOT IN {paid_for} ORDER BY kept, time, message_id",
        {"batches": list(batches)},
        heavy=True,
    )
    found: list[Loose] = []
    for row in rows:
        items = _items(row)
        found.append(Loose(int(row[0]), aware(row[4]), named(items), paid(_cents(row[5]), items)))
    return found


def paid_and_returned(stores: Stores, batches: Sequence[int]) -> set[int]:
    """The buyers of orders that these batches tell were paid and of which something was returned: what was returned may
    have been told before its order."""
    rows = stores.events.rows(
        f"SELECT DISTINCT {PERSON} AS kept FROM events WHERE batch IN {{batches:Array(UInt64)}} "
        "AND name = 'order_paid' AND (source, `order`) IN ("
        "SELECT source, `order` FROM events WHERE name = 'order_returned' AND `order` != '')",
        {"batches": list(batches)},
        heavy=True,
    )
    return {int(row[0]) for row in rows}


def _read(rows: Iterable[Sequence[Any]]) -> list[Order]:
    told: dict[tuple[str, str], list[Sequence[Any]]] = {}
    for row in rows:
        told.setdefault((str(row[2]), str(row[3])), []).append(row)
    found: list[Order] = []
    for (source, number), each in told.items():
        first = next((row for row in each if row[1] == "order_paid"), None)
        if first is not None:
            back = [row for row in each if row[1] == "order_returned"]
            items, at = _items(first), aware(first[4])
            left = paid(_cents(first[5]), items)
            then = [(at, sum(left.values()))]
            for row in back:
                left = kept(left, [(_cents(row[5]), _items(row))])
                then.append((max(at, aware(row[4])), sum(left.values())))
            found.append(Order(source, number, int(first[0]), at, named(items), left, int(first[10]), then))
    return found


def _cents(amount: Any) -> int:
    return int(abs(Decimal(amount or 0)) * 100)


def _items(row: Sequence[Any]) -> list[Item]:
    return [
        Item(str(sku), abs(Decimal(quantity) * Decimal(price)), str(category))
        for sku, quantity, price, category in zip(*row[6:10], strict=True)
    ]
