"""What the home page shows: the core figures of a period with their lines over time."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from siyu.insight.answers import FigureAnswer, Freshness
from siyu.insight.figures import figure_named
from siyu.insight.freshness import freshness
from siyu.insight.measure import measure
from siyu.insight.period import Period, Unit, day_of
from siyu.insight.report import data_days
from siyu.storage import Stores

CARDS = (
    "gross_sales",
    "orders",
    "average_order",
    "repeat_30",
    "active",
    "people_new",
)
LATER = ("retention_30", "open_rate")
"""Cards that cost more than all others together at tens of millions of events: the page does not wait for them."""
LINES = ("returns", "buyers", "first_purchases")
"""Measured for the charts only."""


class HomeAnswer(Struct, frozen=True):
    """Cards in the order shown, then what the charts need besides."""

    cards: list[FigureAnswer]
    lines: list[FigureAnswer]
    unit: Unit
    freshness: Freshness


def home(stores: Stores, period: Period) -> HomeAnswer:
    """The cards and lines of a period, in days, weeks or months as fits it."""
    unit = period.fitting_unit()
    fresh = freshness(stores)
    found = measure(stores.events, [figure_named(name) for name in (*CARDS, *LINES)], period, series=unit)
    return HomeAnswer(found[: len(CARDS)], found[len(CARDS) :], unit, fresh)


class LaterAnswer(Struct, frozen=True):
    cards: list[FigureAnswer]
    freshness: Freshness


def later(stores: Stores, period: Period) -> LaterAnswer:
    """The cards of :data:`LATER`."""
    fresh = freshness(stores)
    return LaterAnswer(measure(stores.events, [figure_named(name) for name in LATER], period), fresh)


def latest_days(stores: Stores, days: int, zone: str) -> tuple[Period, bool]:
    """The last ``days`` days up to today; where nothing happened in them, those up to the newest event (True)."""
    today = day_of(stores.clock.now(), zone)
    known = data_days(stores, zone)
    if known is None or known[1] > today - timedelta(days=days):
        return Period(today - timedelta(days=days - 1), today, zone), False
    return Period(known[1] - timedelta(days=days - 1), known[1], zone), True
