"""A real shop's published figures come out of the reports exactly."""

from __future__ import annotations

from typing import Any

from evidence.harness import Evidence, Goal, Scale, equal, fresh_home, real_data

CLAIM = "insight.retention"
ZONE = "Europe/London"


def measure(scale: Scale) -> Evidence:
    real_data("online_retail", "online_retail_full.parquet")
    from siyu.insight.command import report
    from siyu.storage import open_stores
    from tests.insight.online_retail import load

    with fresh_home() as home:
        stores = open_stores(home)
        try:
            load(stores.events, ZONE)
            core = report(stores, "core", {"figures": "gross_sales,orders,buyers"}, ZONE)
            cohort: dict[str, Any] = report(stores, "retention", {}, ZONE)["cohorts"][0]
        finally:
            stores.close()
    figures = {each["name"]: each["value"] for each in core["figures"]}
    goals: list[Goal] = [
        equal("gross_sales", figures["gross_sales"], "8911407.90"),
        equal("orders", figures["orders"], 18532),
        equal("buyers", figures["buyers"], 4338),
        equal("first_cohort", cohort["cohort"], "2010-12"),
        equal("first_cohort_people", cohort["people"], 885),
        equal("back_in_months_1_to_5", str(cohort["returned"][:5]), "[324, 286, 340, 321, 352]"),
    ]
    return Evidence(CLAIM, "397,884 lines of 18,532 invoices of 4,338 customers", goals)
