"""What sold lately, read from the event log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.ledger import to_millis

DAYS = 30


@dataclass(frozen=True, slots=True)
class Sold:
    """Of one product, within ``DAYS`` days: pieces, what its lines were worth, who bought."""

    pieces: Decimal
    worth: Decimal
    people: int


def sold_of(stores: Stores, keys: Sequence[str], now: datetime | None = None) -> dict[str, Sold]:
    """The shop's number → what sold of it in the last 30 days."""
    if not keys:
        return {}
    since = (now or stores.clock.now()) - timedelta(days=DAYS)
    rows = stores.events.rows(
        "SELECT line.1 AS sku, sum(line.2), sum(line.2 * line.3), uniqExact(who) FROM ("
        f"SELECT {PERSON} AS who, arrayZip(lines.sku, lines.quantity, lines.price) AS bought FROM events "
        "WHERE name = 'order_paid' AND time >= fromUnixTimestamp64Milli({since:Int64}) "
        "AND hasAny(lines.sku, {keys:Array(String)})) "
        "ARRAY JOIN bought AS line WHERE sku IN {keys:Array(String)} GROUP BY sku",
        {"keys": list(keys), "since": to_millis(since)},
    )
    return {str(row[0]): Sold(Decimal(row[1]), Decimal(row[2]).quantize(Decimal("0.01")), int(row[3])) for row in rows}
