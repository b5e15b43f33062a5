"""Whose day it is: by the solar and the lunar calendar. Pure.

The rules, written down:

- Who was born on 29 February has their day on the 28th in other years.
- Who keeps their birthday by the lunar calendar (attribute ``birthday_calendar``: ``lunar``) has it on that lunar month
  and day each year. In a year with that month twice it is the first; the leap month itself is nobody's.
- Who was born on the 30th has their day on the 29th where the month has no 30th.
- The year of a lunar day is the lunar one: a day of the twelfth month, in January, belongs to the year before.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lunar_python import LunarMonth, Solar


@dataclass(frozen=True, slots=True)
class Days:
    """What is celebrated on a day: months and days (``MM-DD``) by each calendar, and the year that each belongs to."""

    solar: Sequence[str]
    solar_year: int
    lunar: Sequence[str]
    lunar_year: int


def celebrated(day: date) -> Days:
    """Whose birthday is celebrated on a day."""
    solar = [f"{day:%m-%d}"]
    if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
        solar.append("02-29")
    moon = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    year, month, number = moon.getYear(), moon.getMonth(), moon.getDay()
    if month < 0:  # a leap month: whose month it is had their day in the one before
        return Days(solar, day.year, [], year)
    lunar = [f"{month:02d}-{number:02d}"]
    if number == 29 and _length(year, month) == 29:
        lunar.append(f"{month:02d}-30")
    return Days(solar, day.year, lunar, year)


def next_day(birthday: str, by_moon: bool, after: date) -> date | None:
    """The first day on or behind ``after`` on which a birthday (``…-MM-DD``) is celebrated; None for no such day."""
    wanted = birthday[-5:]
    for place in range(DAYS_AHEAD):
        day = date.fromordinal(after.toordinal() + place)
        found = celebrated(day)
        if wanted in (found.lunar if by_moon else found.solar):
            return day
    return None


DAYS_AHEAD = 400
"""A lunar year has up to 385 days."""


def same_day(day: date, year: int) -> date:
    """The day of ``year`` whose anniversary is on ``day``; of 28 February also that of the 29th (see :func:`years`)."""
    return date(year, day.month, day.day)


def spans(day: date, years: int) -> list[tuple[int, date, date]]:
    """(years ago, first day, day behind the last) of those whose anniversary is on ``day``, up to so many years ago."""
    if (day.month, day.day) == (2, 29):
        return [
            (ago, same_day(day, day.year - ago), date(day.year - ago, 3, 1))
            for ago in range(4, years + 1, 4)
            if calendar.isleap(day.year - ago)
        ]
    found: list[tuple[int, date, date]] = []
    for ago in range(1, years + 1):
        first = same_day(day, day.year - ago)
        last = first.toordinal()
        if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year) and calendar.isleap(first.year):
            last += 1
        found.append((ago, first, date.fromordinal(last + 1)))
    return found


def _length(year: int, month: int) -> int:
    """Days of a lunar month."""
    found = LunarMonth.fromYm(year, month)
    return 0 if found is None else int(found.getDayCount())
