"""What a draft will need of platforms, before it is published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from siyu.channels import registry
from siyu.channels.allowances import Allowance, capped
from siyu.channels.prices import set_price
from siyu.reach import costs, daily_use, quotas
from siyu.reach.guard import Counts
from siyu.reach.journeys import drafts, forecasting, publishing, rehearsals
from siyu.reach.journeys.forecasting import DAYS, Forecast, at_most, at_the_earliest, forecast, problems_of_needs
from siyu.reach.journeys.model import parse
from siyu.storage import Stores
from tests.reach.journeys.documents import journey, wait
from tests.reach.journeys.world import DAY, HOUR, MINUTE, Road

VIP = {"type": "profile", "field": "attributes.stage", "op": "is", "value": "vip"}


@pytest.fixture
def road(stores: Stores) -> Road:
    return Road(stores)


def document(road: Road, *nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    trigger = {"type": "event", "on": {"event": "come"}}
    return {"name": "草稿", "trigger": trigger, "start": nodes[0]["id"], "nodes": list(nodes), **more}


def forecasted(road: Road, *nodes: dict[str, Any], **more: Any) -> Forecast:
    return forecast(road.stores, road.channels, parse(document(road, *nodes, **more)))


def some_came(road: Road, many: int = 4, days: int = 2) -> list[int]:
    """So many people, on each of so many days."""
    people = road.people(many)
    for _ in range(days):
        road.clock.at += DAY
        road.happens("come", *people)
    road.clock.at += HOUR
    return people


def allowed(monkeypatch: pytest.MonkeyPatch, a_day: int, used: int = 0) -> None:
    """The fake platform lets so many messages go a day, to one receiver each."""

    def told(conn: Connection, account: int, settings: Mapping[str, Any], now: datetime, only: Any) -> list[Allowance]:
        return [capped(("mass", "群发", "mass messages"), "today", 1, a_day, {1: used})]

    known = {**registry.allowing_of(), "fake": told}
    for module in (registry, quotas):
        monkeypatch.setattr(module, "allowing_of", lambda: known)


def test_it_says_how_many_go_a_day_and_on_the_busiest_by_account_and_kind(road: Road) -> None:
    some_came(road)
    road.happens("come", *road.people(6))
    found = forecasted(road, road.saying("hi", "w"), wait("w", "bye"), road.saying("bye", kind="service"))
    assert (found.entered, found.at_most) == (10, False)  # who came twice comes in once
    assert [(use.kind, round(use.a_day * DAYS), use.busiest) for use in found.uses] == [
        ("marketing", 10, 6),
        ("service", 10, 6),
    ]
    assert problems_of_needs(found) == []


def test_who_may_come_again_counts_once_a_day(road: Road) -> None:
    some_came(road, many=3, days=2)
    assert forecasted(road, road.saying("hi"), entry={"again": "after_leaving"}).entered == 6


def test_whom_the_guard_would_hold_needs_nothing_and_many_without_an_address_are_told_of(road: Road) -> None:
    some_came(road)
    road.happens("come", *road.people(6, consent=False))
    found = forecasted(road, road.saying("hi"))
    (step,) = found.steps
    assert (round(step.reach[road.accounts[0]], 2), round(step.causes["guard"], 2)) == (0.4, 0.6)
    assert round(found.uses[0].a_day * DAYS) == 4


def test_the_rule_of_entry_holds(road: Road) -> None:
    some_came(road)
    assert forecasted(road, road.saying("hi"), entry={"rule": {"type": "all", "rules": [VIP]}}).entered == 0


def test_too_many_for_the_platform_is_a_warning_at_the_step(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    some_came(road, many=5, days=1)
    nodes = (road.saying("hi", title="问候"), wait("rest"))
    allowed(monkeypatch, a_day=5)
    assert problems_of_needs(forecasted(road, *nodes)) == []
    allowed(monkeypatch, a_day=4)
    (problem,) = problems_of_needs(forecasted(road, *nodes))
    assert (problem.node, problem.code, problem.level) == ("hi", "journey_quota", "warning")
    assert "要 5 条" in problem.zh
    assert "最多 4 条" in problem.zh


def test_todays_quota_says_nothing_of_the_days_to_come(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    some_came(road)
    nodes = (road.saying("hi"), wait("rest"))
    monkeypatch.setattr(quotas, "told_apart", lambda held: {"today": 3, "guard": 1} if held else {})
    monkeypatch.setattr(forecasting, "count", lambda *_: Counts({}, {"some": 4}))
    (step,) = forecasted(road, *nodes).steps
    assert (dict(step.reach), dict(step.causes)) == ({road.accounts[0]: 0.75}, {"guard": 0.25})


def test_what_was_sent_lately_stands_in_the_way_of_todays_message_and_not_of_one_a_week_later(road: Road) -> None:
    some_came(road, many=2, days=1)
    for _ in range(3):  # as many as the guard lets go in a week
        road.started()
    road.deliver()
    later = {"type": "wait", "id": "rest", "minutes": 8 * 24 * 60, "next": "later"}
    now, then = forecasted(road, road.saying("now", "rest"), later, road.saying("later")).steps
    assert (dict(now.reach), dict(now.causes)) == ({}, {"guard": 1.0})
    assert (dict(then.reach), dict(then.causes)) == ({road.accounts[0]: 1.0}, {})


def test_what_other_journeys_send_stands_beside_it(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    running = drafts.create(road.stores, "staff:1", parse(document(road, road.saying("other"))))
    publishing.publish(road.stores, road.channels, "staff:1", running)
    road.happens("come", *road.people(3))
    road.passes(MINUTE)
    road.sent()
    road.clock.at += DAY
    road.drain()
    daily = daily_use.of_journeys(road.stores)
    assert {account: round(many) for account, many in daily.items()} == {road.accounts[0]: 3}
    assert daily_use.of_journeys(road.stores, running) == {}
    road.happens("come", *road.people(2))
    allowed(monkeypatch, a_day=4)
    (problem,) = problems_of_needs(forecasted(road, road.saying("hi")))
    assert "其他旅程每天约 3 条" in problem.zh
    (room,) = daily_use.room_for(road.stores, {road.accounts[0]: 2})
    assert (room.need, room.beside, room.left, room.enough) == (2, 3, 4, False)


def test_thirty_days_cost_what_their_messages_do(road: Road) -> None:
    some_came(road, many=14, days=1)  # one a day on average
    set_price(road.stores, "staff:1", road.accounts[0], Decimal("0.1"))
    assert costs.total(forecasted(road, road.saying("hi")).costs) == Decimal("3.00")


def test_which_way_they_go_is_the_most_that_can_be_until_it_was_rehearsed(road: Road) -> None:
    some_came(road)
    branch = {"type": "branch", "id": "b", "cases": [{"rule": VIP, "to": "vip"}], "otherwise": "all"}
    drawn = document(road, branch, road.saying("vip"), road.saying("all"))
    number = drafts.create(road.stores, "staff:1", parse(drawn))
    found = forecast(road.stores, road.channels, parse(drawn), number)
    assert ([step.share for step in found.steps], found.at_most) == ([1.0, 1.0], True)
    rehearsals.rehearse_now(road.stores, road.channels, "staff:1", number)
    found = forecast(road.stores, road.channels, parse(drawn), number)
    assert ([step.share for step in found.steps], found.at_most) == ([1.0], False)


def test_nothing_can_be_said_of_what_is_not_finished_or_begins_by_hand(road: Road) -> None:
    some_came(road)
    for trigger in ({"type": "by_hand"}, {"type": "event", "on": {"event": ""}}):
        assert forecasted(road, road.saying("hi"), trigger=trigger).entered == 0
    assert forecasted(road, {"type": "message", "id": "hi"}).uses == []


def test_a_step_can_be_come_to_after_its_waits_at_the_earliest() -> None:
    done = {"type": "task", "id": "task", "script": "s", "minutes": 60, "wait": True, "next": "day", "late": "late"}
    found = at_the_earliest(
        journey(
            done,
            {"type": "wait", "id": "late", "minutes": 30, "next": "day"},
            {"type": "wait_until", "id": "day", "clock": "10:00", "days": 2, "next": "event"},
            {"type": "wait_event", "id": "event", "match": {"event": "e"}, "minutes": 5, "next": "b", "timeout": "c"},
            wait("b", "task"),
            wait("c"),
        )
    )
    assert found == {"task": 0, "late": 60, "day": 0, "event": 2880, "b": 2880, "c": 2885}


def split(id: str, *ways: tuple[float, str]) -> dict[str, Any]:
    return {"type": "split", "id": id, "arms": [{"share": share, "to": to} for share, to in ways]}


@pytest.mark.parametrize(
    ("nodes", "shares"),
    [
        ([wait("a", "b"), wait("b")], {"a": 1, "b": 1}),
        ([split("a", (25, "b"), (75, "c")), wait("b", "d"), wait("c"), wait("d")], {"b": 0.25, "c": 0.75, "d": 0.25}),
        ([split("a", (50, "b"), (50, "b")), wait("b")], {"b": 1}),
        ([wait("a", "b"), split("b", (50, "a"), (50, "c")), wait("c")], {"a": 1, "c": 0.5}),
        ([wait("a"), wait("b")], {"a": 1, "b": 0}),
    ],
    ids=["one way", "by lot", "two ways to one step", "a ring", "nobody comes there"],
)
def test_how_many_come_to_a_step(nodes: list[dict[str, Any]], shares: dict[str, float]) -> None:
    found, _ = at_most(journey(*nodes))
    assert {id: found[id] for id in shares} == shares
