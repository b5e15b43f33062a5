"""The best hour: laws of the estimate, and what the event log teaches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siyu.audiences.layers import layers_of
from siyu.people import projection
from siyu.reach.best_hour import (
    DAY_HOURS,
    HOUR,
    HOURS,
    Habits,
    Profile,
    beginnings,
    best_moments,
    by_day,
    drawn,
    habits,
    hour_of_week,
    learn,
    own_share,
    personal,
)
from siyu.reach.best_hour_words import best_hour_told
from siyu.reach.guard import set_rule
from siyu.storage import Stores
from siyu.storage.ledger import from_millis, to_millis
from tests.reach.looking import Looks

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
EVEN = np.full(HOURS, 1 / HOURS)

counts = arrays(np.float64, HOURS, elements=st.integers(0, 30).map(float))
profiles = arrays(np.float64, HOURS, elements=st.floats(0.01, 1)).map(lambda found: found / found.sum())


def apart(one: Profile, other: Profile) -> float:
    """Total variation, 0 to 1."""
    return float(np.abs(one - other).sum() / 2)


@given(counts, profiles)
def test_shares_sum_to_one_and_none_is_nothing(looks: Profile, layer: Profile) -> None:
    found = personal(looks, layer)
    assert found.sum() == pytest.approx(1)
    assert (found > 0).all()


@given(profiles)
def test_who_never_looked_has_the_layers_profile(layer: Profile) -> None:
    assert personal(np.zeros(HOURS), layer) == pytest.approx(layer)


@given(profiles, st.integers(0, HOURS - 1))
def test_one_look_moves_the_profile_no_further_than_its_own_share(layer: Profile, hour: int) -> None:
    looks = np.zeros(HOURS)
    looks[hour] = 1
    assert apart(personal(looks, layer), layer) <= own_share(1) + 1e-9


@given(counts.filter(lambda looks: looks.sum() > 0), profiles)
def test_of_very_many_looks_the_profile_is_the_persons_own(looks: Profile, layer: Profile) -> None:
    assert apart(personal(looks * 1e6, layer), looks / looks.sum()) < 0.01


@given(counts.filter(lambda looks: looks.sum() > 0), profiles, st.integers(1, 50), st.floats(1, 500))
def test_the_more_looks_the_nearer_to_ones_own(looks: Profile, towards: Profile, times: int, strength: float) -> None:
    own = looks / looks.sum()
    few, many = drawn(looks, towards, strength), drawn(looks * (times + 1), towards, strength)
    assert apart(many, own) <= apart(few, own) + 1e-12


@given(counts.filter(lambda looks: looks.sum() > 0), profiles, st.integers(1, 50))
def test_the_hours_of_the_day_come_nearer_to_ones_own_too(looks: Profile, layer: Profile, times: int) -> None:
    own = by_day(looks) / looks.sum()
    few, many = by_day(personal(looks, layer)), by_day(personal(looks * (times + 1), layer))
    assert apart(many, own) <= apart(few, own) + 1e-12


@given(st.integers(0, 10_000))
def test_what_is_borrowed_only_shrinks(looks: int) -> None:
    assert 0 <= own_share(looks) < own_share(looks + 1) < 1


def test_what_is_known_of_monday_evening_helps_on_tuesday() -> None:
    looks = np.zeros(HOURS)
    looks[21] = 5
    tuesday = personal(looks, EVEN)[DAY_HOURS : 2 * DAY_HOURS]
    assert tuesday.argmax() == 21


@example(datetime(2024, 9, 30), 136, "Australia/Lord_Howe")
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)),
    st.integers(1, 168),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_hours_begin_within_the_window_on_the_full_hour_and_none_is_left_out(
    at: datetime, hours: int, name: str
) -> None:
    now, zone = to_millis(at.replace(tzinfo=UTC)), ZoneInfo(name)
    starts = beginnings(now, hours, zone)
    assert starts[0] == now
    assert all(now < start < now + hours * HOUR for start in starts[1:])
    jumps = [start for start in starts[1:] if from_millis(start).astimezone(zone).minute != 0]
    assert all(hour_of_week(start - 1, zone) != hour_of_week(start, zone) for start in jumps)
    moments = [*range(now, now + hours * HOUR, HOUR // 12), now + hours * HOUR - 1]
    assert {hour_of_week(start, zone) for start in starts} == {hour_of_week(at, zone) for at in moments}


# --- what the event log teaches


@pytest.fixture
def looks(stores: Stores) -> Looks:
    projection.provide_layers(layers_of)
    return Looks(stores)


def best(looks: Looks, person: int, hours: int = 24, zone: str | None = None) -> datetime:
    now = to_millis(looks.clock.now())
    known = habits(looks.stores)
    (found,) = best_moments(looks.stores, np.array([person]), now, hours, [zone], known)
    return from_millis(int(found))


def test_who_looks_in_the_evening_is_written_to_in_the_evening(looks: Looks) -> None:
    (ann,) = looks.people()
    looks.looked(ann, "20:15", days=range(1, 15))
    assert best(looks, ann).astimezone(SHANGHAI).strftime("%d %H:%M") == "22 20:00"


def test_an_hour_of_one_day_counts_once(looks: Looks) -> None:
    (ann,) = looks.people()
    for minute in range(10):
        looks.looked(ann, f"15:{minute:02}", days=[1])
    looks.looked(ann, "20:15", days=range(2, 6))
    assert learn(looks.stores, [ann], [None], habits(looks.stores)).looks.tolist() == [5]
    assert best(looks, ann).astimezone(SHANGHAI).hour == 20


def test_hours_are_those_where_the_person_is(looks: Looks) -> None:
    (ann,) = looks.people(attributes={"timezone": "America/New_York"})
    looks.looked(ann, "20:15", days=range(1, 15), zone=NEW_YORK)
    assert best(looks, ann, zone="America/New_York").astimezone(NEW_YORK).hour == 20


def test_looks_of_a_merged_person_are_the_kept_ones(looks: Looks) -> None:
    ann, twin = looks.people(2)
    looks.looked(twin, "20:15", days=range(1, 15))
    looks.became(ann, twin)
    assert best(looks, ann).astimezone(SHANGHAI).hour == 20


def test_the_present_hour_is_now(looks: Looks) -> None:
    (ann,) = looks.people()
    looks.looked(ann, "12:30", days=range(1, 15))
    looks.clock.at += timedelta(minutes=10)
    assert best(looks, ann) == looks.clock.at


def test_the_best_moment_lies_within_the_window(looks: Looks) -> None:
    (ann,) = looks.people()
    looks.looked(ann, "20:15", days=range(1, 15))
    now = looks.clock.now()
    for hours in (1, 2, 8, 9, 24, 168):
        assert now <= best(looks, ann, hours) < now + timedelta(hours=hours)


def test_quiet_hours_are_left_out_because_what_is_sent_then_would_wait(looks: Looks) -> None:
    (ann,) = looks.people()
    looks.looked(ann, "23:15", days=range(1, 15))
    looks.looked(ann, "20:15", days=range(1, 4))
    assert best(looks, ann).astimezone(SHANGHAI).hour == 20
    set_rule(looks.stores, "test", "quiet_hours", {}, enabled=False)
    assert best(looks, ann).astimezone(SHANGHAI).hour == 23


def test_an_hour_that_the_clocks_leap_over_is_not_chosen(looks: Looks) -> None:
    looks.clock.at = datetime(2026, 3, 7, 17, tzinfo=UTC)  # noon in New York; at 2:00 next day clocks go forward
    set_rule(looks.stores, "test", "quiet_hours", {}, enabled=False)
    (ann,) = looks.people(attributes={"timezone": "America/New_York"})
    looks.looked(ann, "02:15", days=range(1, 15), zone=NEW_YORK)
    looks.looked(ann, "05:15", days=range(1, 5), zone=NEW_YORK)
    assert best(looks, ann, zone="America/New_York").astimezone(NEW_YORK).strftime("%d %H:%M") == "08 05:00"


def test_of_an_hour_that_comes_twice_the_first_is_chosen(looks: Looks) -> None:
    looks.clock.at = datetime(2026, 10, 31, 16, tzinfo=UTC)  # noon in New York; at 2:00 next day clocks go back
    set_rule(looks.stores, "test", "quiet_hours", {}, enabled=False)
    (ann,) = looks.people(attributes={"timezone": "America/New_York"})
    looks.looked(ann, "01:15", days=range(1, 15), zone=NEW_YORK)
    assert best(looks, ann, zone="America/New_York") == datetime(2026, 11, 1, 5, tzinfo=UTC)


def test_days_without_a_time_are_no_looks(looks: Looks) -> None:
    (ann,) = looks.people()
    looks.looked(ann, "00:00", days=range(1, 15), event="order_paid_by_date")
    looks.looked(ann, "00:00", days=range(1, 15))
    assert learn(looks.stores, [ann], [None], habits(looks.stores)).looks.tolist() == [0]


def test_what_is_said_to_come_tomorrow_is_not_learned_from(looks: Looks) -> None:
    (ann,) = looks.people()
    looks.looked(ann, "20:15", days=[-1, -2, 1])
    assert learn(looks.stores, [ann], [None], habits(looks.stores)).looks.tolist() == [1]


def test_who_does_not_want_to_be_profiled_has_everybodys_hours(looks: Looks) -> None:
    ann, ben = looks.people(), looks.people(no_profiling=True)
    looks.looked(ann[0], "20:15", days=range(1, 60))
    looks.looked(ben[0], "15:15", days=range(1, 60))
    learned = learn(looks.stores, [*ann, *ben], [None, None], habits(looks.stores))
    assert learned.looks.tolist()[1] == 0
    assert learned.profiles[1] == pytest.approx(habits(looks.stores).everybody)
    told = best_hour_told(looks.stores, ben[0])
    assert not told.profiled
    assert told.looks == 0


def test_who_never_looked_borrows_from_the_layer(looks: Looks) -> None:
    crowd, (ann,) = looks.people(20), looks.people()
    looks.layer("active", *crowd, ann)
    others = looks.people(20)
    looks.layer("prospect", *others)
    looks.looked(crowd[0], "21:30", *crowd[1:], days=range(1, 30))
    looks.looked(others[0], "09:30", *others[1:], days=range(1, 30))
    told = best_hour_told(looks.stores, ann)
    assert (told.hour, told.looks, told.layer, told.own_share) == (21, 0, "active", 0)
    assert "「活跃」层" in told.zh


def test_what_is_known_of_everybody_is_read_once_in_six_hours(looks: Looks) -> None:
    (ann,) = looks.people()
    before = habits(looks.stores)
    looks.looked(ann, "20:15", days=range(1, 15))
    assert habits(looks.stores) is before
    looks.clock.at += timedelta(hours=6)
    assert isinstance(habits(looks.stores), Habits)
    assert habits(looks.stores) is not before


def test_the_best_hour_is_told_with_what_it_rests_on(looks: Looks) -> None:
    (ann,) = looks.people()
    looks.looked(ann, "20:15", days=range(1, 21))
    told = best_hour_told(looks.stores, ann)
    assert told.hour == 20
    assert told.looks == 20
    assert told.zh == "20:00 至 21:00：依据本人近 90 天 20 次查看（占 58%），其余借用全体客户的习惯。"
    assert sum(told.week) == pytest.approx(1, abs=1e-4)
    assert np.argmax(told.weekend) == 20
