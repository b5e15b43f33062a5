"""Which categories a household buys next, on real baskets: the product's interests beside the most popular categories
and beside what each household bought most. Settings were chosen on purchases before the last months."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from evidence.harness import Evidence, Scale, at_least, equal, real_data
from siyu.content.matching.model import Counted, Settings
from siyu.content.matching.portraits import portraits

CLAIM = "content.matching"
SPLIT = datetime(2017, 10, 1, tzinfo=UTC)
"""What is known ends here, and what is to be said begins. The settings were chosen at 2017-08-01."""
NAMED = 10
DRAWS = 2_000
DAY = 86_400.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bought:
    """The lines of all baskets, by time."""

    households: NDArray[np.int64]
    days: Floats
    places: NDArray[np.int64]
    baskets: list[str]
    categories: list[str]


def measure(scale: Scale) -> Evidence:
    bought = _read()
    before = bought.days < SPLIT.timestamp() / DAY
    known = np.unique(bought.households[before])
    wanted = next_baskets(bought, SPLIT.timestamp() / DAY)
    asked = np.array(sorted(set(known.tolist()) & wanted.keys()), dtype=np.int64)
    ours = interests(bought, before, asked, SPLIT.timestamp() / DAY, Settings())
    popular = np.bincount(bought.places[before], minlength=len(bought.categories)).astype(np.float64)
    own = np.zeros((len(asked), len(bought.categories)))
    rows = {household: row for row, household in enumerate(asked.tolist())}
    for household, place in zip(bought.households[before].tolist(), bought.places[before].tolist(), strict=True):
        if household in rows:
            own[rows[household], place] += 1
    recalls = {
        "ours": recall(ours, asked, wanted),
        "popular": recall(np.tile(popular, (len(asked), 1)), asked, wanted),
        "own_most_bought": recall(own + popular / popular.sum() / 10, asked, wanted),
    }
    gain, gain_own = (recalls["ours"] - recalls[other] for other in ("popular", "own_most_bought"))
    low, high = interval(gain)
    own_low, own_high = interval(gain_own)
    leaked = int((bought.days[before] >= SPLIT.timestamp() / DAY).sum())
    goals = [
        at_least("recall@10 above most-popular, lower end of 95%", round(low, 4), 0.0001, timed=False),
        equal("lines of after the split among what is known", leaked, 0),
    ]
    notes = {
        **{f"recall_{name}": round(float(values.mean()), 4) for name, values in recalls.items()},
        "gain_over_popular": f"{gain.mean():.4f} [{low:.4f}, {high:.4f}]",
        "gain_over_own_most_bought": f"{gain_own.mean():.4f} [{own_low:.4f}, {own_high:.4f}]",
        "candidates": len(bought.categories),
    }
    size = f"{len(asked):,} households, next basket after {SPLIT:%Y-%m-%d}, {int(before.sum()):,} lines known"
    return Evidence(CLAIM, size, goals, notes)


def interests(
    bought: Bought, before: NDArray[np.bool_], asked: NDArray[np.int64], day: float, settings: Settings
) -> Floats:
    """Household × category: how much each is expected."""
    weights = np.exp2(-(day - bought.days[before]) / settings.half_life_days)
    counted = Counted(bought.categories, bought.households[before], bought.places[before], weights)
    return portraits(counted, asked, settings).shares


def next_baskets(bought: Bought, day: float) -> dict[int, set[int]]:
    """Household → the categories of its first basket from ``day`` on."""
    first: dict[int, str] = {}
    found: dict[int, set[int]] = {}
    for household, at, place, basket in zip(
        bought.households.tolist(), bought.days.tolist(), bought.places.tolist(), bought.baskets, strict=True
    ):
        if at >= day and first.setdefault(household, basket) == basket:
            found.setdefault(household, set()).add(place)
    return found


def recall(scores: Floats, asked: NDArray[np.int64], wanted: Mapping[int, set[int]]) -> Floats:
    """Of each household's next basket, the share that is among the best ten. Equal scores: by place in the list."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :NAMED]
    return np.array(
        [
            len(wanted[household] & set(row.tolist())) / len(wanted[household])
            for household, row in zip(asked.tolist(), best, strict=True)
        ]
    )


def interval(gains: Floats) -> tuple[float, float]:
    """Bootstrap over households, 95%."""
    chance = np.random.default_rng(7)
    means = [float(gains[chance.integers(0, len(gains), len(gains))].mean()) for _ in range(DRAWS)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _read() -> Bought:
    folder = real_data("completejourney")
    with (folder / "products.csv").open(encoding="utf-8") as file:
        category = {row["product_id"]: row["product_category"] for row in csv.DictReader(file)}
    with (folder / "transactions_sample.csv").open(encoding="utf-8") as file:
        lines = sorted(
            (
                datetime.fromisoformat(row["transaction_timestamp"]).replace(tzinfo=UTC).timestamp() / DAY,
                int(row["household_id"]),
                row["basket_id"],
                category.get(row["product_id"], ""),
            )
            for row in csv.DictReader(file)
        )
    told = [line for line in lines if line[3] and line[3] != "COUPON/MISC ITEMS"]
    names = sorted({line[3] for line in told})
    place = {name: number for number, name in enumerate(names)}
    return Bought(
        np.array([line[1] for line in told], dtype=np.int64),
        np.array([line[0] for line in told]),
        np.array([place[line[3]] for line in told], dtype=np.int64),
        [line[2] for line in told],
        names,
    )
