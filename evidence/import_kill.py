"""An import that is killed (``kill -9``) at any moment and begun again gives the same figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from evidence.harness import Evidence, Scale, at_least, equal, fresh_home, real_data
from evidence.installation import siyu
from evidence.kills import kill_during_import

CLAIM = "import.kill"

WORDS = [
    word
    for pair in (
        "person=CustomerID",
        "order=InvoiceNo",
        "time=InvoiceDate",
        "sku=StockCode",
        "quantity=Quantity",
        "price=UnitPrice",
    )
    for word in ("--map", pair)
] + ["--timezone", "Europe/London"]


def measure(scale: Scale) -> Evidence:
    source = real_data("online_retail", "online_retail_full.parquet")
    kills = 50 if scale == "full" else 3
    with fresh_home() as folder:
        file = source if scale == "full" else _part(source, folder / "part.parquet")
        undisturbed = siyu(folder / "calm", "import", "orders", str(file), *WORDS, "--json")
        cut_off, _ = kill_during_import(folder / "home", file, WORDS, kills, seed=7)
        figures = {name: _figures(folder / name) for name in ("calm", "home")}
    return Evidence(
        CLAIM,
        f"{undisturbed.json['rows']:,} rows, begun {kills} times with a kill -9 within 6 s",
        [
            equal("figures that differ from an undisturbed import", _differing(figures), 0),
            at_least("imports cut off", cut_off, 1, timed=False),
        ],
        {"orders": figures["home"]["orders"], "gross sales": figures["home"]["gross_sales"]},
    )


def _part(source: Path, target: Path) -> Path:
    pl.scan_parquet(source).head(60_000).sink_parquet(target)
    return target


def _figures(home: Path) -> dict[str, Any]:
    answer = siyu(home, "report", "core", "--timezone", "Europe/London", "--json")
    return {each["name"]: json.dumps(each["value"]) for each in answer.json["figures"]}


def _differing(figures: dict[str, dict[str, Any]]) -> int:
    calm, killed = figures["calm"], figures["home"]
    return sum(calm[name] != killed[name] for name in calm)
