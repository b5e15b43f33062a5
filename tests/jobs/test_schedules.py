"""Jobs that come again and again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.jobs import find, schedules
from siyu.jobs.schedules import Schedule, Scheduler, due_after, due_before
from siyu.storage import ManualClock, Stores

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def nightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """At two in the morning in Shanghai, which is 18:00 UTC the day before."""
    monkeypatch.setattr(schedules, "_schedules", {"nightly": Schedule("nightly", "0 2 * * *", "sweep")})


def advance(stores: Stores, hours: float) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=hours))


def test_a_new_schedule_does_not_make_up_for_the_past(each_stores: Stores) -> None:
    assert Scheduler(each_stores).tick() == 0


def test_a_job_is_put_in_at_its_moment_in_the_installations_time_zone(each_stores: Stores) -> None:
    scheduler = Scheduler(each_stores)
    scheduler.tick()
    advance(each_stores, 17.9)
    assert scheduler.tick() == 0
    advance(each_stores, 0.2)
    assert scheduler.tick() == 1
    (job,) = find(each_stores, names=["sweep"])
    assert job.due == datetime(2026, 1, 1, 18, tzinfo=UTC)


def test_moments_missed_while_nothing_ran_are_made_up_for_once(each_stores: Stores) -> None:
    Scheduler(each_stores).tick()
    advance(each_stores, 24 * 5)
    assert Scheduler(each_stores).tick() == 1
    assert len(find(each_stores, names=["sweep"])) == 1


def test_where_time_is_fast_a_schedule_comes_as_often_as_the_machine_can_do_it(stores: Stores) -> None:
    fast = replace(stores, clock=ManualClock(stores.clock.now(), pace=86_400))  # a day in a second
    scheduler = Scheduler(fast)
    scheduler.tick()
    came: list[int] = []
    for _ in range(8):
        advance(fast, 24)
        came.append(scheduler.tick())
    assert came == [0, 1, 0, 1, 0, 1, 0, 1]


def test_two_processes_put_one_moment_in_once(each_stores: Stores) -> None:
    one, other = Scheduler(each_stores), Scheduler(each_stores)
    one.tick()
    other.tick()
    advance(each_stores, 24)
    assert one.tick() + other.tick() == 1


@given(
    minutes=st.integers(0, 60 * 24 * 800),
    cron=st.sampled_from(["* * * * *", "*/15 * * * *", "0 2 * * *", "30 8 * * 1", "0 0 1 * *"]),
    zone=st.sampled_from([SHANGHAI, ZoneInfo("UTC"), ZoneInfo("Asia/Kolkata")]),
)
def test_the_moments_around_now_enclose_it(minutes: int, cron: str, zone: ZoneInfo) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes, seconds=7)
    before, after = due_before(cron, now, zone), due_after(cron, now, zone)
    assert before <= now < after
    assert due_after(cron, before, zone) == after


def test_a_wrong_cron_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="cron"):
        schedules.schedule("x", "every day", "y")
