"""Group buying, check-in, free with invites and unlocking together, as laws over their states."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.campaigns.mechanic import Grant, Move, Refused
from siyu.growth.mechanics.check_in import model as check_in
from siyu.growth.mechanics.crowd import model as crowd
from siyu.growth.mechanics.free import model as free
from siyu.growth.mechanics.group_buy import model as group_buy
from tests.examples import examples
from tests.growth.mechanics.acting import NOON, STARTER, act

GROUP = group_buy.Rules(product="礼盒", alone_cents=9_900, price_cents=5_900, seats=3)
PAID = group_buy.Rules(product="礼盒", alone_cents=9_900, price_cents=5_900, seats=4, pay_first=True, free="starter")


@examples(40)
@given(st.integers(2, 8), st.integers(0, 7), st.sampled_from(["nobody", "starter"]))
def test_a_group_that_does_not_fill_keeps_nothing(seats: int, friends: int, nobody: group_buy.Free) -> None:
    rules = group_buy.Rules(
        product="礼盒", alone_cents=9_900, price_cents=5_900, seats=seats, pay_first=True, free=nobody
    )
    step = group_buy.start(rules, act())
    waits = {grant.rung for grant in step.grants if grant.waits}
    buyers = [STARTER] if nobody == "nobody" else []
    buyers += range(2, 2 + min(friends, seats - 1))
    for person in buyers:
        step = group_buy.contribute(rules, step.state, act(person, paid_cents="5900", order=f"no-{person}"))
        waits |= {grant.rung for grant in step.grants if grant.waits}
    end = group_buy.expire(rules, step.state, NOON)
    if step.done:
        assert not end.grants
        assert {move.rung for move in step.moves if move.to == "granted"} == waits
    else:
        assert {move.rung for move in end.moves if move.to == "dropped"} == waits
        assert [(grant.person, grant.kind) for grant in end.grants] == [(person, "money") for person in buyers]
        assert all(f"no-{grant.person}" in grant.title and grant.amount == 5_900 for grant in end.grants)
        assert all(grant.waits and grant.why for grant in end.grants), "staff look whether the shop gave it back"


def test_each_seat_of_a_full_group_is_granted_once() -> None:
    step = group_buy.start(GROUP, act())
    granted = list(step.grants)
    for person in (2, 3):
        step = group_buy.contribute(GROUP, step.state, act(person))
        granted += step.grants
    assert [grant.person for grant in granted] == [1, 2, 3]
    assert [grant.waits for grant in granted] == [True, True, False]
    assert list(step.moves) == [Move("seat:1", "granted"), Move("seat:2", "granted")]
    for person, why in ((2, "seated"), (4, "full")):
        with pytest.raises(Refused, match=why):
            group_buy.contribute(GROUP, step.state, act(person))


def test_a_seat_of_which_there_is_none_left_is_free_again_and_paid_back() -> None:
    state = group_buy.start(PAID, act()).state
    step = group_buy.contribute(PAID, state, act(2, paid_cents="500000", order="no-2"))
    back = group_buy.short(PAID, step.state, step.grants[0])
    assert back.state == state
    assert [(grant.person, grant.kind, grant.amount) for grant in back.grants] == [(2, "money", 5_900)]


def test_who_pays_first_has_no_seat_before_and_a_free_starter_pays_nothing() -> None:
    state = group_buy.start(PAID, act()).state
    for told in ({}, {"paid_cents": "5899", "order": "no-2"}, {"paid_cents": "5900"}):
        with pytest.raises(Refused, match="not_paid"):
            group_buy.contribute(PAID, state, act(2, **told))
    assert group_buy.need(PAID, state) == (1, 4)
    assert (group_buy.to_pay(PAID, state, 1), group_buy.to_pay(PAID, state, 2)) == (0, 5_900)
    nobody_pays = group_buy.Rules(product="礼盒", alone_cents=9_900, price_cents=0, free="all")
    assert not group_buy.check(nobody_pays)
    assert group_buy.to_pay(nobody_pays, state, 2) == 0


DAYS = check_in.Rules(
    rungs=(check_in.Rung(days=3, title="贴纸"), check_in.Rung(days=7, title="杯子")), days=10, make_ups=1
)


def test_a_day_is_the_day_of_the_campaigns_time_zone() -> None:
    late = datetime(2026, 6, 1, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    state = check_in.start(DAYS, act(at=late)).state
    with pytest.raises(Refused, match="today"):
        check_in.contribute(DAYS, state, act(at=late + timedelta(seconds=59)))
    state = check_in.contribute(DAYS, state, act(at=late + timedelta(minutes=1))).state
    assert state.days == (0, 1)


def test_the_same_instant_is_the_same_day_whatever_zone_it_is_written_in() -> None:
    state = check_in.start(DAYS, act()).state
    there = NOON.astimezone(ZoneInfo("Pacific/Kiritimati"))
    with pytest.raises(Refused, match="today"):
        check_in.contribute(DAYS, state, act(at=there))


@examples(40)
@given(st.sets(st.integers(1, 9)), st.integers(0, 3), st.booleans())
def test_rungs_are_given_once_and_for_days_that_count(came: set[int], friends: int, in_a_row: bool) -> None:
    rules = check_in.Rules(rungs=DAYS.rungs, days=10, make_ups=1, friend_make_ups=2, in_a_row=in_a_row)
    step = check_in.start(rules, act())
    granted: list[Grant] = list(step.grants)
    for day in sorted(came):
        step = check_in.contribute(rules, step.state, act(at=NOON + timedelta(days=day)))
        granted += step.grants
    for friend in range(2, 2 + min(friends, rules.friend_make_ups)):
        step = check_in.contribute(rules, step.state, act(friend))
    while check_in.make_ups_left(rules, step.state) and check_in.missed(rules, step.state, NOON + timedelta(days=9)):
        step = check_in.contribute(rules, step.state, act(kind="make_up", at=NOON + timedelta(days=9)))
        granted += step.grants
    assert len(step.state.made_up) <= 1 + min(friends, 2)
    days = sorted({0, *came, *step.state.made_up})
    best = max(n for start in days for n in range(1, 11) if set(range(start, start + n)) <= set(days))
    have = best if in_a_row else len(days)
    assert Counter(grant.rung for grant in granted) == {f"days:{n}": 1 for n in (3, 7) if n <= have}


def test_a_made_up_day_mends_the_streak() -> None:
    state = check_in.start(DAYS, act()).state
    state = check_in.contribute(DAYS, state, act(at=NOON + timedelta(days=2))).state
    assert check_in.streak(state.days, 2) == 1
    step = check_in.contribute(DAYS, state, act(kind="make_up", at=NOON + timedelta(days=2)))
    assert check_in.streak(step.state.days, 2) == 3
    assert [grant.title for grant in step.grants] == ["贴纸"]
    with pytest.raises(Refused, match="no_gap"):
        check_in.contribute(DAYS, step.state, act(kind="make_up", at=NOON + timedelta(days=2)))
    with pytest.raises(Refused, match="no_make_up"):
        check_in.contribute(DAYS, step.state, act(kind="make_up", at=NOON + timedelta(days=5)))
    with pytest.raises(Refused, match="over"):
        check_in.contribute(DAYS, step.state, act(at=NOON + timedelta(days=10)))


def test_free_counts_friends_who_are_new_and_come_themselves() -> None:
    rules = free.Rules(product="试用装", friends=2, friend_gift="小样")
    state = free.start(rules, act()).state
    for refused, why in ((act(), "own"), (act(2, new=False), "not_new")):
        with pytest.raises(Refused, match=why):
            free.contribute(rules, state, refused)
    step = free.contribute(rules, state, act(2))
    assert [(grant.person, grant.title) for grant in step.grants] == [(2, "小样")]
    step = free.contribute(rules, step.state, act(3))
    assert [(grant.person, grant.title) for grant in step.grants] == [(3, "小样"), (1, "试用装")]
    assert step.done
    for refused, why in ((act(3), "helped"), (act(4), "full")):
        with pytest.raises(Refused, match=why):
            free.contribute(rules, step.state, refused)


@examples(40)
@given(st.sets(st.integers(2, 12), min_size=1, max_size=4), st.integers(0, 11))
def test_everybody_gets_every_rung_that_was_reached_once(at: set[int], friends: int) -> None:
    rules = crowd.Rules(rungs=tuple(crowd.Rung(people=people, title=f"{people}") for people in sorted(at)))
    assert not crowd.check(rules)
    step = crowd.start(rules, act())
    granted = Counter((grant.person, grant.title) for grant in step.grants)
    for friend in range(2, 2 + friends):
        if step.done:
            break
        step = crowd.contribute(rules, step.state, act(friend))
        granted.update((grant.person, grant.title) for grant in step.grants)
    have = len(step.state.people)
    assert granted == {(each, f"{n}"): 1 for each in step.state.people for n in at if n <= have}
