"""How long an import takes beside a bare read and insert of the same rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from evidence.harness import (
    Evidence,
    Goal,
    Scale,
    at_most,
    equal,
    fresh_home,
    ratio,
    real_data,
    seconds_of,
)

CLAIM = "import.speed"
ZONE = "Europe/London"
RAW_ROWS = 100_000
RAW = """
CREATE TABLE raw (
    InvoiceNo String, StockCode String, Description Nullable(String), Quantity Float64, InvoiceDate DateTime64(3),
    UnitPrice Float64, CustomerID Nullable(Float64), Country String
) ENGINE = MergeTree ORDER BY (InvoiceNo, StockCode)
"""


def measure(scale: Scale) -> Evidence:
    file = real_data("online_retail", "online_retail_full.parquet")
    with fresh_home() as home:
        times = 10 if scale == "full" else 1
        large = home / "large.parquet"
        rows = repeated(file, times, large)
        goals, notes = _goals(home, file, large, 5 if scale == "full" else 1)
    return Evidence(CLAIM, f"{rows:,} invoice lines (online_retail × {times})", goals, notes)


def repeated(file: Path, times: int, target: Path) -> int:
    """The shop ``times`` over: other customers, other invoices; how many rows."""
    shop = pl.read_parquet(file)
    copies = [
        shop.with_columns(
            InvoiceNo=pl.col("InvoiceNo").str.replace(r"^(C?)", "${1}" + str(copy)),
            CustomerID=pl.col("CustomerID") + copy * 100_000,
        )
        for copy in range(times)
    ]
    pl.concat(copies).write_parquet(target)
    return shop.height * times


def _goals(home: Path, file: Path, large: Path, rounds: int) -> tuple[list[Goal], dict[str, Any]]:
    from siyu.app import open_home
    from siyu.people.importing.command import import_file
    from siyu.settings import Settings

    stores = open_home(Settings(home=home / "data"))
    answers: list[dict[str, Any]] = []

    def bare() -> None:
        stores.events.command("DROP TABLE IF EXISTS raw SYNC")
        stores.events.command(RAW)
        rows = pl.read_parquet(large)
        for start in range(0, rows.height, RAW_ROWS):
            part = rows.slice(start, RAW_ROWS).with_columns(pl.col("InvoiceDate").dt.cast_time_unit("ms"))
            stores.events.insert_arrow("raw", part.to_arrow(compat_level=pl.CompatLevel.oldest()))

    def ours() -> None:
        # Each round is another source, so that each stores all of it.
        answers.append(import_file(stores, "orders", large, timezone=ZONE, source=f"round{len(answers)}", alone=True))

    def one() -> None:
        answers.append(import_file(stores, "orders", file, timezone=ZONE, source="one", alone=True))

    def empty() -> None:
        """What a round left behind, and merges it, must not weigh on the next."""
        for table in ("events", "person_stats"):
            stores.events.command(f"TRUNCATE TABLE IF EXISTS {table}")
        stores.events.command("DROP TABLE IF EXISTS raw SYNC")

    try:
        seconds_one = seconds_of(one)
        found = ratio(ours, bare, rounds=rounds, before=empty, warm=False)
    finally:
        stores.close()
    goals = [
        equal("different_results_by_round", len({each["lines"]["sold"] for each in answers[1:]}), 1),
        at_most("times_read_and_insert", found.times, 3.0),
        at_most("one_shop_seconds", round(seconds_one, 1), 20, "s"),
    ]
    return goals, found.notes()
