"""What if a rule were set otherwise: judged on what was sent and held, beside what then truly happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from siyu.reach import cooling
from siyu.reach.broadcasts import get_broadcast
from siyu.reach.caps_kept import add_cap
from siyu.reach.guard import set_rule
from siyu.reach.what_if import NEW_CAP, WhatIf, what_if
from siyu.storage import BadInput, Stores
from tests.reach.world import World, log, log_own_events

OPEN = ("cap", "cap_channel", "ratio", "cool_down")
STORY: tuple[tuple[str, str, float], ...] = (  # tone, kind, days later
    ("promotional", "marketing", 0.1),
    ("useful", "marketing", 0.1),
    ("promotional", "marketing", 1),
    ("useful", "service", 1),
    ("promotional", "marketing", 3),
    ("promotional", "marketing", 0.1),
    ("useful", "marketing", 6),
    ("useful", "marketing", 1),
    ("promotional", "marketing", 1),
)


def _told(world: World) -> int:
    """Send the story's messages; how many of them were held by the guard."""
    held = 0
    for tone, kind, days in STORY:
        world.clock.advance(timedelta(days=days))
        broadcast = world.started(tone=tone, kind=kind)
        world.deliver()
        assert get_broadcast(world.stores, broadcast).state == "done"
        held += sum(many for (state, _), many in world.states(broadcast).items() if state == "held")
    world.clock.advance(timedelta(days=0.7))  # at noon again
    log_own_events(world.stores)
    return held


@pytest.mark.parametrize(
    ("rule", "settings"),
    [
        ("cap", {"messages": 2, "days": 7}),
        ("cap_channel", {"messages": 1, "days": 2}),
        ("ratio", {"last": 4, "promotional": 1}),
        (NEW_CAP, {"tone": "promotional", "messages": 1, "days": 5}),
        (NEW_CAP, {"kind": "any", "messages": 2, "days": 3}),
    ],
)
def test_it_says_what_then_happens(stores: Stores, rule: str, settings: dict[str, Any]) -> None:
    """First the story goes with the rules open, and is judged; then it goes again under the rule."""
    for name in OPEN:
        set_rule(stores, "test", name, {}, enabled=False)
    world = World(stores)
    world.add(3)
    assert _told(world) == 0
    answer = what_if(stores, rule, settings, enabled=True)
    assert (answer.sent, dict(answer.was), dict(answer.now)) == (27, {}, {})
    stores.events.command("TRUNCATE TABLE events")
    if rule == NEW_CAP:
        add_cap(stores, "test", settings)
    else:
        set_rule(stores, "test", rule, settings, enabled=True)
    world.persons = []
    world.add(3)
    assert sum(answer.would.values()) == _told(world) > 0


def test_what_was_held_may_have_gone(stores: Stores) -> None:
    world = World(stores)
    world.add(2)
    set_rule(stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    for _ in range(3):
        world.started()
        world.deliver()
        world.clock.advance(timedelta(hours=1))
    log_own_events(stores)
    answer = what_if(stores, "cap", {"messages": 2, "days": 7}, enabled=True)
    assert _by_rule(answer) == ({"cap": 4}, {"cap": 4}, {"cap": 2})
    assert what_if(stores, "cap", {}, enabled=False).would == {}


def test_a_longer_cool_down_holds_more(stores: Stores) -> None:
    world = World(stores)
    (upset, _) = world.add(2)
    log(stores, "unsubscribed", [upset], world.clock.now(), channel="sms")
    with stores.ledger.write() as conn:
        cooling.note(conn, [(upset, "unsubscribed", "sms", world.clock.now())])
    world.clock.advance(timedelta(days=8))
    world.started()
    world.deliver()
    log_own_events(stores)
    answer = what_if(stores, "cool_down", {"unsubscribed_days": 14}, enabled=True)
    assert _by_rule(answer) == ({}, {}, {"cool_down": 1})


def test_longer_quiet_hours_make_messages_wait(stores: Stores) -> None:
    world = World(stores)
    world.add(2)
    world.clock.advance(timedelta(hours=9))  # 21:00 in Shanghai
    world.started()
    world.deliver()
    log_own_events(stores)
    answer = what_if(stores, "quiet_hours", {"begin": "20:30"}, enabled=True)
    assert _by_rule(answer) == ({}, {}, {"quiet_hours": 2})


def test_what_consent_held_stays_held(stores: Stores) -> None:
    world = World(stores)
    world.add(consent=None)
    world.started()
    log_own_events(stores)
    assert _by_rule(what_if(stores, "cap", {"messages": 0}, enabled=True)) == ({}, {}, {})


def test_nothing_was_sent(stores: Stores) -> None:
    World(stores)
    answer = what_if(stores, "cap", {"messages": 1}, enabled=True)
    assert (answer.sent, _by_rule(answer)) == (0, ({}, {}, {}))
    assert len(answer.days) == 30


@pytest.mark.parametrize(("rule", "settings"), [("consent", {}), ("cap", {"messages": -1}), ("nonsense", {})])
def test_what_can_not_be_judged_is_refused(stores: Stores, rule: str, settings: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        what_if(stores, rule, settings, enabled=True)


def _by_rule(answer: WhatIf) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    return answer.by_rule(answer.was), answer.by_rule(answer.now), answer.by_rule(answer.would)
