"""Red packets, packets of groups and bargains: parts that were drawn before, and add up to the cent."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from siyu.growth.campaigns.mechanic import Refused
from siyu.growth.mechanics.bargain import model as bargain
from siyu.growth.mechanics.dice import falling, shared
from siyu.growth.mechanics.group_packet import model as group_packet
from siyu.growth.mechanics.red_packet import model as red_packet
from tests.examples import examples
from tests.growth.mechanics.acting import STARTER, act

seeds = st.binary(min_size=8, max_size=8)


@examples(40)
@given(seeds, st.integers(1, 60), st.integers(1, 30), st.integers(0, 5_000))
def test_parts_are_the_total_and_none_is_below_the_least(seed: bytes, parts: int, least: int, above: int) -> None:
    total = parts * least + above
    drawn = shared(seed, total, parts, least)
    assert (len(drawn), sum(drawn), min(drawn) >= least) == (parts, total, True)
    assert drawn == shared(seed, total, parts, least)


@examples(40)
@given(seeds, st.integers(2, 30), st.integers(1, 5_000))
def test_no_part_is_more_than_twice_the_mean_of_what_was_left(seed: bytes, parts: int, above: int) -> None:
    left = parts + above
    for nth, part in enumerate(shared(seed, left, parts)[:-1]):
        assert part <= 2 * left / (parts - nth)
        left -= part


def test_early_or_late_makes_no_difference() -> None:
    """4,000 packets of 10.01 yuan in 7: each place's mean is a seventh, within five standard errors."""
    packets = [shared(nth.to_bytes(4, "big"), 1001, 7) for nth in range(4_000)]
    for place in zip(*packets, strict=True):
        error = statistics.stdev(place) / len(packets) ** 0.5
        assert abs(statistics.mean(place) - 1001 / 7) < 5 * error


def test_less_than_the_least_for_each_is_not_shared() -> None:
    with pytest.raises(ValueError, match="can't be shared"):
        shared(b"", 9, 10)


@examples(40)
@given(seeds, st.integers(1, 12), st.integers(0, 900), st.booleans())
def test_what_a_packet_grants_is_its_total(seed: bytes, parts: int, above: int, own: bool) -> None:
    rules = red_packet.Rules(total_cents=parts * 10 + above, parts=parts, own_part=own)
    assert not red_packet.check(rules)
    step = red_packet.start(rules, act(seed=seed))
    granted = list(step.grants)
    for friend in range(2, 2 + parts - own):
        step = red_packet.contribute(rules, step.state, act(friend, seed=seed))
        granted += step.grants
    assert step.done
    assert sum(grant.amount for grant in granted) == rules.total_cents
    assert len({grant.rung for grant in granted}) == len({grant.person for grant in granted}) == parts
    assert red_packet.luckiest(step.state) == max(granted, key=lambda grant: grant.amount).person
    with pytest.raises(Refused, match="empty"):
        red_packet.contribute(rules, step.state, act(99))


def test_nobody_takes_two_parts() -> None:
    rules = red_packet.Rules()
    state = red_packet.contribute(rules, red_packet.start(rules, act()).state, act(2)).state
    for person in (STARTER, 2):
        with pytest.raises(Refused, match="taken"):
            red_packet.contribute(rules, state, act(person))
    assert red_packet.need(rules, state) == (2, 10)
    assert not red_packet.expire(rules, state, act().at).grants


@examples(40)
@given(seeds, st.integers(2, 12), st.integers(0, 400), st.integers(0, 11), st.integers(1, 12))
def test_a_packet_of_a_group_opens_at_its_number_and_is_then_its_total(
    seed: bytes, people: int, above: int, already: int, parts: int
) -> None:
    assume(already < people and parts <= people)
    rules = group_packet.Rules(people=people, already=already, parts=parts, total_cents=parts * 10 + above)
    assert not group_packet.check(rules)
    step, granted = group_packet.start(rules, act(seed=seed)), []
    for friend in range(2, 2 + people):
        before = group_packet.need(rules, step.state)[0]
        if step.done:
            break
        step = group_packet.contribute(rules, step.state, act(friend, seed=seed))
        assert bool(step.grants) == (before + 1 >= people)
        granted += step.grants
    if step.done:
        assert sum(grant.amount for grant in granted) == rules.total_cents
    assert len({grant.person for grant in granted}) == len(granted) <= parts


@examples(40)
@given(seeds, st.sampled_from(sorted(bargain.RULES)), st.integers(1, 50), st.integers(0, 20_000), st.integers(0, 500))
def test_a_bargain_ends_at_its_floor_after_the_cuts_that_were_declared(
    seed: bytes, rule: bargain.Rule, cuts: int, above: int, floor: int
) -> None:
    rules = bargain.Rules(product="杯子", price_cents=floor + cuts + above, floor_cents=floor, cuts=cuts, rule=rule)
    assert not bargain.check(rules)
    step = bargain.start(rules, act(seed=seed))
    prices = [bargain.price(rules, step.state)]
    for friend in range(2, 1 + cuts):
        assert not step.done
        step = bargain.contribute(rules, step.state, act(friend, seed=seed))
        prices.append(bargain.price(rules, step.state))
    assert step.done
    assert prices[-1] == floor
    assert prices == sorted(set(prices), reverse=True), "every cut is at least a cent"
    assert [(grant.person, grant.rung) for grant in step.grants] == [(STARTER, "price")]


@examples(40)
@given(st.integers(1, 50), st.integers(0, 50_000), st.integers(1, 100))
def test_falling_cuts_never_grow(parts: int, above: int, percent: int) -> None:
    cuts = falling(parts + above, parts, percent)
    assert sum(cuts) == parts + above
    assert list(cuts) == sorted(cuts, reverse=True)


def test_the_same_tap_finds_the_same_cut() -> None:
    rules = bargain.Rules(product="杯子", price_cents=9_900, cuts=4, rule="lucky")
    state = bargain.contribute(rules, bargain.start(rules, act()).state, act(2)).state
    assert bargain.cut_by(state, 2) == bargain.cuts_of(rules, b"seed")[1]
    assert bargain.cut_by(state, 3) is None
    with pytest.raises(Refused, match="cut_before"):
        bargain.contribute(rules, state, act(2))


def test_a_price_that_was_reached_holds_where_the_rules_say_so() -> None:
    rules = bargain.Rules(product="杯子", price_cents=1_000, cuts=4, rule="even", partial=True)
    state = bargain.start(rules, act()).state
    (grant,) = bargain.expire(rules, state, act().at).grants
    assert (grant.person, grant.title) == (STARTER, "以 ¥7.50 购买杯子")
    assert not bargain.expire(bargain.Rules(product="杯子", price_cents=1_000), state, act().at).grants
