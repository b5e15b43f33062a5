"""The law of tiers: the order of news does not matter, nobody comes down before their grace has ended, and working it
out again gives the same."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from siyu.loyalty.tiers.course import Fact, Standing, course, shown, step, value_on
from siyu.loyalty.tiers.model import DEFAULT, Deed, Plan, Tier

PLAN = Plan(
    window_days=30,
    deeds=(Deed(event="checked_in", growth=7, times_a_day=2),),
    tiers=(
        Tier(key="silver", name="银卡", up=20, stay=10, grace_days=5),
        Tier(key="gold", name="金卡", up=60, stay=40, grace_days=9),
        Tier(key="diamond", name="钻石卡", up=100, stay=100, grace_days=0),
    ),
)
LAST = 120


@st.composite
def orders(draw: st.DrawFn) -> list[Fact]:
    """An order with its returns, or a deed."""
    day, at = draw(st.integers(1, LAST)), draw(st.integers(0, 3))
    if draw(st.booleans()):
        return [Fact(day, at, day, deed="checked_in")]
    cents = draw(st.integers(1, 9_000))
    found = [Fact(day, at, day, cents)]
    for _ in range(draw(st.integers(0, 2))):
        back = draw(st.integers(0, cents))
        cents -= back
        later = day + draw(st.integers(0, 50))
        found.append(Fact(later, 4, day, -back))
    return found


told = st.lists(orders(), max_size=12).map(lambda each: [fact for facts in each for fact in facts])


def test_up_at_once_down_after_the_grace() -> None:
    facts = [Fact(1, 0, 1, 6_000)]
    assert course(PLAN, facts, 1).standing == Standing(2)
    assert course(PLAN, facts, 30).standing == Standing(2)
    assert course(PLAN, facts, 31).standing == Standing(2, 40), "what they bought counts no more: a grace begins"
    assert course(PLAN, facts, 39).standing == Standing(2, 40)
    assert course(PLAN, facts, 40).standing == Standing(0)


def test_what_they_buy_within_the_grace_keeps_the_tier() -> None:
    facts = [Fact(1, 0, 1, 6_000), Fact(38, 0, 38, 4_000)]
    assert course(PLAN, facts, 38).standing == Standing(2)
    assert course(PLAN, facts, 39).standing == Standing(2)


def test_a_return_takes_value_from_its_moment_on_until_the_order_counts_no_more() -> None:
    facts = [Fact(1, 0, 1, 3_000), Fact(10, 0, 1, -3_000)]
    assert [value_on(PLAN, facts, day) for day in (1, 9, 10, 30, 31, 45)] == [30, 30, 0, 0, 0, 0]


def test_deeds_count_so_often_a_day() -> None:
    facts = [Fact(3, at, 3, deed="checked_in") for at in range(5)]
    assert value_on(PLAN, facts, 3) == 14


def test_the_default_plan_has_silver_gold_and_diamond() -> None:
    assert [tier.key for tier in DEFAULT.tiers] == ["silver", "gold", "diamond"]
    assert "own_agent" in DEFAULT.rights(3), "what the tiers below have, a tier has too"


@given(told, st.randoms(), st.integers(1, LAST + 60))
def test_the_order_of_news_does_not_matter(facts: list[Fact], chance: object, today: int) -> None:
    mixed = list(facts)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert course(PLAN, mixed, today) == course(PLAN, facts, today)


@given(told, st.integers(1, LAST + 60))
def test_a_step_done_again_changes_nothing_and_the_value_is_that_of_the_day(facts: list[Fact], today: int) -> None:
    found = course(PLAN, facts, today)
    assert found.value == value_on(PLAN, facts, today)
    assert step(PLAN, found.standing, found.value, today) == found.standing


@given(told)
def test_a_course_goes_on_from_day_to_day(facts: list[Fact]) -> None:
    """Looked at every day, one sees the steps that the whole course has."""
    whole = course(PLAN, facts, LAST + 60).steps
    for day in range(1, LAST + 60):
        assert [each for each in whole if each.day <= day] == list(course(PLAN, facts, day).steps)


@given(st.lists(st.tuples(st.integers(0, LAST), orders()), max_size=8))
def test_nobody_comes_down_before_a_grace_they_could_be_told_of(news: Sequence[tuple[int, list[Fact]]]) -> None:
    """News come late, in any order: still every fall was shown at least the tier's grace before."""
    standing, warned = Standing(), 0
    for day in range(1, LAST + 60):
        known = [fact for late, facts in news for fact in facts if fact.day + late % 40 <= day]
        before = standing
        standing = shown(PLAN, before, course(PLAN, known, day).standing, day)
        assert standing == shown(PLAN, standing, course(PLAN, known, day).standing, day), "again is the same"
        if standing.rank < before.rank:
            grace = PLAN.tiers[before.rank - 1].grace_days
            assert grace == 0 or (before.falls == day and warned + grace <= day)
        if standing.falls is not None and (before.falls is None or before.rank != standing.rank):
            warned = day
    assert standing.rank == course(PLAN, known, LAST + 59).standing.rank or standing.falls is not None
