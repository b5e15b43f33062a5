"""The UCI Online Retail orders as the importer stores them: one event an invoice, at the time of its first line."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from siyu.storage import EventLog

FILE = Path(os.environ.get("SIYU_REAL_DATA", "../shared/data")) / "online_retail" / "online_retail_full.parquet"

needs_file = pytest.mark.skipif(not FILE.exists(), reason=f"the real data {FILE} is not here (SIYU_REAL_DATA)")


def load(events: EventLog, zone: str = "Europe/London") -> None:
    known = pl.col("CustomerID").is_not_null() & (pl.col("UnitPrice") > 0)
    orders = (
        pl.read_parquet(FILE)
        .filter(known & (pl.col("Quantity") != 0))
        .with_columns(returned=pl.col("InvoiceNo").str.starts_with("C"))
        .filter((pl.col("Quantity") > 0) != pl.col("returned"))
        .group_by("InvoiceNo", maintain_order=True)
        .agg(
            pl.col("CustomerID").first().cast(pl.Int64).alias("person"),
            pl.col("InvoiceDate").min().alias("time"),
            pl.col("returned").first(),
            (pl.col("Quantity").abs() * pl.col("UnitPrice")).sum().round(4).cast(pl.Decimal(18, 4)).alias("amount"),
        )
        .with_columns(pl.col("time").dt.replace_time_zone(zone).dt.convert_time_zone("UTC"))
    )
    times = [moment.astimezone(ZoneInfo("UTC")) for moment in orders["time"].to_list()]
    events.insert(
        "events",
        {
            "person": orders["person"].to_list(),
            "time": times,
            "name": ["order_returned" if each else "order_paid" for each in orders["returned"].to_list()],
            "message_id": orders["InvoiceNo"].to_list(),
            "received": times,
            "source": ["online_retail"] * orders.height,
            "batch": [1] * orders.height,
            "record": list(range(1, orders.height + 1)),
            "order": orders["InvoiceNo"].to_list(),
            "amount": orders["amount"].to_list(),
            "properties": ["{}"] * orders.height,
        },
    )
