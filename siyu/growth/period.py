"""The days that figures are asked for: whole ones, of the installation's zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from siyu.jobs import preferences
from siyu.storage import BadInput, Stores

DAYS, DAYS_MAX = 30, 400
YEARS = range(1972, 2148)
"""Those of which the event log knows every day, in any zone."""


def today(stores: Stores) -> date:
    """In the installation's zone."""
    return stores.clock.now().astimezone(preferences.timezone(stores)).date()


def span_of(
    stores: Stores, first: date | None, last: date | None, *, days: int = DAYS, most: int = DAYS_MAX
) -> tuple[date, date]:
    """The period asked for, both days included; the last ``days`` where nothing is said. Raises :class:`BadInput`."""
    until = last or today(stores)
    if until.year not in YEARS or (first is not None and first.year not in YEARS):
        at = "last" if until.year not in YEARS else "first"
        known = f"{YEARS[0]} 到 {YEARS[-1]} 年", f"from {YEARS[0]} to {YEARS[-1]}"
        raise BadInput("day_unfit", f"日期须在 {known[0]}之间。", f"Days are {known[1]}.", field=at)
    since = first or until - timedelta(days=days - 1)
    if not 0 <= (until - since).days < most:
        raise BadInput("period_unfit", f"时间段须为 1 到 {most} 天。", f"A period has 1 to {most} days.", field="first")
    return since, until


def moments_of(stores: Stores, first: date, last: date) -> tuple[datetime, datetime]:
    """The first moment of ``first`` and the first after ``last``."""
    zone = preferences.timezone(stores)
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
