"""The wheel: declared odds, a stock that is not passed, and draws that anybody can compute again."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.campaigns.mechanic import Refused
from siyu.growth.mechanics.lottery.model import (
    Draw,
    Prize,
    Rules,
    State,
    chances,
    check,
    committed,
    contribute,
    luck_of,
    lucks_of,
    need,
    point,
    prize_at,
    seed_of,
    short,
    start,
    verify,
    whole,
)
from tests.examples import examples
from tests.growth.mechanics.acting import act

SECRET = b"a secret of the campaign"
RULES = Rules(
    prizes=(
        Prize(name="面膜", odds=100_000, stock=5, value_cents=9_900),
        Prize(name="小样", odds=400_000, stock=400, value_cents=990),
    ),
    draws=2,
    friend_draws=3,
)


@examples(40)
@given(st.lists(st.integers(1, 300_000), min_size=1, max_size=3))
def test_a_prize_has_as_many_stops_as_its_odds_say(odds: list[int]) -> None:
    edges = [sum(odds[:place]) for place in range(len(odds) + 1)]
    for place in range(1, len(odds) + 1):
        assert (prize_at(odds, edges[place - 1]), prize_at(odds, edges[place] - 1)) == (place, place)
    assert prize_at(odds, edges[-1]) == 0


def test_a_draw_is_what_thirty_lines_in_any_language_compute() -> None:
    seed = hmac.new(SECRET, b"ticket-1", hashlib.sha256).digest()
    stop = int(hmac.new(seed, b"draw:2", hashlib.sha256).hexdigest(), 16) % 1_000_000
    assert (seed_of(SECRET, "ticket-1"), point(seed, 2)) == (seed, stop)
    state = start(RULES, act(seed=seed)).state
    for _ in range(2):
        state = contribute(RULES, state, act(seed=seed)).state
    assert state.drawn[1] == prize_at([100_000, 400_000], stop)


def test_what_somebody_puts_in_decides_too_and_only_its_hash_is_published() -> None:
    seed = seed_of(SECRET, "ticket-1")
    luck = hashlib.sha256("好运".encode()).hexdigest()[:32]
    stop = int(hmac.new(seed, f"draw:1:{luck}".encode(), hashlib.sha256).hexdigest(), 16) % 1_000_000
    assert (luck_of(" 好运 "), luck_of(" ")) == (luck, "")
    assert point(seed, 1, luck) == stop != point(seed, 1)
    before = State(drawn=(0,))  # of a time when nothing was put in
    state = contribute(RULES, before, act(seed=seed, luck="好运")).state
    assert (state.lucks, lucks_of(before)) == (("", luck), ("",))
    draws = [Draw(1, "ticket-1", 1, prize_at([100_000, 400_000], stop), luck)]
    assert verify(RULES, SECRET, committed(SECRET), draws) == []
    other = next(str(number) for number in range(99) if point(seed, 1, luck_of(str(number))) >= 500_000)
    swapped = [Draw(1, "ticket-1", 1, 1, luck_of(other))]
    assert [each.prize for each in verify(RULES, SECRET, committed(SECRET), swapped) or ()] == [0]


def test_all_prizes_are_what_a_purse_has_to_have() -> None:
    both = Rules(prizes=(*RULES.prizes, Prize(name="红包", odds=1, stock=10, value_cents=88, kind="money", amount=88)))
    assert whole(both) == {"goods": 405, "money": 880}


def test_draws_run_out_and_friends_who_are_new_earn_more() -> None:
    state = start(RULES, act()).state
    for _ in range(2):
        state = contribute(RULES, state, act()).state
    with pytest.raises(Refused, match="no_draws"):
        contribute(RULES, state, act())
    with pytest.raises(Refused, match="not_new"):
        contribute(RULES, state, act(2, new=False))
    for friend in (2, 3, 4):
        state = contribute(RULES, state, act(friend)).state
    for friend, why in ((4, "helped"), (5, "full")):
        with pytest.raises(Refused, match=why):
            contribute(RULES, state, act(friend))
    assert (chances(RULES, state), need(RULES, state)) == (5, (2, 5))


def _played(people: int) -> list[Draw]:
    """What the wheel says to so many people with two draws each; a prize that is gone is nothing."""
    draws: list[Draw] = []
    left = [prize.stock for prize in RULES.prizes]
    for person in range(people):
        ticket = f"ticket-{person}"
        state = start(RULES, act()).state
        for nth in (1, 2):
            step = contribute(RULES, state, act(seed=seed_of(SECRET, ticket)))
            state = step.state
            won = state.drawn[-1]
            if won and left[won - 1] == 0:
                state = short(RULES, state, step.grants[0]).state
            elif won:
                left[won - 1] -= 1
            draws.append(Draw(len(draws) + 1, ticket, nth, state.drawn[-1]))
    return draws


def test_the_secret_gives_every_draw_again_and_no_other() -> None:
    draws = _played(200)
    assert sum(draw.prize == 1 for draw in draws) == 5, "about 40 stops at 5 face masks"
    assert verify(RULES, SECRET, committed(SECRET), reversed(draws)) == []
    lost = next(draw for draw in draws if draw.prize == 0)
    forged = [draw._replace(prize=2) if draw is lost else draw for draw in draws]
    wrong = verify(RULES, SECRET, committed(SECRET), forged)
    assert wrong
    assert [each.draw.serial for each in wrong] == [lost.serial]
    assert verify(RULES, b"another secret", committed(SECRET), draws) is None


@pytest.mark.parametrize(
    ("prizes", "field"),
    [
        ((Prize(name="车", odds=1, stock=1, value_cents=5_000_001),), "prizes"),
        ((Prize(name="半", odds=500_001, stock=1, value_cents=1),) * 2, "prizes"),
        ((Prize(name=" ", odds=1, stock=1, value_cents=1),), "prizes"),
        ((), "prizes"),
    ],
)  # fmt: skip
def test_rules_against_the_law_or_arithmetic_stop(prizes: tuple[Prize, ...], field: str) -> None:
    rules = Rules(prizes=prizes, draws=1, friend_draws=0)
    assert [(finding.field, finding.severity) for finding in check(rules)] == [(field, "stop")]
    assert [found.severity for found in check(RULES)] == ["warn"]


def test_all_draws_of_one_person_count_toward_the_highest_prize() -> None:
    """1,000,000 cents at five draws are the limit; a cent more is above it."""
    prize = Prize(name="手机", odds=1, stock=9, value_cents=1_000_000)
    assert not check(Rules(prizes=(prize,), draws=5))
    dearer = Prize(name="手机", odds=1, stock=9, value_cents=1_000_001)
    assert [found.severity for found in check(Rules(prizes=(dearer,), draws=5))] == ["stop"]
    assert not check(Rules(prizes=(Prize(name="手机", odds=1, stock=4, value_cents=1_000_001),), draws=5))
