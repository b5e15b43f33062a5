"""The guard's page and API: rules in sentences, the operator's own caps, what a change would have held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from siyu.channels.protocol import REASONS
from siyu.reach.guard import OTHER_REASONS
from siyu.reach.rules import RULES
from siyu.reach.ways_out import way_out
from siyu.storage import Stores
from tests.reach.world import World, log_own_events


@pytest.fixture
def sent(stores: Stores) -> World:
    """Two people had two messages each, an hour apart."""
    world = World(stores)
    world.add(2)
    for _ in range(2):
        world.started()
        world.deliver()
        world.clock.advance(timedelta(hours=1))
    log_own_events(stores)
    return world


@pytest.mark.parametrize("reason", [*(rule.name for rule in RULES), *OTHER_REASONS, *REASONS, "cap_7"])
def test_every_reason_says_what_to_do(reason: str) -> None:
    assert all(way_out(reason))


def test_a_cap_is_added_tried_set_and_taken_away(signed_in: Callable[..., Any], sent: World) -> None:
    console = signed_in()
    form = {"kind": "any", "channel": "each", "tone": "promotional", "messages": "1", "days": "3", "enabled": "1"}
    assert console.post("/guard/caps", form).status_code == 303
    page = console.get("/guard").text
    assert "每位客户 3 天内在同一渠道最多收到 1 条促销类消息（营销和服务合计）。" in page
    changed = form | {"tone": "any"}
    tried = console.post("/guard/what-if/cap_1", changed).text
    assert "会多拦下 2 条" in tried
    assert "2026-11-22" in tried
    assert console.post("/guard/rules/cap_1", changed).status_code == 303
    assert "最多收到 1 条消息（营销和服务合计）" in console.get("/guard").text
    assert console.post("/guard/caps/cap_1/remove").status_code == 303
    assert "cap_1" not in console.get("/guard").text


def test_what_is_wrong_is_said_at_the_field(signed_in: Callable[..., Any], sent: World) -> None:
    console = signed_in(language="en")
    answer = console.post("/guard/caps", {"messages": "many", "days": "3"})
    assert answer.status_code == 422
    assert "should be a whole number from 0 to 100" in answer.text
    assert "should be a whole number" in console.post("/guard/what-if/new", {"messages": "many"}).text


def test_who_may_only_read_sees_the_rules_and_changes_nothing(signed_in: Callable[..., Any], sent: World) -> None:
    console = signed_in("analyst")
    assert "新增上限" not in console.get("/guard").text
    assert console.post("/guard/caps", {"messages": "1"}).status_code == 403


def test_the_api_does_the_same(console: Any, sent: World) -> None:
    key = console.key()
    made = console.http.post("/api/guard/caps", json={"tone": "promotional", "messages": 1}, headers=key)
    assert made.status_code == 201
    own = [rule for rule in made.json() if rule["own"]]
    assert [(rule["name"], rule["settings"]["messages"], rule["held_7_days"]) for rule in own] == [("cap_1", 1, 0)]
    tried = console.http.post("/api/guard/cap/what-if", json={"settings": {"messages": 1}}, headers=key).json()
    assert tried["by_rule"] == [{"rule": "cap", "was": 0, "now": 0, "would": 2}]
    assert sum(day["would"] for day in tried["by_day"]) == 2
    assert console.http.post("/api/guard/consent/what-if", json={}, headers=key).status_code == 400
    assert console.http.delete("/api/guard/caps/cap_1", headers=key).status_code == 204
    assert console.http.delete("/api/guard/caps/cap_1", headers=key).status_code == 404
    assert not [rule for rule in console.http.get("/api/guard", headers=key).json() if rule["own"]]
