"""A year of a real shop, by the product's own path: a point a pound, returns taken back. Beside it what the sentence of
the rule says, worked out from the file alone: for each customer, and in all."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa

from evidence.harness import Evidence, Scale, equal, fresh_home, real_data
from siyu.app import load_rooms
from siyu.jobs import preferences
from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.earning import rules
from siyu.loyalty.points.earning.following import follow
from siyu.loyalty.points.earning.model import OrderRule
from siyu.loyalty.points.tables import point_accounts, point_entries
from siyu.people.importing.command import import_file
from siyu.people.tables import identifiers, people
from siyu.storage import ManualClock, Stores, open_stores

CLAIM = "points.retail"
MAPPING = {
    "person": "CustomerID",
    "order": "InvoiceNo",
    "time": "InvoiceDate",
    "sku": "StockCode",
    "quantity": "Quantity",
    "price": "UnitPrice",
}
ZONE = "Europe/London"
MONTHS = {"small": 2, "full": 13}
BEGAN = datetime(2010, 12, 1, tzinfo=ZoneInfo(ZONE))


def measure(scale: Scale) -> Evidence:
    file = real_data("online_retail", "online_retail_full.parquet")
    lines = pl.read_parquet(file)
    months = sorted(lines["InvoiceDate"].dt.truncate("1mo").unique().to_list())[: MONTHS[scale]]
    lines = lines.filter(pl.col("InvoiceDate").dt.truncate("1mo").is_in(months))
    began = time.perf_counter()
    with fresh_home() as home, closing(_opened(home)) as stores:
        following = 0.0
        for month in months:
            part = home / f"{month:%Y-%m}.parquet"
            lines.filter(pl.col("InvoiceDate").dt.truncate("1mo") == month).write_parquet(part)
            _until(stores, month)
            import_file(stores, "orders", part, mapping=MAPPING, timezone=ZONE, source="retail")
            first = time.perf_counter()
            while follow(stores):
                pass
            following += time.perf_counter() - first
        ours = _held(stores)
        faults = audit(stores)
        with stores.ledger.read() as conn:
            in_all = conn.execute(sa.select(sa.func.sum(point_entries.c.points))).scalar_one()
            entries = conn.execute(sa.select(sa.func.count()).select_from(point_entries)).scalar_one()
    by_sentence = said(lines)
    differing = [each for each in by_sentence.keys() | ours.keys() if by_sentence.get(each, 0) != ours.get(each, 0)]
    goals = [
        equal("customers whose points differ from the sentence's", len(differing), 0),
        equal("points in all", sum(ours.values()), sum(by_sentence.values())),
        equal("sum of all entries", int(in_all), 0),
        equal("faults that the audit finds", len(faults), 0),
    ]
    notes: dict[str, Any] = {
        "customers": len(by_sentence),
        "entries": entries,
        "seconds_of_earning": round(following, 1),
        "seconds_in_all": round(time.perf_counter() - began, 1),
    }
    return Evidence(CLAIM, f"{lines.height:,} lines of a shop, {len(months)} months, one after another", goals, notes)


def said(lines: pl.DataFrame) -> dict[int, int]:
    """What the file alone gives by the sentence of the rule: a point for each whole pound of an invoice; a return is an
    invoice of its own, and takes back as many points as it would have earned, never more than were earned by then."""
    bought = lines.filter(
        pl.col("CustomerID").is_not_null()
        & (pl.col("UnitPrice") > 0)
        & (pl.col("InvoiceNo").str.starts_with("C") == (pl.col("Quantity") < 0))
    )
    invoices = (
        bought.with_columns(mills=(pl.col("UnitPrice") * 1000).round().cast(pl.Int64) * pl.col("Quantity"))
        .group_by("InvoiceNo")
        .agg(pl.col("CustomerID").first().cast(pl.Int64), pl.col("InvoiceDate").min(), pl.col("mills").sum())
        .with_columns(
            back=pl.col("InvoiceNo").str.starts_with("C"),
            points=pl.col("mills").abs() // 1000,
        )
        .sort("InvoiceDate", "back")
    )
    has: dict[int, int] = {}
    for customer, back, points in invoices.select("CustomerID", "back", "points").iter_rows():
        before = has.get(customer, 0)
        has[customer] = max(0, before - points) if back else before + points
    return has


def _opened(home: Path) -> Stores:
    load_rooms()
    clock = ManualClock(BEGAN.astimezone(UTC))
    stores = open_stores(home, clock=clock)
    with stores.ledger.write() as conn:
        preferences.put(conn, "timezone", ZONE, at=clock.now(), by="evidence")
    rules.begin(stores, "evidence", OrderRule(name="A point a pound"))
    return stores


def _until(stores: Stores, month: datetime) -> None:
    """Turn the clock to the end of a month."""
    assert isinstance(stores.clock, ManualClock)
    end = (month.replace(tzinfo=ZoneInfo(ZONE)) + timedelta(days=32)).replace(day=1).astimezone(UTC)
    stores.clock.advance(end - stores.clock.now())


def _held(stores: Stores) -> dict[int, int]:
    """The shop's own number of each customer → their points."""
    query = (
        sa.select(identifiers.c.value, sa.func.sum(point_accounts.c.balance))
        .join(people, people.c.person == identifiers.c.person)
        .join(point_accounts, point_accounts.c.of == people.c.person)
        .where(point_accounts.c.kind == "person")
        .group_by(identifiers.c.value)
    )
    with stores.ledger.read() as conn:
        return {int(float(value)): int(points) for value, points in conn.execute(query)}
