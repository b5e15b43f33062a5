"""Inviting friends, and being helped by them, as laws over their states."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.campaigns.mechanic import Act, Grant, Refused
from siyu.growth.mechanics.help import model as helping
from siyu.growth.mechanics.invite import model as inviting
from tests.examples import examples

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
STARTER = 1
VISITS = st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=40)


def act(person: int = STARTER, *, new: bool = True) -> Act:
    return Act("help", person, NOON, b"seed", new_person=new, starter=person == STARTER)


@examples(60)
@given(visits=VISITS, helpers=st.integers(1, 8), newcomers=st.booleans(), gift=st.sampled_from(["", "小样"]))
def test_helpers_count_once_and_the_starter_gets_it_when_they_are_enough(
    visits: list[tuple[int, bool]], helpers: int, newcomers: bool, gift: str
) -> None:
    rules = helping.Rules(helpers=helpers, title="杯子", newcomers_only=newcomers, friend_title=gift)
    state, granted, counted = helping.start(rules, act()).state, list[Grant](), list[int]()
    for person, new in visits:
        try:
            step = helping.contribute(rules, state, act(person, new=new))
        except Refused:
            continue
        state, granted = step.state, [*granted, *step.grants]
        counted.append(person)
        assert step.done == (len(counted) == helpers)
    assert counted == list(dict.fromkeys(counted))
    assert STARTER not in counted
    assert helping.need(rules, state) == (len(counted), helpers)
    assert [each.person for each in granted if each.rung == "done"] == [STARTER] * (len(counted) == helpers)
    assert [each.person for each in granted if each.rung != "done"] == (counted if gift else [])
    spent = {kind: sum(each.amount for each in granted if each.kind == kind) for kind in ("goods", "money")}
    assert all(spent[kind] <= most for kind, most in helping.costs(rules).items())


@examples(60)
@given(visits=VISITS, goals=st.sets(st.integers(1, 8), min_size=1, max_size=4))
def test_each_rung_is_given_once_when_so_many_new_friends_came(visits: list[tuple[int, bool]], goals: set[int]) -> None:
    rules = inviting.Rules(rungs=tuple(inviting.Rung(friends=goal, title=f"第{goal}档") for goal in goals), held_days=7)
    state, granted, came = inviting.start(rules, act()).state, list[Grant](), 0
    for person, new in visits:
        try:
            step = inviting.contribute(rules, state, act(person, new=new))
        except Refused:
            continue
        assert new
        assert person != STARTER
        state, granted, came = step.state, [*granted, *step.grants], came + 1
    assert [each.rung for each in granted] == [f"rung:{goal}" for goal in sorted(goals) if goal <= came]
    assert all(each.person == STARTER and each.held_days == 7 for each in granted)
    assert inviting.need(rules, state)[0] == came <= max(goals)


def test_why_something_does_not_count_has_words() -> None:
    rules = inviting.Rules(rungs=(inviting.Rung(friends=1, title="杯子"),))
    state = inviting.start(rules, act()).state
    for person, new, why in ((1, True, "own"), (2, False, "not_new")):
        with pytest.raises(Refused, match=why):
            inviting.contribute(rules, state, act(person, new=new))
        assert why in inviting.SAID
    full = inviting.contribute(rules, state, act(2)).state
    for person, why in ((2, "came_before"), (3, "full")):
        with pytest.raises(Refused, match=why):
            inviting.contribute(rules, full, act(person))
