"""A real shop's file, through the command a user gives, ends in its published figures; a second import adds nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evidence.harness import Evidence, Goal, Scale, equal, fresh_home, real_data

CLAIM = "loop.figures"
ZONE = "Europe/London"
MAPPING = {
    "person": "CustomerID",
    "order": "InvoiceNo",
    "time": "InvoiceDate",
    "sku": "StockCode",
    "quantity": "Quantity",
    "price": "UnitPrice",
}


def measure(scale: Scale) -> Evidence:
    file = real_data("online_retail", "online_retail_full.parquet")
    with fresh_home() as home:
        goals = _goals(home, file)
    return Evidence(CLAIM, "541,909 invoice lines of one shop", goals)


def _goals(home: Path, file: Path) -> list[Goal]:
    from siyu.app import open_home
    from siyu.insight.command import report
    from siyu.people.importing.command import import_file
    from siyu.settings import Settings

    stores = open_home(Settings(home=home))
    try:
        first = import_file(stores, "orders", file, mapping=MAPPING, timezone=ZONE, alone=True)
        again = import_file(stores, "orders", file, mapping=MAPPING, timezone=ZONE, alone=True)
        core = report(stores, "core", {"figures": "gross_sales,orders,buyers"}, ZONE)
        cohort: dict[str, Any] = report(stores, "retention", {}, ZONE)["cohorts"][0]
        (events,) = stores.events.row("SELECT count() FROM events")
    finally:
        stores.close()
    figures = {each["name"]: each["value"] for each in core["figures"]}
    refused = {each["code"]: each["count"] for each in first["reasons"]}
    return [
        equal("sale_lines", first["lines"]["sold"], 397_884),
        equal("return_lines", first["lines"]["returned"], 8_905),
        equal("orders", figures["orders"], 18_532),
        equal("buyers", figures["buyers"], 4_338),
        equal("gross_sales", figures["gross_sales"], "8911407.90"),
        equal("refused_without_customer", refused["person_missing"], 135_080),
        equal("refused_without_price", refused["price_missing"], 40),
        equal("every_row_stored_or_refused", first["accepted"] + first["rejected"], 541_909),
        equal("first_cohort", f"{cohort['cohort']}: {cohort['people']}", "2010-12: 885"),
        equal("back_in_months_1_to_5", str(cohort["returned"][:5]), "[324, 286, 340, 321, 352]"),
        equal("second_import_stores", again["events"], 0),
        equal("events_after_both", events, 22_186),
    ]
