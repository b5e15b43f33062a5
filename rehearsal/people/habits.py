"""What is known about habits: parameters with their source and fit, kept in ``habits.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("habits.json")


@dataclass(frozen=True)
class Habits:
    """``hours``: share of acts by hour of the day (24, sum 1). ``weekdays``: the same from Monday (7, mean 1).

    ``gap_sigma``: spread of the logarithm of days between purchases, within a person; ``gap_between``: between persons;
    ``gap_median``: of the typical person, in days. ``basket_sigma``, ``basket_median``: distinct products in a basket,
    log-normal. ``again``: (a, b): the chance to buy once more after the k-th purchase is (k + a) / (k + a + b).
    ``thrift``: (a, b) of the Beta that gives the share of spending that waits for a discount.
    ``response``: share of people who act upon one campaign; ``weariness``: how much of that each earlier campaign
    takes (0.05: 5%).
    """

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    gap_median: float
    gap_sigma: float
    gap_between: float
    basket_median: float
    basket_sigma: float
    again: tuple[float, float]
    thrift: tuple[float, float]
    response: float
    weariness: float


def kept() -> dict[str, dict[str, Any]]:
    """By name: {value, source, rows, fit, measure, used}; ``used`` is there where another value than the fitted is."""
    return json.loads(FILE.read_text("utf-8"))


@cache
def habits() -> Habits:
    """The parameters that the people live by."""
    told: dict[str, Any] = {name: row.get("used", row["value"]) for name, row in kept().items()}
    listed: dict[str, Any] = {name: tuple(told[name]) for name in ("hours", "weekdays", "again", "thrift")}
    return Habits(**{**told, **listed})
