"""Fatigue: pushes cost goodwill, answers restore it, both are forgotten; sleepers are woken rarely."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.reach.fatigue import GAINS, fatigue, refresh
from siyu.reach.guard import set_rule
from siyu.reach.tables import tired
from siyu.storage import Stores
from tests.reach.world import NOON, World, log

EVENTS = st.lists(st.tuples(st.sampled_from(["useful", "promotional"]), st.integers(0, 60)), max_size=8)
ANSWERS = st.lists(st.tuples(st.sampled_from(sorted(GAINS)), st.integers(0, 60)), max_size=5)


def ago(moments: list[tuple[str, int]]) -> list[tuple[str, datetime]]:
    return [(name, NOON - timedelta(days=days)) for name, days in moments]


def tiredness(pushes: list[tuple[str, int]], answers: list[tuple[str, int]], *, asleep: bool = False) -> float:
    return fatigue(ago(pushes), ago(answers), NOON, half_life_days=14, asleep=asleep)


def test_the_formula() -> None:
    assert tiredness([("useful", 0), ("promotional", 14)], []) == 2.0
    assert tiredness([("promotional", 0)], [("message_clicked", 0)]) == 1.0
    assert tiredness([("useful", 0)], [("order_paid", 0)]) == 0.0
    assert tiredness([("useful", 0)], [], asleep=True) == 3.0


@given(EVENTS, ANSWERS)
def test_a_push_tires_an_answer_refreshes_and_time_heals(
    pushes: list[tuple[str, int]], answers: list[tuple[str, int]]
) -> None:
    now = tiredness(pushes, answers)
    assert tiredness([*pushes, ("useful", 0)], answers) >= now
    assert tiredness(pushes, [*answers, ("message_opened", 0)]) <= now
    later = fatigue(ago(pushes), ago(answers), NOON + timedelta(days=14), half_life_days=14, asleep=False)
    assert later == pytest.approx(now / 2)


@pytest.fixture
def world(stores: Stores) -> World:
    """Persons 1 to 4; broadcasts that sell (1) and that are useful (2)."""
    world = World(stores)
    world.add(4)
    set_rule(stores, "test", "fatigue", {"threshold": 4}, enabled=True)
    for tone in ("promotional", "useful"):
        world.begun(tone=tone)
    return world


def test_the_list_agrees_with_the_formula(stores: Stores, world: World) -> None:
    pushes = [("promotional", 1), ("promotional", 3), ("useful", 5), ("useful", 20)]
    answers = {1: [], 2: [("order_paid", 2)], 3: [("message_opened", 1)]}
    for person, said in answers.items():
        for tone, days in pushes:
            sender = 1 if tone == "promotional" else 2
            log(stores, "message_accepted", [person], NOON - timedelta(days=days, seconds=1), broadcast=sender)
        for name, when in ago(said):
            log(stores, name, [person], when)
        log(stores, "page_viewed", [person], NOON - timedelta(days=30))
    log(stores, "message_accepted", [4], NOON - timedelta(days=1), broadcast=1)  # never seen: thrice as much
    assert refresh(stores) == 3
    with stores.ledger.read() as conn:
        listed = {row.person: row for row in conn.execute(sa.select(tired))}
    expected = {person: tiredness(pushes, said) for person, said in answers.items()}
    assert set(listed) == {1, 3, 4}
    for person in (1, 3):
        assert listed[person].score == pytest.approx(expected[person], rel=1e-3)
        healed = fatigue(ago(pushes), ago(answers[person]), listed[person].until, half_life_days=14, asleep=False)
        assert healed == pytest.approx(4, rel=1e-3)
    assert listed[4].score == pytest.approx(tiredness([("promotional", 1)], [], asleep=True))


def test_the_tired_rest_until_they_are_rested(stores: Stores, world: World) -> None:
    for days in (1, 2, 3):
        log(stores, "message_accepted", [1], NOON - timedelta(days=days), broadcast=1)
    log(stores, "page_viewed", [1], NOON - timedelta(days=1))
    refresh(stores)
    world.persons = [1, 2]
    assert world.states(world.started()) == {("held", "fatigue"): 1, ("due", None): 1}
    assert world.states(world.started(kind="service")) == {("due", None): 2}
    world.clock.advance(timedelta(days=14))
    assert refresh(stores) == 0
    assert world.states(world.started()) == {("due", None): 2}


def test_it_is_off_until_it_is_switched_on(stores: Stores, world: World) -> None:
    for days in (1, 2, 3):
        log(stores, "message_accepted", [1], NOON - timedelta(days=days), broadcast=1)
    assert refresh(stores) == 1
    set_rule(stores, "test", "fatigue", {}, enabled=False)
    assert refresh(stores) == 0
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(tired)).all() == []
