"""What each day is: festivals by the lunar and the western calendar, shopping days, days off. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, cast

import chinese_calendar
from lunar_python import Solar

from siyu.content.calendar.model import Mark, OwnDay

YEAR_MIN, YEAR_MAX = 1900, 2100
_TERMS = ("清明", "冬至")


def weeks_of(year: int, month: int) -> list[list[date]]:
    """The weeks that a month touches, Monday first."""
    first = date(year, month, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    day = first - timedelta(days=first.weekday())
    weeks: list[list[date]] = []
    while day <= last:
        weeks.append([day + timedelta(days=number) for number in range(7)])
        day += timedelta(days=7)
    return weeks


def marks_between(first: date, last: date, own: Sequence[OwnDay] = ()) -> dict[date, list[Mark]]:
    """Day → what it is, of the days that are something."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {day: marks for day in days if (marks := [*_own(day, own), *_marks(day)])}


def lunar_of(day: date) -> str:
    """``十月初五``, as calendars print it."""
    lunar = _solar(day).getLunar()
    return f"{lunar.getMonthInChinese()}月{lunar.getDayInChinese()}"


def _own(day: date, own: Iterable[OwnDay]) -> list[Mark]:
    return [
        Mark(day, "own", each.name, each.name)
        for each in own
        if each.day == day or (each.yearly and (each.day.month, each.day.day) == (day.month, day.day))
    ]


@lru_cache(maxsize=1_000)
def _marks(day: date) -> tuple[Mark, ...]:
    told, solar = _told(), _solar(day)
    lunar = solar.getLunar()
    english: dict[str, str] = told["english"]
    term = str(lunar.getJieQi())
    names: list[str] = [*lunar.getFestivals(), *([term] if term in _TERMS else [])]
    marks = [Mark(day, "lunar", name, english.get(name, name)) for name in names]
    marks += [Mark(day, "public", name, english[name]) for name in solar.getFestivals() if name in english]
    marks += [
        Mark(day, "shopping", each["zh"], each["en"])
        for each in told["shopping"]
        if (each["month"], each["day"]) == (day.month, day.day)
    ]
    return (*marks, *_off(day))


def _off(day: date) -> list[Mark]:
    """Days off and worked weekends, where they have been told; nothing of years whose days off are not known yet."""
    try:
        holiday, name = cast("tuple[bool, str | None]", chinese_calendar.get_holiday_detail(day))
    except NotImplementedError:
        return []
    if holiday and name:
        return [Mark(day, "rest", "休", "off")]
    return [Mark(day, "work", "班", "worked")] if not holiday and day.weekday() >= 5 else []


def _solar(day: date) -> Any:
    return Solar.fromYmd(day.year, day.month, day.day)


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(files("siyu.content.calendar").joinpath("days.toml").read_text("utf-8"))
