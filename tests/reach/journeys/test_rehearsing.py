"""A draft walked on what happened: the figures before anybody is spoken to."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from siyu.reach.guard import set_rule
from siyu.reach.journeys.model import parse
from siyu.reach.journeys.rehearsed import Rehearsed, read_rehearsed
from siyu.reach.journeys.rehearsing import rehearse
from siyu.storage import Stores
from tests.reach.journeys.test_steps import did, wait, wait_event
from tests.reach.journeys.world import DAY, HOUR, Road


@pytest.fixture
def road(stores: Stores) -> Road:
    return Road(stores)


def rehearsed(road: Road, nodes: list[dict[str, object]], days: int = 7, **document: object) -> Rehearsed:
    asked = {"name": "草稿", "trigger": {"type": "event", "on": {"event": "come"}}, "start": nodes[0]["id"]}
    return rehearse(road.stores, road.channels, parse({**asked, "nodes": nodes, **document}), days=days)


def test_who_came_in_and_which_way_each_went(road: Road) -> None:
    ann, ben, cay = road.people(3)
    road.happens("come", ann, ben, cay)
    road.clock.at += HOUR
    road.happens("paid", ann)
    road.clock.at += 3 * DAY
    nodes = [
        wait_event("pay", "paid", "yes", "no", 120),
        wait("yes", None, 60),
        road.saying("no", "rest"),
        wait("rest", None, 20_000),
    ]
    found = rehearsed(road, nodes)
    assert found.entered == 3
    assert found.ways["pay", "next", "yes"] == 1
    assert found.ways["pay", "timeout", "no"] == 2
    assert found.reached == {("no", road.accounts[0]): 2}
    assert found.left == {"end": 1}
    assert found.inside == {"rest": 2}
    assert sum(found.messages_of(road.accounts[0]).values()) == 2


def test_nothing_is_written(road: Road) -> None:
    (ann,) = road.people()
    road.happens("come", ann)
    road.clock.at += DAY
    rehearsed(road, [road.saying("hello", None)])
    assert road.sent() == []


def test_what_the_guard_would_hold_and_why(road: Road) -> None:
    (ann,) = road.people()
    (ben,) = road.people(consent=False)
    road.happens("come", ann, ben)
    road.clock.at += DAY
    found = rehearsed(road, [road.saying("hello", None)])
    assert found.held == {("hello", "consent"): 1}
    assert found.reached == {("hello", road.accounts[0]): 1}


def test_a_rule_knows_nothing_of_what_came_later(road: Road) -> None:
    (ann,) = road.people()
    road.happens("come", ann)
    road.clock.at += DAY
    road.happens("vip", ann)
    road.clock.at += DAY
    cases = [{"rule": did("vip"), "to": "gold"}]
    nodes = [{"type": "branch", "id": "b", "cases": cases, "otherwise": "none"}, wait("gold", None), wait("none", None)]
    found = rehearsed(road, nodes)
    assert found.ways["b", "otherwise", "none"] == 1
    assert ("b", "0", "gold") not in found.ways


def test_the_goal_ends_it_and_nobody_comes_in_twice(road: Road) -> None:
    (ann,) = road.people()
    for _ in range(2):
        road.happens("come", ann)
        road.clock.at += timedelta(hours=5)
    road.happens("paid", ann)
    road.clock.at += DAY
    found = rehearsed(road, [wait("rest", None, 20_000)], goal={"match": {"event": "paid"}, "days": 7})
    assert (found.entered, found.ways["", "not_again", ""], found.goals) == (1, 1, 1)
    assert found.left == {"goal": 1}
    assert found.ways["rest", "goal", ""] == 1


def test_what_was_found_is_kept_as_json(road: Road) -> None:
    (ann,) = road.people()
    road.happens("come", ann)
    road.clock.at += DAY
    found = rehearsed(road, [road.saying("hello", "rest"), wait("rest", None, 20_000)])
    assert read_rehearsed(msgspec.json.decode(msgspec.json.encode(found.to_json()))) == found


def test_a_cap_counts_what_the_journey_would_have_sent(road: Road) -> None:
    set_rule(road.stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    (ann,) = road.people()
    road.clock.at = road.clock.at.replace(hour=2)
    road.happens("come", ann)
    road.clock.at += DAY
    found = rehearsed(road, [road.saying("one", "two"), road.saying("two", None)])
    assert found.reached_at("one") == 1
    assert found.reached_at("two") == 0
    assert [reason.startswith("cap") for reason in found.held_at("two")] == [True]


def test_a_message_that_waits_for_the_guard_goes_when_the_cap_allows(road: Road) -> None:
    set_rule(road.stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    (ann,) = road.people()
    road.clock.at = road.clock.at.replace(hour=2)
    road.happens("come", ann)
    road.clock.at += 10 * DAY
    patient = road.saying("two", None, when_held={"do": "wait", "minutes": 8 * 1440})
    found = rehearsed(road, [road.saying("one", "two"), patient], days=14)
    assert (found.reached_at("two"), found.held_at("two")) == (1, {})
    assert [day for (day, _), many in found.sent.items() if many] == ["2026-11-22", "2026-11-29"]
    assert found.left == {"end": 1}


def test_quiet_hours_delay_and_hold_nothing(road: Road) -> None:
    (ann,) = road.people()
    road.clock.at = road.clock.at.replace(hour=16)  # midnight in Shanghai
    road.happens("come", ann)
    road.clock.at += DAY
    found = rehearsed(road, [road.saying("hello", None)])
    assert (found.reached_at("hello"), found.delayed["hello"], found.held_at("hello")) == (1, 1, {})


def test_days_before_the_span_do_not_count(road: Road) -> None:
    (ann,) = road.people()
    road.happens("come", ann)
    road.clock.at += 8 * DAY
    assert rehearsed(road, [wait("rest", None)]).entered == 0


def test_birthdays_of_the_last_days(road: Road) -> None:
    road.people(birthday="1990-11-20")
    trigger = {"type": "date", "attribute": "birthday"}
    found = rehearsed(road, [wait("rest", None, 30)], trigger=trigger)
    assert (found.entered, found.left) == (1, {"end": 1})
