"""What an import will do, and what it did, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from siyu.people.importing.records import Import
from siyu.people.importing.staging import Staging
from siyu.people.tables import order_keys
from siyu.storage import Stores, in_chunks, sent

_ORDERS_EXPECTED = """
SELECT
    returned,
    count(),
    sum(lines),
    sum(amount),
    min(first),
    max(last),
    countIf(customers > 1),
    countIf(first != last)
FROM (
    SELECT
        key,
        returned,
        count() AS lines,
        if(
            max(isNotNull(total)),
            toDecimal128(max(ifNull(total, 0)), 4),
            sum(ifNull(toDecimal128(amount, 4), CAST(round(toDecimal128(quantity, 4) * price, 4) AS Decimal(38, 4))))
        ) AS amount,
        min(time) AS first,
        max(time) AS last,
        uniqExact(claim) AS customers
    FROM {rows}
    GROUP BY key, returned
)
GROUP BY returned
"""


def expected(stores: Stores, found: Import, staging: Staging) -> dict[str, Any]:
    """What importing the staged rows would do."""
    read: Mapping[str, Any] = found.report["read"]
    (persons,) = stores.events.row(f"SELECT uniqExact(claim) FROM {staging.rows_table}", heavy=True)
    base: dict[str, Any] = {**read, "accepted": read["rows"] - read["rejected"], "people": persons}
    match found.kind:
        case "orders":
            return {**base, **_orders_expected(stores, found, staging)}
        case "events":
            return {**base, **_events_expected(stores, staging)}
        case "people":
            return base


def _orders_expected(stores: Stores, found: Import, staging: Staging) -> dict[str, Any]:
    paid = returned = (0, 0, Decimal(0), None, None, 0, 0)
    for flag, *figures in stores.events.rows(_ORDERS_EXPECTED.format(rows=staging.rows_table), heavy=True):
        if flag:
            returned = tuple(figures)
        else:
            paid = tuple(figures)
    times = [each for each in (paid[3], returned[3], paid[4], returned[4]) if each is not None]
    return {
        "orders": {"paid": paid[0], "returned": returned[0], "known": _known_orders(stores, found, staging)},
        "lines": {"sold": paid[1], "returned": returned[1]},
        "amounts": {"sold": _money(paid[2]), "returned": _money(returned[2])},
        "first": _iso(min(times, default=None)),
        "last": _iso(max(times, default=None)),
        "notes": _notes(paid[5] + returned[5], paid[6]),
    }


def _known_orders(stores: Stores, found: Import, staging: Staging) -> int:
    """How many of the orders are stored already."""
    source = found.plan.source
    with stores.ledger.read() as conn:
        some = conn.execute(sa.select(order_keys.c.order).where(order_keys.c.source == source).limit(1)).scalar()
    if some is None:
        return 0
    keys = stores.events.arrow(f"SELECT DISTINCT key FROM {staging.rows_table}", heavy=True).column("key").to_pylist()
    known = 0
    for chunk in in_chunks(keys):
        with stores.ledger.read() as conn:
            asked = sent(conn, order=(sa.Text, [str(key) for key in chunk]))
            known += conn.execute(
                sa.select(sa.func.count(sa.distinct(order_keys.c.order))).select_from(
                    asked.join(order_keys, sa.and_(order_keys.c.source == source, order_keys.c.order == asked.c.order))
                )
            ).scalar_one()
    return known


def _notes(two_customers: int, two_times: int) -> list[dict[str, Any]]:
    notes = [
        (
            "orders_of_two_customers",
            "个订单的各行属于不同客户，记在第一行的客户名下",
            "orders whose lines name different customers; they go to that of the first line",
            two_customers,
        ),
        (
            "orders_with_two_times",
            "个订单的各行时间不同，以第一行为准",
            "orders whose lines have different times; the first line's counts",
            two_times,
        ),
    ]
    return [{"code": code, "zh": zh, "en": en, "count": count} for code, zh, en, count in notes if count]


def _events_expected(stores: Stores, staging: Staging) -> dict[str, Any]:
    first, last = stores.events.row(f"SELECT min(time), max(time) FROM {staging.rows_table}")
    names = stores.events.rows(
        f"SELECT name, count() FROM {staging.rows_table} GROUP BY name ORDER BY count() DESC, name LIMIT 20"
    )
    return {
        "names": [{"name": name, "count": count} for name, count in names],
        "first": _iso(first),
        "last": _iso(last),
        "notes": [],
    }


_STORED = """
SELECT name, count(), sum(length(lines.row)), sum(amount), min(time), max(time)
FROM events WHERE batch = {batch:UInt64} GROUP BY name ORDER BY name
"""


def result(stores: Stores, found: Import, batch: int, rows: int, new_people: int) -> dict[str, Any]:
    """What the import did, read from what it stored. ``rows``: how many were good."""
    read: Mapping[str, Any] = found.report["read"]
    (persons,) = stores.events.row(f"SELECT uniqExact(person) FROM import_{found.id}_people")
    stored = {name: tuple(rest) for name, *rest in stores.events.rows(_STORED, {"batch": batch}, heavy=True)}
    base: dict[str, Any] = {
        "import": found.id,
        "kind": found.kind,
        "state": "done",
        "file": found.file_name,
        "source": found.plan.source,
        "timezone": found.plan.timezone,
        "mapping": dict(found.plan.mapping),
        "batch": batch,
        **read,
        "accepted": rows,
        "people": {"named": persons, "new": new_people},
        "events": sum(int(row[0]) for row in stored.values()),
        "first": _iso(min((row[3] for row in stored.values()), default=None)),
        "last": _iso(max((row[4] for row in stored.values()), default=None)),
        "rejects": None if found.rejects_path is None else str(found.rejects_path.relative_to(stores.home)),
        "notes": list(found.report.get("check", {}).get("notes", [])),
    }
    if found.kind == "orders":
        base.update(_orders_stored(stored, rows))
    elif found.kind == "events":
        base["known"] = rows - base["events"]
    return base


def _orders_stored(stored: Mapping[str, tuple[Any, ...]], rows: int) -> dict[str, Any]:
    nothing = (0, 0, Decimal(0))
    paid, amended, returned = (
        stored.get(name, nothing)[:3] for name in ("order_paid", "order_amended", "order_returned")
    )
    lines_stored = paid[1] + amended[1] + returned[1]
    return {
        "orders": {"paid": paid[0], "amended": amended[0], "returned": returned[0]},
        "lines": {"sold": paid[1] + amended[1], "returned": returned[1], "known": rows - lines_stored},
        "amounts": {"sold": _money(paid[2] + amended[2]), "returned": _money(returned[2])},
    }


def _money(amount: Any) -> str:
    """A decimal as text, with two places at least and four at most."""
    whole, _, places = f"{Decimal(amount):.4f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def _iso(moment: datetime | None) -> str | None:
    """The event log's moments are UTC, and come without a zone."""
    return None if moment is None else moment.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
