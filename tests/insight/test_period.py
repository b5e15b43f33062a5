"""Days, weeks and months are the reporting zone's, through every change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.insight.period import UNITS, Period, bucket, bucket_of, checked_zone, preset, step, steps_between
from siyu.storage import BadInput, EventLog
from siyu.storage.ledger import to_millis
from tests.examples import examples

ZONES = ("Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC")
moments = st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
days = st.dates(date(1990, 1, 1), date(2060, 1, 1))


@examples(40)
@given(st.lists(moments, min_size=1, max_size=50), st.sampled_from(ZONES), st.sampled_from(UNITS))
def test_the_store_and_python_put_a_moment_into_the_same_unit(
    event_log: EventLog, given_moments: list[datetime], zone: str, unit: str
) -> None:
    source = "(SELECT fromUnixTimestamp64Milli(arrayJoin({m:Array(Int64)}), 'UTC') AS time)"
    found = event_log.rows(
        f"SELECT {bucket(unit, zone)} FROM {source}", {"m": [to_millis(each) for each in given_moments]}
    )
    wanted = [bucket_of(each.astimezone(ZoneInfo(zone)).date(), unit) for each in given_moments]
    assert [row[0] for row in found] == wanted


@given(moments, st.sampled_from(ZONES))
def test_a_day_holds_exactly_its_moments(moment: datetime, zone: str) -> None:
    day = moment.astimezone(ZoneInfo(zone)).date()
    period = Period(day, day, zone)
    assert period.start <= moment < period.end


def test_a_day_on_which_clocks_go_forward_is_an_hour_short() -> None:
    day = Period(date(2026, 3, 29), date(2026, 3, 29), "Europe/London")
    assert day.end - day.start == timedelta(hours=23)


@given(days, st.sampled_from(UNITS), st.integers(-50, 50))
def test_steps_and_distance_are_inverse(day: date, unit: str, count: int) -> None:
    start = bucket_of(day, unit)
    assert steps_between(start, step(start, unit, count), unit) == count


@given(days, st.integers(0, 400))
def test_the_period_before_ends_where_this_one_begins(first: date, length: int) -> None:
    period = Period(first, first + timedelta(days=length), "Asia/Shanghai")
    assert period.before().end == period.start


def test_a_whole_month_is_compared_with_the_whole_month_before() -> None:
    before = Period(date(2026, 3, 1), date(2026, 3, 31), "Asia/Shanghai").before()
    assert (before.first, before.last) == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Asia/Shanghai'; --", "x" * 10_000])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked_zone(name)
    assert refused.value.code == "unknown_timezone"


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadInput):
        Period(date(2026, 2, 2), date(2026, 2, 1), "UTC")


def test_a_preset_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput):
        preset("fortnight", date(2026, 1, 1), "UTC")
