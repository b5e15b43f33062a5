"""Every total of a real shop opens into events that add up to it, and every event into its source record."""

from __future__ import annotations

import random
from datetime import timedelta

from evidence.harness import Evidence, Scale, equal, fresh_home, real_data

CLAIM = "insight.tracing"
ZONE = "Europe/London"
SEED = 20_261_122


def measure(scale: Scale) -> Evidence:
    real_data("online_retail", "online_retail_full.parquet")
    from siyu.insight import tracing
    from siyu.insight.figure import Measure, Total
    from siyu.insight.figures import figures
    from siyu.insight.measure import NOTHING, WHOLE, measure_totals
    from siyu.insight.period import Period
    from siyu.insight.report import data_days
    from siyu.storage import open_stores
    from tests.insight.online_retail import load

    rounds = 60 if scale == "small" else 600
    chance = random.Random(SEED)
    totals = [each for each in figures().values() if isinstance(each, Total)]
    differing: list[str] = []
    with fresh_home() as home:
        stores = open_stores(home)
        try:
            load(stores.events, ZONE)
            first, last = data_days(stores, ZONE) or (None, None)
            assert first is not None
            assert last is not None
            for _ in range(rounds):
                begins = first + timedelta(days=chance.randrange((last - first).days))
                period = Period(begins, begins + timedelta(days=chance.randrange(120)), ZONE)
                total = chance.choice(totals)
                (measured,) = measure_totals(stores.events, [total], [period])
                value = measured[total.name].get(WHOLE, NOTHING)
                added = tracing.added_up(stores, total.relation(period))
                same = bool(total.at) or value.events == added.events
                if total.measure is Measure.PEOPLE:
                    same = same and value.sum == added.people
                if total.name in ("gross_sales", "returns"):
                    same = same and value.sum == added.amount
                if not same:
                    differing.append(f"{total.name} {period.first} {period.last}")
        finally:
            stores.close()
    return Evidence(
        CLAIM,
        f"{rounds} totals over random periods of a real shop's year (seed {SEED})",
        [equal("totals_that_differ_from_their_events", len(differing), 0)],
        {"totals": rounds},
    )
