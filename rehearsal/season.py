"""The shop's year: festivals, sales, weekdays, weather."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from math import cos, exp, pi

from rehearsal.catalogue import CATEGORIES

NEW_YEAR: Mapping[int, tuple[int, int]] = {
    2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13),
    2030: (2, 3), 2031: (1, 23), 2032: (2, 11),
}  # fmt: skip
"""First day of the lunar year."""

# month, day, days of build-up, days of echo, how many times as many visits on the day, discount on the day
SALES: tuple[tuple[str, int, int, int, int, float, float], ...] = (
    ("年货节", 1, 8, 4, 2, 1.5, 0.90),
    ("情人节", 2, 14, 3, 0, 1.4, 0.95),
    ("38 节", 3, 8, 4, 1, 2.2, 0.85),
    ("520", 5, 20, 3, 0, 1.6, 0.92),
    ("618", 6, 18, 5, 2, 3.2, 0.80),
    ("会员日", 8, 8, 2, 1, 1.5, 0.88),
    ("国庆", 10, 1, 1, 4, 1.2, 0.95),
    ("双11", 11, 11, 6, 2, 4.0, 0.75),
    ("双12", 12, 12, 2, 1, 1.9, 0.85),
    ("圣诞", 12, 25, 2, 0, 1.3, 0.95),
)

WEEKDAY = (0.93, 0.92, 0.95, 0.97, 1.03, 1.12, 1.16)
"""Monday first."""


def sale_of(day: date) -> tuple[str, float]:
    """The sale that is on, and its strength 0 to 1 (1 on its day); ("", 0) outside."""
    best, strength = "", 0.0
    for name, month, number, before, after, _, _ in SALES:
        away = (day - date(day.year, month, number)).days
        reach = before if away < 0 else after
        here = 1.0 if away == 0 else 0.45 * (1 - (abs(away) - 1) / (reach + 1)) if abs(away) <= reach else 0.0
        if here > strength:
            best, strength = name, here
    return best, strength


def bustle(day: date) -> float:
    """How many visits there are, 1 on a usual day: sales, weekdays, the quiet of the New Year's week."""
    name, strength = sale_of(day)
    peak = next((factor for sale, _, _, _, _, factor, _ in SALES if sale == name), 1.0)
    lunar = date(day.year, *NEW_YEAR[day.year]) if day.year in NEW_YEAR else date(day.year, 2, 5)
    quiet = 0.55 if timedelta(days=-1) <= day - lunar <= timedelta(days=6) else 1.0
    return (1 + (peak - 1) * strength) * WEEKDAY[day.weekday()] * quiet


def discount(day: date) -> float:
    """What a price is multiplied with: 1 outside sales."""
    name, strength = sale_of(day)
    best = next((factor for sale, _, _, _, _, _, factor in SALES if sale == name), 1.0)
    return 1.0 if strength < 0.3 else best if strength == 1.0 else (1 + best) / 2


def acquisition(day: date) -> float:
    """How many newcomers there are, 1 on a usual day: advertising goes with the sales."""
    return bustle(day) ** 0.6


def category_season(day: date) -> list[float]:
    """For each category, how much it is wanted today, 1 on average: sun, dry air, presents."""
    turn = 2 * pi * (day.timetuple().tm_yday - 200) / 365  # 0 in the middle of July
    summer = cos(turn)
    name, strength = sale_of(day)
    factors: dict[str, float] = {
        "防晒": exp(0.9 * summer),
        "水乳": exp(-0.25 * summer),
        "身体护理": exp(-0.2 * summer),
        "面膜": exp(-0.1 * summer),
        "卸妆": exp(0.1 * summer),
    }
    if name in ("情人节", "520", "圣诞", "年货节") and strength > 0:
        factors["礼盒"] = 1 + 6 * strength
        factors["口红"] = 1 + 1.2 * strength
        factors["香水"] = 1 + 1.5 * strength
    return [factors.get(category, 1.0) for category in CATEGORIES]
