"""Whose day it is, by each calendar: every person has one day a year."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from siyu.loyalty.care.days import celebrated, next_day, spans

seen = cache(celebrated)  # a moon is half a millisecond
days = st.dates(date(1990, 1, 1), date(2035, 12, 31))


def test_the_mid_autumn_festival_is_a_birthday_by_the_moon() -> None:
    assert "08-15" in celebrated(date(2026, 9, 25)).lunar
    assert next_day("0001-08-15", True, date(2026, 1, 1)) == date(2026, 9, 25)
    assert next_day("0001-08-15", False, date(2026, 1, 1)) == date(2026, 8, 15)


def test_who_was_born_on_29_february_has_the_28th_in_other_years() -> None:
    assert "02-29" in celebrated(date(2027, 2, 28)).solar
    assert "02-29" not in celebrated(date(2028, 2, 28)).solar
    assert celebrated(date(2028, 2, 29)).solar == ["02-29"]


def test_a_leap_month_is_nobodys_month() -> None:
    """2025 had the sixth month twice, the second from 25 July."""
    assert celebrated(date(2025, 7, 25)).lunar == []
    assert "06-01" in celebrated(date(2025, 6, 25)).lunar


def test_who_was_born_on_the_30th_has_the_29th_of_a_short_month() -> None:
    """The twelfth month of 2024 has 29 days: its eve is 28 January 2025, and belongs to the year before."""
    eve = celebrated(date(2025, 1, 28))
    assert (set(eve.lunar), eve.lunar_year) == ({"12-29", "12-30"}, 2024)


@given(st.integers(1, 12), st.integers(1, 30), st.integers(2015, 2034))
def test_every_lunar_birthday_comes_once_a_lunar_year(month: int, number: int, year: int) -> None:
    wanted = f"{month:02d}-{number:02d}"
    first = date(year, 1, 1)
    found = [seen(first + timedelta(days=place)) for place in range(430)]
    years = [each.lunar_year for each in found if wanted in each.lunar]
    assert len(years) == len(set(years))
    assert year in years


@given(st.integers(1, 366), st.integers(2015, 2034))
def test_every_solar_birthday_comes_once_a_year(place: int, year: int) -> None:
    wanted = f"{date(2024, 1, 1) + timedelta(days=place - 1):%m-%d}"
    last = date(year, 12, 31).timetuple().tm_yday
    found = [seen(date(year, 1, 1) + timedelta(days=each)) for each in range(last)]
    assert sum(wanted in each.solar for each in found) == 1


@given(days, st.integers(1, 25))
def test_an_anniversary_comes_once_a_year(joined: date, ago: int) -> None:
    year = joined.year + ago
    last = date(year, 12, 31).timetuple().tm_yday
    hits = [
        place
        for place in range(last)
        for years, first, after in spans(date(year, 1, 1) + timedelta(days=place), 30)
        if years == ago and first <= joined < after
    ]
    assert len(hits) == 1
