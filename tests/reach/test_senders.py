"""Messages of journeys as senders that stand: what is written, told and held of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from siyu.insight.today import happenings, todos
from siyu.people.tables import own_events
from siyu.reach.broadcasts import (
    cancel_broadcast,
    copy_broadcast,
    get_broadcast,
    list_broadcasts,
    pause_broadcast,
    resume_broadcast,
)
from siyu.reach.guard import Way, Wish, load_guard, set_rule
from siyu.reach.intending import close_out
from siyu.reach.outbox import Intention, intend, intend_and_tell
from siyu.reach.senders import StandingState, read_standing, senders_of, set_standing_state, stand
from siyu.reach.tables import outbox
from siyu.reach.why import why
from siyu.storage import NotFound, Stores
from tests.reach.world import World

SHOP = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def world(each_stores: Stores) -> World:
    return World(each_stores)


def standing(world: World, node: str = "hello", version: int = 1, **changes: Any) -> int:
    values: dict[str, Any] = {
        "name": "新客 · 问候",
        "kind": "marketing",
        "tone": "useful",
        "channels": world.accounts,
        "content": {fake.name: {"text": "{{ person.name }}好"} for fake in world.fakes},
        "when_unknown": "leave",
        "priority": 50,
        "salt": "s",
        "by": "staff:1",
        "now": world.clock.now(),
    }
    with world.stores.ledger.write() as conn:
        return stand(conn, journey=3, version=version, node=node, **(values | changes))


def asked(
    world: World, sender: int, persons: Sequence[int], *, run: int = 1, again: Sequence[str] = ()
) -> dict[int, str]:
    now = world.clock.now()
    with world.stores.ledger.write() as conn:
        found = read_standing(conn, world.channels, sender)
        intention = found.intention(installation="test", now=now, run=run, asked_again=again)
        return intend_and_tell(conn, load_guard(conn, SHOP), intention, persons)


def rows_of(world: World, sender: int) -> list[tuple[int, int, str]]:
    with world.stores.ledger.read() as conn:
        query = sa.select(outbox.c.person, outbox.c.run, outbox.c.state).where(outbox.c.broadcast == sender)
        return [tuple(row) for row in conn.execute(query.order_by(outbox.c.person, outbox.c.run))]


def set_state(world: World, state: StandingState, version: int | None = None) -> list[int]:
    with world.stores.ledger.write() as conn:
        return set_standing_state(conn, 3, version, state, now=world.clock.now())


def test_a_step_has_one_sender_however_often_it_is_made(world: World) -> None:
    first = standing(world)
    assert standing(world) == first
    other, later = standing(world, "bye"), standing(world, version=2)
    with world.stores.ledger.read() as conn:
        assert senders_of(conn, 3, 1) == {"hello": first, "bye": other}
        assert senders_of(conn, 3, 2) == {"hello": later}


def test_who_is_held_is_told_with_the_reason(world: World) -> None:
    yes, no = world.add(2), world.add(1, consent=False)
    sender = standing(world)
    assert asked(world, sender, [*yes, *no]) == {no[0]: "consent"}
    assert rows_of(world, sender) == [(yes[0], 1, "due"), (yes[1], 1, "due"), (no[0], 1, "held")]


def test_asked_again_nothing_is_written_and_the_same_is_told(world: World) -> None:
    persons = [*world.add(2), *world.add(1, consent=False)]
    sender = standing(world)
    first = asked(world, sender, persons)
    world.consent([persons[2]], True)
    assert asked(world, sender, persons) == first
    assert len(rows_of(world, sender)) == 3


def test_who_is_held_for_a_passing_reason_leaves_no_row_and_may_be_asked_for_again(world: World) -> None:
    yes, no = world.add(1), world.add(1, consent=False)
    sender = standing(world)
    told = asked(world, sender, [*yes, *no], again=["consent"])
    assert (told, rows_of(world, sender)) == ({no[0]: "consent"}, [(yes[0], 1, "due")])
    world.consent(no, True)
    assert asked(world, sender, no, again=["consent"]) == {}
    assert len(rows_of(world, sender)) == 2


def test_each_run_has_its_own_message(world: World) -> None:
    (person,) = world.add()
    sender = standing(world)
    assert asked(world, sender, [person]) == asked(world, sender, [person], run=2) == {}
    assert rows_of(world, sender) == [(person, 1, "due"), (person, 2, "due")]
    world.deliver()
    assert rows_of(world, sender) == [(person, 1, "accepted"), (person, 2, "accepted")]


def test_nodes_of_one_person_get_one_message_and_the_same_answer(world: World) -> None:
    kept, absorbed, other = world.add(3)
    world.merge(kept, absorbed)
    sender = standing(world)
    assert asked(world, sender, [absorbed, kept, other, 99]) == {99: "gone"}
    assert rows_of(world, sender) == [(kept, 1, "due"), (other, 1, "due")]


@pytest.mark.parametrize(("run", "told"), [(1, ["already"]), (2, [])])
def test_who_was_merged_into_somebody_who_has_it_gets_it_once_a_run(world: World, run: int, told: list[str]) -> None:
    first, second = world.add(2)
    sender = standing(world)
    asked(world, sender, [first])
    world.merge(second, first)
    assert list(asked(world, sender, [second], run=run).values()) == told


def test_merged_after_writing_only_one_of_the_same_run_goes_out(world: World) -> None:
    first, second = world.add(2)
    sender = standing(world)
    asked(world, sender, [first, second])
    asked(world, sender, [second], run=2)
    world.merge(first, second)
    world.deliver()
    world.deliver()  # a round in which all are held counts for nothing done
    assert sorted(state for _, _, state in rows_of(world, sender)) == ["accepted", "accepted", "held"]


def test_what_is_told_of_a_message_names_journey_step_and_run(world: World) -> None:
    yes, no = world.add(1), world.add(1, consent=False)
    sender = standing(world)
    asked(world, sender, [*yes, *no], run=4)
    world.deliver()
    with world.stores.ledger.read() as conn:
        told = {row.name: row.properties for row in conn.execute(sa.select(own_events))}
    assert set(told) == {"message_held", "message_accepted"}
    named = {"broadcast": sender, "journey": 3, "node": "hello", "run": 4}
    assert all(properties.items() >= named.items() for properties in told.values())


def test_what_is_told_of_a_broadcasts_message_names_no_journey(world: World) -> None:
    world.add()
    world.started()
    world.deliver()
    with world.stores.ledger.read() as conn:
        (properties,) = conn.execute(sa.select(own_events.c.properties)).scalars()
    assert not properties.keys() & {"journey", "node", "run"}


def test_a_sender_stands_until_its_journey_says_otherwise(world: World) -> None:
    one, two, three = world.add(3)
    sender = standing(world)
    asked(world, sender, [one])
    world.deliver()
    assert set_state(world, "paused") == [sender]
    asked(world, sender, [two])
    world.deliver()
    assert rows_of(world, sender) == [(one, 1, "accepted"), (two, 1, "due")]
    assert set_state(world, "standing") == [sender]
    world.deliver()
    assert rows_of(world, sender)[1] == (two, 1, "accepted")
    asked(world, sender, [three])
    assert set_state(world, "cancelled") == [sender]
    close_out(world.stores, sender, "cancelled")
    assert rows_of(world, sender)[2] == (three, 1, "cancelled")
    assert set_state(world, "standing") == []


def test_one_version_is_steered_apart_from_the_others(world: World) -> None:
    old, new = standing(world), standing(world, version=2)
    assert set_state(world, "cancelled", 1) == [old]
    assert set_state(world, "paused") == [new]


def test_lists_and_actions_of_broadcasts_know_nothing_of_journeys(world: World) -> None:
    own, sender = world.begun(), standing(world)
    assert [each.id for each in list_broadcasts(world.stores)] == [own]
    assert {each.number for each in todos(world.stores)} <= {None, own}
    assert {each.number for each in happenings(world.stores)} == {own}
    with pytest.raises(NotFound):
        get_broadcast(world.stores, sender)
    for act in (pause_broadcast, resume_broadcast, cancel_broadcast):
        with pytest.raises(NotFound):
            act(world.stores, sender)
    with pytest.raises(NotFound):
        copy_broadcast(world.stores, "staff:1", sender)


def test_why_tells_of_the_journey(world: World) -> None:
    (person,) = world.add()
    sender = standing(world)
    asked(world, sender, [person])
    with world.stores.ledger.read() as conn:
        (number,) = conn.execute(sa.select(outbox.c.id)).scalars()
    told = why(world.stores, number)
    assert (told.broadcast.journey, told.broadcast.node, told.matched) == (3, "hello", None)
    assert "旅程 3" in told.audience_sentence[0]


def test_a_message_has_the_rank_of_its_sender(world: World) -> None:
    (person,) = world.add()
    sender = standing(world, priority=90)
    asked(world, sender, [person])
    assert world.message(sender, person).priority == 90


def test_telling_and_not_telling_write_the_same(world: World) -> None:
    set_rule(world.stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    persons = [*world.add(3), *world.add(2, consent=False)]
    one, two = standing(world), standing(world, "bye")
    now = world.clock.now()
    ways = [Way(number, fake.about) for number, fake in zip(world.accounts, world.fakes, strict=True)]
    with world.stores.ledger.write() as conn:
        guard = load_guard(conn, SHOP)
        intend(conn, guard, Intention(one, Wish("marketing", "useful", ways, now), "test", now), persons[:2], [])
    told = asked(world, two, persons)
    with world.stores.ledger.read() as conn:
        query = sa.select(outbox.c.person, outbox.c.state, outbox.c.reason).where(outbox.c.broadcast == two)
        rows = conn.execute(query).all()
    assert told == {row.person: row.reason for row in rows if row.state == "held"}
    assert set(told.values()) == {"cap", "consent"}
    assert len(rows) > len(told)
