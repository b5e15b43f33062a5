"""The guard: who gets a message, and why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from siyu.channels.fake import FakeChannel
from siyu.people.actions import set_profile
from siyu.people.tables import identifiers, own_events
from siyu.reach.broadcasts import draft_broadcast, start_broadcast
from siyu.reach.guard import OTHER_REASONS, load_guard, reason_words, set_rule
from siyu.reach.intending import count_broadcast
from siyu.reach.rules import QUIET_HOURS, RULES
from siyu.reach.tables import blocklist, outbox
from siyu.storage import BadInput, Stores
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
def test_minors_get_no_marketing(each_stores: Stores, columns: dict[str, object], held: bool) -> None:
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
    broadcast = draft_broadcast(each_stores, world.channels, "test", world.draft(holdout_percent=10))
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
