"""Times of day on people's own clocks, where these jump."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.reach.journeys.engine.clock import DAY, on_clock, shown_next
from siyu.storage.ledger import from_millis, to_millis

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Europe/Paris", "Australia/Lord_Howe")]


@pytest.mark.parametrize(
    ("what", "shown", "utc"),
    [
        ("an ordinary day", datetime(2026, 6, 1, 10), datetime(2026, 6, 1, 14, tzinfo=UTC)),
        ("clocks go forward over it", datetime(2026, 3, 8, 2, 30), datetime(2026, 3, 8, 7, tzinfo=UTC)),
        ("it comes twice", datetime(2026, 11, 1, 1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_when_clocks_show_it(what: str, shown: datetime, utc: datetime) -> None:
    assert from_millis(on_clock(shown, NEW_YORK)) == utc, what


@given(
    now=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.sampled_from([0, 15, 30]),
    weekdays=st.lists(st.integers(1, 7), max_size=3),
)
def test_the_next_time_is_later_soon_and_what_was_asked_for(
    now: datetime, zone: ZoneInfo, hour: int, minute: int, weekdays: list[int]
) -> None:
    moment = shown_next(to_millis(now), zone, f"{hour:02}:{minute:02}", weekdays=weekdays)
    local = from_millis(moment).astimezone(zone)
    assert to_millis(now) < moment <= to_millis(now) + (8 if weekdays else 2) * DAY
    assert not weekdays or local.isoweekday() in weekdays
    jumped = local.replace(tzinfo=None) != datetime.combine(local.date(), datetime(1, 1, 1, hour, minute).time())
    assert not jumped or zone.utcoffset(local.replace(tzinfo=None)) != zone.utcoffset(
        from_millis(moment - 60_000).astimezone(zone).replace(tzinfo=None)
    )
