"""Which target somebody gets: pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from siyu.growth.codes.model import Mode, Moment, Target, choose, open_to, opens_next, running_out, standing_in

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = Moment(datetime(2026, 11, 23, 2, 0, tzinfo=UTC), ZONE)  # ten in the morning there
A, B, C = Target(1, 0, "a"), Target(2, 1, "b"), Target(3, 2, "c")


def walked(targets: list[Target], mode: Mode, people: int, at: Moment = MONDAY) -> list[int | None]:
    """Who gets what, one after the other, each counted."""
    kept = {each.id: each for each in targets}
    found: list[int | None] = []
    for number in range(people):
        chosen = choose(list(kept.values()), mode, 7, f"d{number}", at)
        found.append(None if chosen is None else chosen.id)
        if chosen is not None:
            kept[chosen.id] = chosen.taken(at.day)
    return found


def test_in_turn_each_gets_as_many_by_their_weight() -> None:
    assert walked([A, B, C], "turn", 6) == [1, 2, 3, 1, 2, 3]
    assert Counter(walked([A, replace(B, weight=3)], "turn", 400)) == {1: 100, 2: 300}


def test_by_capacity_the_next_comes_when_the_first_is_full() -> None:
    targets = [replace(A, seats=2), replace(B, seats=1), C]
    assert walked(targets, "capacity", 5) == [1, 1, 2, 3, 3]


def test_by_weight_it_is_chance_and_the_same_at_each_try() -> None:
    targets = [A, replace(B, weight=2), replace(C, weight=7)]
    found = Counter(walked(targets, "weight", 6_000))
    wanted = {1: 600, 2: 1_200, 3: 4_200}
    assert sum((found[each] - many) ** 2 / many for each, many in wanted.items()) < 13.8  # chi-square, p = .001
    assert all(choose(targets, "weight", 7, "d1", MONDAY) == choose(targets, "weight", 7, "d1", MONDAY) for _ in "ab")


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.sampled_from(["turn", "capacity", "weight"]))
def test_no_cap_is_passed_and_no_seat_left_empty(seats: list[int], mode: Mode) -> None:
    targets = [Target(number, number, seats=many) for number, many in enumerate(seats, 1)]
    found = walked(targets, mode, sum(seats) + 2)
    assert found[-2:] == [None, None]
    assert Counter(found[:-2]) == dict(enumerate(seats, 1))


@pytest.mark.parametrize(
    ("target", "city", "open_now"),
    [
        (A, "", True),
        (replace(A, off=True), "", False),
        (replace(A, ends=MONDAY.now), "", False),
        (replace(A, starts=MONDAY.now + timedelta(seconds=1)), "", False),
        (replace(A, hours=((0, 600, 601),)), "", True),
        (replace(A, hours=((0, 540, 600),)), "", False),
        (replace(A, hours=((1, 0, 1440),)), "", False),
        (replace(A, regions=("杭州",)), "杭州市", True),
        (replace(A, regions=("杭州市",)), "上海", False),
        (replace(A, regions=("杭州",)), "", False),
        (replace(A, day_cap=2, given_day=2, day=MONDAY.day), "", False),
        (replace(A, day_cap=2, given_day=2, day=MONDAY.day - 1), "", True),
        (replace(A, seats=2, given=2), "", False),
    ],
)
def test_when_a_target_takes_somebody(target: Target, city: str, open_now: bool) -> None:
    assert open_to(target, MONDAY, city) is open_now


def test_backups_come_when_nobody_else_takes_anybody() -> None:
    spare = replace(B, backup=True)
    assert choose([A, spare], "turn", 7, "d", MONDAY) == A
    assert choose([replace(A, off=True), spare], "turn", 7, "d", MONDAY) == spare


def test_a_target_of_ones_own_region_goes_first() -> None:
    near = replace(B, regions=("杭州",))
    assert choose([A, near], "turn", 7, "d", MONDAY, "杭州") == near
    assert choose([A, near], "turn", 7, "d", MONDAY, "上海") == A


def test_it_is_said_when_a_target_opens_again() -> None:
    full = replace(A, day_cap=1, given_day=1, day=MONDAY.day)
    assert opens_next([full], MONDAY) == datetime(2026, 11, 24, tzinfo=ZONE)
    assert opens_next([replace(A, hours=((2, 540, 600),))], MONDAY) == datetime(2026, 11, 25, 9, tzinfo=ZONE)
    assert opens_next([replace(A, off=True)], MONDAY) is None


def test_who_has_a_target_that_ended_is_shown_its_follower() -> None:
    over = replace(A, ends=MONDAY.now, follower=2)
    assert standing_in(1, {1: over, 2: B}, MONDAY.now) == B
    assert standing_in(1, {1: A, 2: B}, MONDAY.now) == A
    assert standing_in(1, {1: over, 2: replace(B, off=True, follower=1)}, MONDAY.now) is None  # not round and round


def test_what_runs_out_is_told_before() -> None:
    ends, full = replace(A, ends=MONDAY.now + timedelta(days=1)), replace(B, seats=10, given=9)
    cared_for = replace(C, ends=MONDAY.now, follower=2)
    found = [(each.id, why) for each, why in running_out([ends, full, cared_for], MONDAY.now)]
    assert found == [(1, "ends"), (2, "nearly_full")]
