"""The habits of the rehearsal's people are those of two real shops, as far as a few parameters can say them."""

from __future__ import annotations

from evidence.harness import Evidence, Goal, Scale, at_least, at_most, equal, real_data

CLAIM = "rehearsal.habits"


def measure(scale: Scale) -> Evidence:
    folder = real_data("online_retail", "online_retail_full.parquet").parent.parent
    real_data("completejourney", "transactions_sample.csv")
    from rehearsal.people.calibration import fit_all
    from rehearsal.people.habits import kept

    fits = {fit.name: fit for fit in fit_all(folder)}
    rows = kept()
    goals: list[Goal] = [
        equal("kept_as_fitted", sum(rows[name]["value"] == fit.value for name, fit in fits.items()), len(rows)),
        at_most("gaps_ks", fits["gap_median"].fit, 0.10, timed=False),
        at_most("baskets_ks", fits["basket_median"].fit, 0.15, timed=False),
        at_most("thrift_ks", fits["thrift"].fit, 0.10, timed=False),
        at_least("hours_r2", fits["hours"].fit, 0.95, timed=False),
        at_least("buying_again_r2", fits["again"].fit, 0.90, timed=False),
        at_most("weariness_error", fits["weariness"].fit, 0.25, timed=False),
    ]
    return Evidence(CLAIM, f"{sum(fit.rows for fit in fits.values()):,} rows of two shops", goals)
