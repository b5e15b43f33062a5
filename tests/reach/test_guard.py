"""The guard: who gets a message, and why not."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from siyu import reach
from siyu.channels import ACCEPTED, Outcome
from siyu.channels.fake import FakeChannel
from siyu.people.actions import set_profile
from siyu.people.tables import identifiers, own_events
from siyu.reach import cooling
from siyu.reach.broadcasts import draft_broadcast, start_broadcast
from siyu.reach.caps_kept import OWN_CAPS_MAX, add_cap, remove_cap
from siyu.reach.guard import OTHER_REASONS, load_guard, reason_words, set_rule
from siyu.reach.intending import count_broadcast
from siyu.reach.journeys.left import LEFT
from siyu.reach.rules import QUIET_HOURS, RULES
from siyu.reach.rules.caps import Limit
from siyu.reach.tables import blocklist, guard_rules, outbox
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.reach.world import World

QUIET = {field.name: field.default for field in QUIET_HOURS.fields}


def test_marketing_needs_consent(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(consent=True)
    world.add(consent=False)
    world.add(consent=None)
    assert world.states(world.started()) == {("due", None): 1, ("held", "consent"): 2}


def test_consent_is_by_channel(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(consent=True, channel="fake")
    world.add(consent=True, channel="email")
    assert world.states(world.started()) == {("due", None): 1, ("held", "consent"): 1}


def test_a_refusal_for_all_channels_wins_over_a_consent_for_one(each_stores: Stores) -> None:
    world = World(each_stores)
    (person,) = world.add(consent=True, channel="fake")
    world.consent([person], False, channel="any")
    assert world.states(world.started()) == {("held", "consent"): 1}


def test_service_messages_go_unless_refused(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(consent=None)
    (refused,) = world.add(consent=None)
    world.consent([refused], False, purpose="service")
    assert world.states(world.started(kind="service")) == {("due", None): 1, ("held", "consent"): 1}


def test_people_on_the_list_are_left_in_peace_also_after_a_merge(each_stores: Stores) -> None:
    world = World(each_stores)
    kept, listed = world.add(2)
    with each_stores.ledger.write() as conn:
        conn.execute(sa.insert(blocklist).values(person=listed, at=world.clock.now(), reason="complaint", by="x"))
    world.merge(kept, listed)
    world.persons.remove(listed)
    assert world.states(world.started(kind="service")) == {("held", "blocklist"): 1}


@pytest.mark.parametrize(
    ("columns", "held"),
    [
        ({"minor": True}, True),
        ({"birthday": "2008-11-23"}, True),
        ({"birthday": "2008-11-22"}, False),
        ({"birthday": "0001-05-01"}, False),
    ],
)
def test_minors_get_no_marketing(each_stores: Stores, columns: dict[str, Any], held: bool) -> None:
    world = World(each_stores)
    world.add(**columns)
    assert world.states(world.started()) == ({("held", "minor"): 1} if held else {("due", None): 1})


def test_whoever_refused_automated_choice_or_was_erased_is_held(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(no_profiling=True)
    world.add(gone=datetime(2026, 1, 1, tzinfo=UTC))
    assert world.states(world.started()) == {("held", "no_profiling"): 1, ("held", "erased"): 1}


def test_a_channel_that_needs_an_address_holds_who_has_none(each_stores: Stores) -> None:
    world = World(each_stores, [FakeChannel(address_kinds=("email",))])
    with_mail, _ = world.add(2)
    with each_stores.ledger.write() as conn:
        conn.execute(
            sa.insert(identifiers).values(
                kind="email", value="a@b.cn", person=with_mail, since=world.clock.now(), source="t"
            )
        )
    assert world.states(world.started()) == {("due", None): 1, ("held", "no_address"): 1}


def test_the_fifth_marketing_message_of_a_week_is_held(each_stores: Stores) -> None:
    world = World(each_stores)
    set_rule(each_stores, "test", "cap_channel", {}, enabled=False)
    world.add()
    for _ in range(4):
        assert world.states(world.started()) == {("due", None): 1}
    assert world.states(world.started()) == {("held", "cap"): 1}


def test_service_messages_do_not_count(each_stores: Stores) -> None:
    world = World(each_stores)
    set_rule(each_stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    world.add()
    world.started(kind="service")
    assert world.states(world.started()) == {("due", None): 1}


def test_a_week_later_there_is_room_again(each_stores: Stores) -> None:
    world = World(each_stores)
    set_rule(each_stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    world.add()
    world.started()
    world.deliver()
    world.clock.advance(timedelta(days=7, seconds=1))
    assert world.states(world.started()) == {("due", None): 1}


def test_a_cap_counts_what_merged_people_had(each_stores: Stores) -> None:
    world = World(each_stores)
    set_rule(each_stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    kept, absorbed = world.add(2)
    world.persons = [absorbed]
    world.started()
    world.merge(kept, absorbed)
    world.persons = [kept]
    assert world.states(world.started()) == {("held", "cap"): 1}


def test_the_first_open_channel_is_taken(each_stores: Stores) -> None:
    first, second = FakeChannel("first"), FakeChannel("second")
    world = World(each_stores, [first, second])
    world.add(consent=True, channel="first")
    world.add(consent=True, channel="second")
    world.add(consent=None)
    broadcast = world.started()
    assert [world.message(broadcast, person).channel for person in (1, 2)] == ["first", "second"]
    assert world.states(broadcast) == {("due", None): 2, ("held", "consent"): 1}


def test_the_held_out_are_among_those_who_could_be_reached(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(100)
    world.add(100, consent=None)
    states = world.states(world.started(holdout_percent=50))
    assert states["held", "consent"] == 100
    assert states["holdout", "holdout"] + states["due", None] == 100
    assert 30 < states["holdout", "holdout"] < 70


def test_a_dry_run_says_what_then_happens(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(50)
    world.add(7, consent=None)
    world.add(3, minor=True)
    broadcast = draft_broadcast(each_stores, world.channels, "test", world.draft(holdout_percent=50))
    counted = count_broadcast(each_stores, world.channels, world.members, broadcast)
    counts = counted.counts
    assert counted.size == 60
    assert not counted.approximate
    assert counts.held["consent"] == 7
    assert counts.held["minor"] == 3
    assert counts.reach[world.accounts[0]] + counts.held["holdout"] == 50
    assert world.states(broadcast) == {}


def test_every_hold_is_an_event(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(2, consent=None)
    broadcast = world.started()
    with each_stores.ledger.read() as conn:
        rows = conn.execute(sa.select(own_events).order_by(own_events.c.id)).all()
    assert [(row.name, row.person) for row in rows] == [("message_held", 1), ("message_held", 2)]
    assert rows[0].properties["reason"] == "consent"
    assert rows[0].properties["broadcast"] == broadcast
    assert rows[0].properties["delivery_id"].startswith("m-")


@pytest.mark.parametrize(
    ("local", "channel", "kind", "until"),
    [
        ("2026-11-22 22:29", "email", "marketing", None),
        ("2026-11-22 22:30", "email", "marketing", "2026-11-23 08:30"),
        ("2026-11-23 00:10", "email", "marketing", "2026-11-23 08:30"),
        ("2026-11-23 08:30", "email", "marketing", None),
        ("2026-11-22 20:00", "sms", "marketing", "2026-11-23 09:00"),
        ("2026-11-23 08:59", "sms", "marketing", "2026-11-23 09:00"),
        ("2026-11-23 00:10", "email", "service", None),
    ],
)
def test_quiet_hours(local: str, channel: str, kind: str, until: str | None) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    now = datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
    expected = None if until is None else datetime.fromisoformat(until).replace(tzinfo=zone)
    assert QUIET_HOURS.until(now, zone, channel, kind, QUIET) == expected


def test_quiet_hours_delay_until_morning(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    world.clock.at = datetime(2026, 11, 22, 15, tzinfo=UTC)  # 23:00 in Shanghai
    broadcast = world.started()
    world.deliver()
    assert world.states(broadcast) == {("due", "quiet_hours"): 1}
    world.clock.at = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1}


def test_quiet_hours_go_by_the_persons_own_zone_where_it_is_known(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(4)
    for person, zone in ((2, "America/New_York"), (3, "Europe/London"), (4, "Nowhere/Land")):
        set_profile(each_stores, "test", person, {"timezone": zone})
    world.clock.at = datetime(2026, 11, 22, 15, tzinfo=UTC)  # 23:00 in Shanghai, 10:00 in New York, 15:00 in London
    broadcast = draft_broadcast(each_stores, world.channels, "test", world.draft())
    assert count_broadcast(each_stores, world.channels, world.members, broadcast).counts.delayed == 2
    start_broadcast(each_stores, world.channels, broadcast)
    world.intend(broadcast)
    world.deliver()
    assert _waiting(each_stores, broadcast) == {1: "quiet_hours", 2: None, 3: None, 4: "quiet_hours"}
    assert world.states(broadcast) == {("accepted", None): 2, ("due", "quiet_hours"): 2}


def test_what_could_not_go_in_time_waits_for_the_morning_of_each_person(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(2)
    set_profile(each_stores, "test", 2, {"timezone": "America/New_York"})
    world.clock.at = datetime(2026, 11, 22, 13, tzinfo=UTC)  # 21:00 in Shanghai, 8:00 in New York: quiet there
    broadcast = world.started()
    world.clock.at = datetime(2026, 11, 22, 15, tzinfo=UTC)  # 23:00 and 10:00: now it is the other way round
    world.deliver()
    assert _waiting(each_stores, broadcast) == {1: "quiet_hours", 2: None}
    world.clock.at = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 2}


def _waiting(stores: Stores, broadcast: int) -> dict[int, str | None]:
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(outbox.c.person, outbox.c.reason).where(outbox.c.broadcast == broadcast))
        return {row.person: row.reason for row in rows}


def test_what_the_law_asks_can_not_be_switched_off(stores: Stores) -> None:
    with pytest.raises(BadInput) as caught:
        set_rule(stores, "test", "consent", {}, enabled=False)
    assert caught.value.code == "rule_kept_on"


@pytest.mark.parametrize(
    ("name", "settings"),
    [("cap", {"messages": -1}), ("cap", {"days": "week"}), ("quiet_hours", {"begin": "25:00"}), ("nonsense", {})],
)
def test_unfit_settings_are_refused(stores: Stores, name: str, settings: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        set_rule(stores, "test", name, settings, enabled=True)


def test_rules_speak_in_sentences(stores: Stores) -> None:
    with stores.ledger.read() as conn:
        guard = load_guard(conn, ZoneInfo("Asia/Shanghai"))
    for state in guard.rules:
        assert all(state.rule.sentence(state.settings))
    for reason in [rule.name for rule in RULES] + list(OTHER_REASONS):
        zh, en = reason_words(reason)
        assert zh not in ("", reason)
        assert en not in ("", reason)


def _reasons_written() -> set[str]:
    """Every reason that stands in the code of reach as a text."""
    found: set[str] = set()
    for file in Path(reach.__file__).parent.rglob("*.py"):
        for each in ast.walk(ast.parse(file.read_text("utf-8"))):
            pairs: list[tuple[str | None, ast.expr]] = []
            if isinstance(each, ast.Call):
                pairs = [(given.arg, given.value) for given in each.keywords]
            elif isinstance(each, ast.Dict):
                pairs = [
                    (key.value, value)
                    for key, value in zip(each.keys, each.values, strict=True)
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                ]
            found |= {
                value.value
                for name, value in pairs
                if name == "reason" and isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
    return found


def test_every_reason_that_is_written_has_words() -> None:
    written = _reasons_written() | {LEFT}
    assert {"cancelled", "gave_up"} <= written
    assert [reason for reason in sorted(written) if reason_words(reason) == (reason, reason)] == []


def test_the_fourth_promotional_message_of_ten_is_held(each_stores: Stores) -> None:
    world = _without_caps(each_stores)
    world.add()
    for _ in range(3):
        assert world.states(_sent(world, tone="promotional")) == {("accepted", None): 1}
    assert world.states(_sent(world, tone="promotional")) == {("held", "ratio"): 1}
    assert world.states(_sent(world, tone="useful")) == {("accepted", None): 1}


def test_seven_useful_ones_make_room_for_one_that_sells(each_stores: Stores) -> None:
    world = _without_caps(each_stores)
    world.add()
    for tone in ["promotional"] * 3 + ["useful"] * 6:
        _sent(world, tone=tone)
    assert world.states(_sent(world, tone="promotional")) == {("held", "ratio"): 1}
    _sent(world, tone="useful")
    assert world.states(_sent(world, tone="promotional")) == {("accepted", None): 1}


def test_a_useful_message_that_was_refused_makes_no_room(each_stores: Stores) -> None:
    world = _without_caps(each_stores)
    world.add()
    for tone in ["promotional"] * 3 + ["useful"] * 6:
        _sent(world, tone=tone)
    world.fake.answer = lambda _: Outcome("refused", "message_refused")
    _sent(world, tone="useful")
    world.fake.answer = lambda _: ACCEPTED
    assert world.states(_sent(world, tone="promotional")) == {("held", "ratio"): 1}


def test_notices_count_on_neither_side(each_stores: Stores) -> None:
    world = _without_caps(each_stores)
    world.add()
    for _ in range(3):
        _sent(world, tone="promotional")
    for _ in range(7):
        _sent(world, kind="service")
    assert world.states(_sent(world, tone="promotional")) == {("held", "ratio"): 1}


def test_a_ratio_that_says_nothing_is_refused(stores: Stores) -> None:
    with pytest.raises(BadInput) as caught:
        set_rule(stores, "test", "ratio", {"last": 3, "promotional": 3}, enabled=True)
    assert caught.value.code == "ratio_unfit"


@pytest.mark.parametrize(("cause", "days"), [("complained", 30), ("unsubscribed", 7)])
def test_nothing_sells_for_a_while_after(each_stores: Stores, cause: str, days: int) -> None:
    world = _without_caps(each_stores)
    upset, calm = world.add(2)
    with each_stores.ledger.write() as conn:
        cooling.note(conn, [(upset, cause, "sms", world.clock.now())])
    world.clock.advance(timedelta(days=days - 1))
    assert world.states(_sent(world)) == {("accepted", None): 1, ("held", "cool_down"): 1}
    assert world.states(_sent(world, kind="service")) == {("accepted", None): 2}
    world.clock.advance(timedelta(days=1))
    assert world.states(_sent(world)) == {("accepted", None): 2}
    assert calm


def test_a_cool_down_follows_a_merge(each_stores: Stores) -> None:
    world = World(each_stores)
    kept, absorbed = world.add(2)
    with each_stores.ledger.write() as conn:
        cooling.note(conn, [(absorbed, "unsubscribed", "sms", world.clock.now())])
    world.merge(kept, absorbed)
    world.persons = [kept]
    assert world.states(world.started()) == {("held", "cool_down"): 1}


def test_who_agrees_anew_is_in_no_cool_down(each_stores: Stores) -> None:
    world = World(each_stores)
    (person,) = world.add()
    with each_stores.ledger.write() as conn:
        cooling.note(conn, [(person, "unsubscribed", "fake", world.clock.now())])
    world.clock.advance(timedelta(hours=1))
    world.consent([person], True, channel="fake")
    with each_stores.ledger.write() as conn:
        cooling.forget_who_came_back(conn, world.clock.now())
    assert world.states(world.started()) == {("due", None): 1}


@pytest.mark.parametrize(
    ("settings", "sent_before", "then", "held"),
    [
        ({"kind": "service", "messages": 1}, {"kind": "service"}, {"kind": "service"}, True),
        ({"kind": "service", "messages": 1}, {"kind": "service"}, {}, False),
        ({"kind": "any", "messages": 1}, {"kind": "service"}, {}, True),
        ({"tone": "promotional", "messages": 1}, {"tone": "promotional"}, {"tone": "promotional"}, True),
        ({"tone": "promotional", "messages": 1}, {"tone": "promotional"}, {}, False),
        ({"tone": "promotional", "messages": 1}, {}, {"tone": "promotional"}, False),
        ({"channel": "sms", "messages": 0}, {}, {}, False),
        ({"channel": "each", "messages": 1}, {}, {}, True),
    ],
)
def test_a_cap_of_ones_own(
    each_stores: Stores,
    settings: dict[str, object],
    sent_before: dict[str, str],
    then: dict[str, str],
    held: bool,
) -> None:
    world = World(each_stores)
    world.add()
    name = add_cap(each_stores, "test", settings)
    _sent(world, **sent_before)
    assert world.states(world.started(**then)) == ({("held", name): 1} if held else {("due", None): 1})


def test_a_cap_that_was_taken_away_holds_no_more_and_its_number_is_not_given_again(stores: Stores) -> None:
    world = World(stores)
    world.add()
    first = add_cap(stores, "test", {"messages": 0})
    assert world.states(world.started()) == {("held", first): 1}
    remove_cap(stores, "test", first)
    assert world.states(world.started()) == {("due", None): 1}
    assert add_cap(stores, "test", {"messages": 5}) == "cap_2"
    assert reason_words(first)[0] == "已达自定义上限 1"
    with pytest.raises(NotFound):
        remove_cap(stores, "test", first)
    with pytest.raises(BadInput):
        remove_cap(stores, "test", "cap")
    with pytest.raises(BadInput):
        set_rule(stores, "test", first, {}, enabled=True)


def test_there_are_not_too_many_caps(stores: Stores) -> None:
    for _ in range(OWN_CAPS_MAX):
        add_cap(stores, "test", {})
    with pytest.raises(Conflict):
        add_cap(stores, "test", {})


def test_settings_of_caps_from_before_keep_their_meaning(stores: Stores) -> None:
    with stores.ledger.write() as conn:
        row = {"changed": stores.clock.now(), "by": "test", "enabled": True}
        conn.execute(sa.insert(guard_rules).values(name="cap", settings={"messages": 6, "days": 9}, **row))
        conn.execute(sa.insert(guard_rules).values(name="cap_channel", settings={"messages": 2, "days": 3}, **row))
    with stores.ledger.read() as conn:
        limits = load_guard(conn, ZoneInfo("Asia/Shanghai")).limits()
    assert limits == [Limit("marketing", "any", "any", 6, 9), Limit("marketing", "each", "any", 2, 3)]


def test_what_may_have_arrived_counts_even_when_it_is_given_up(each_stores: Stores) -> None:
    world = _without_caps(each_stores)
    set_rule(each_stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    (person,) = world.add()
    world.fake.answer = lambda _: Outcome("unknown", "no_answer")
    silent = _sent(world)
    assert world.states(silent) == {("due", "no_answer"): 1}
    world.fake.answer = lambda _: ACCEPTED
    assert world.states(_sent(world)) == {("held", "cap"): 1}
    world.consent([person], False)
    world.clock.advance(timedelta(hours=1))
    world.deliver()
    assert world.states(silent) == {("unknown", "no_answer"): 1}
    world.consent([person], True)
    assert world.states(_sent(world)) == {("held", "cap"): 1}


def _without_caps(stores: Stores) -> World:
    for name in ("cap", "cap_channel"):
        set_rule(stores, "test", name, {}, enabled=False)
    return World(stores)


def _sent(world: World, **changes: str) -> int:
    broadcast = world.started(**changes)
    world.deliver()
    world.clock.advance(timedelta(seconds=1))
    return broadcast
