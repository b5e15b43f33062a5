"""Who of several senders goes first, and whose is the last message that a cap allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from siyu.channels import ACCEPTED, Message, Outcome
from siyu.channels.fake import FakeChannel
from siyu.channels.tables import accounts
from siyu.reach import claiming
from siyu.reach.broadcasts import get_broadcast, pause_broadcast, resume_broadcast
from siyu.reach.claiming import lanes
from siyu.reach.guard import set_rule
from siyu.reach.priorities import PRIORITY_MAX, rank_of
from siyu.reach.tables import attempts, outbox
from siyu.reach.tables import broadcasts as senders
from siyu.storage import BadInput, Conflict, Stores, metadata
from tests.examples import examples
from tests.reach.world import World


@pytest.fixture
def world(each_stores: Stores) -> World:
    return World(each_stores)


def capped(world: World, messages: int, days: int = 7) -> None:
    set_rule(world.stores, "test", "cap", {"messages": messages, "days": days}, enabled=True)


# --- who goes first


def order(world: World, served: Mapping[tuple[int, int], int] | None = None) -> list[int]:
    with world.stores.ledger.read() as conn:
        return [lane.broadcast for lane in lanes(conn, world.clock.now(), served)]


def test_service_goes_before_marketing_and_the_higher_priority_before_the_lower_and_the_older_before_the_newer(
    world: World,
) -> None:
    world.add()
    world.consent(world.persons, True, purpose="service")
    capped(world, 9)
    low = world.started(priority=0)
    usual, later = world.started(), world.started()
    high = world.started(priority=PRIORITY_MAX)
    service = world.started(kind="service", priority=0)
    assert order(world) == [service, high, usual, later, low]


def test_of_one_priority_goes_first_whose_turn_is_longest_ago(world: World) -> None:
    world.add()
    (account,) = world.accounts
    one, two, three = (world.started() for _ in range(3))
    assert order(world, {(one, account): 5, (two, account): 4}) == [three, two, one]


def test_of_all_senders_only_those_with_something_to_send_now_have_a_turn(world: World) -> None:
    world.add()
    sent = world.started()
    world.deliver()
    late = world.started()
    with world.stores.ledger.write() as conn:
        later = world.clock.now() + timedelta(hours=1)
        conn.execute(sa.update(outbox).where(outbox.c.broadcast == late).values(due=later))
    assert (order(world), sent) == ([], sent)
    world.clock.advance(timedelta(hours=1))
    assert order(world) == [late]


def test_senders_of_one_priority_share_what_an_account_may_send(world: World) -> None:
    world.add(60)
    a_second = 5
    with world.stores.ledger.write() as conn:
        conn.execute(sa.update(accounts).values(settings={"per_second": a_second}))
    ours = [world.started() for _ in range(3)]
    deliverer, done = world.deliverer(), [0]
    for _ in range(12):
        deliverer.tick()
        done = [world.states(each).get(("accepted", None), 0) for each in ours]
        assert max(done) - min(done) <= a_second
        world.clock.advance(timedelta(seconds=1))
    deliverer.stop()
    assert done == [20, 20, 20]


def test_a_higher_priority_has_all_that_an_account_may_send_until_it_is_done(world: World) -> None:
    world.add(10)
    with world.stores.ledger.write() as conn:
        conn.execute(sa.update(accounts).values(settings={"per_second": 5}))
    low, high = world.started(priority=10), world.started(priority=90)
    deliverer = world.deliverer()
    for _ in range(2):
        deliverer.tick()
        world.clock.advance(timedelta(seconds=1))
    deliverer.stop()
    assert (world.states(high), world.states(low)) == ({("accepted", None): 10}, {("due", None): 10})


@pytest.mark.parametrize("priority", [-1, PRIORITY_MAX + 1])
def test_a_priority_is_between_nought_and_a_hundred(stores: Stores, priority: int) -> None:
    world = World(stores)
    with pytest.raises(BadInput, match="priority"):
        world.begun(priority=priority)
    assert get_broadcast(stores, world.begun(priority=7)).draft.priority == 7


# --- whose the last message is


@pytest.mark.parametrize(("waiting", "held"), [(10, False), (50, True), (90, True)])
def test_what_waits_takes_a_place_from_the_same_and_the_lower_only(world: World, waiting: int, held: bool) -> None:
    (person,) = world.add()
    capped(world, 1)
    world.started(priority=waiting)
    assert world.message(world.started(), person).state == ("held" if held else "due")


def test_the_last_place_is_the_more_important_ones_though_it_came_later(world: World) -> None:
    (person,) = world.add()
    capped(world, 1)
    low, high = world.started(priority=10), world.started(priority=90)
    world.deliver()
    world.deliver()
    assert world.message(high, person).state == "accepted"
    assert (world.message(low, person).state, world.message(low, person).reason) == ("held", "cap")


def test_what_was_sent_counts_for_the_more_important_too(world: World) -> None:
    (person,) = world.add()
    capped(world, 1)
    low = world.started(priority=10)
    world.deliver()
    high = world.started(priority=90)
    assert (world.message(low, person).state, world.message(high, person).state) == ("accepted", "held")


def test_the_place_is_kept_where_the_more_important_one_waits_for_another_account(each_stores: Stores) -> None:
    world = World(each_stores, [FakeChannel("a"), FakeChannel("b")])
    (person,) = world.add()
    capped(world, 1)
    slow, quick = world.accounts
    low, high = world.started(priority=10, channels=[quick]), world.started(priority=90, channels=[slow])
    with each_stores.ledger.write() as conn:
        claiming.stop(conn, slow, "account_refused")
    world.deliver()
    assert (world.message(low, person).state, world.message(high, person).state) == ("held", "due")


def test_no_place_is_kept_for_a_paused_one(world: World) -> None:
    (person,) = world.add()
    capped(world, 1)
    low, high = world.started(priority=10), world.started(priority=90)
    pause_broadcast(world.stores, high)
    world.deliver()
    assert world.message(low, person).state == "accepted"


# --- the law

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.integers(0, 5)),
        st.tuples(st.just("pause"), st.integers(0, 5)),
        st.tuples(st.just("resume"), st.integers(0, 5)),
        st.tuples(st.just("stop"), st.integers(0, 1)),
        st.tuples(st.just("release"), st.integers(0, 1)),
        st.tuples(st.just("deliver"), st.just(1)),
        st.tuples(st.just("hours"), st.integers(1, 40)),
    ),
    min_size=8,
    max_size=30,
)
DAYS = 3
PRIORITIES = (50, 10, 90, 50, 90, 10)


def places_taken(conn: Connection, person: int, now: datetime, rank: int, message: int | None = None) -> int:
    """A slow reading of the caps' first paragraph, row by row."""
    silent = {row.message for row in conn.execute(sa.select(attempts)) if row.outcome in (None, "unknown")}
    going = set(conn.execute(sa.select(senders.c.id).where(senders.c.state.in_(["intending", "sending"]))).scalars())
    taken = 0
    for row in conn.execute(sa.select(outbox).where(outbox.c.person == person)):
        if row.id == message or row.counted is None or row.counted <= now - timedelta(days=DAYS):
            continue
        arrived = row.state in ("claimed", "attempted", "handed", "accepted", "unknown") or row.id in silent
        if message is None:
            waits = row.state == "due" and row.priority >= rank
        else:
            waits = row.state == "due" and row.priority > rank and row.broadcast in going
        taken += arrived or waits
    return taken


@examples(15)
@example([("begin", 1), ("begin", 2), ("stop", 0), ("deliver", 1)], 1, 0)  # the more important one's account is stopped
@given(STEPS, st.integers(1, 2), st.integers(0, 2**16))
def test_in_any_interleaving_no_cap_is_passed_and_who_is_held_gave_way_to_the_same_or_more_important_only(
    stores: Stores, steps: list[tuple[str, int]], most: int, seed: int
) -> None:
    with stores.ledger.write() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(sa.delete(table))
    world = World(stores, [FakeChannel("a"), FakeChannel("b")])
    capped(world, most, DAYS)
    set_rule(stores, "test", "cap_channel", {"messages": 9, "days": DAYS}, enabled=False)
    world.add(3)
    got: dict[int, dict[str, datetime]] = defaultdict(dict)

    def answer(message: Message) -> Outcome:
        chance = crc32(f"{seed} {message.delivery_id} {world.clock.now()}".encode()) % 5
        if chance < 2:
            return Outcome("passing", "receiver_busy", retry_after_seconds=3600)
        got[message.person].setdefault(message.delivery_id, world.clock.now())
        return Outcome("unknown", "no_answer") if chance == 2 else ACCEPTED

    for fake in world.fakes:
        fake.answer = answer
    with pytest.MonkeyPatch.context() as patch:
        wrong: list[str] = []
        patch.setattr(claiming, "speak_again", _checked(world, most, wrong))
        _walked(world, steps, most)
    assert wrong == []
    for times in got.values():
        moments = sorted(times.values())
        assert all(late - early >= timedelta(days=DAYS) for early, late in zip(moments, moments[most:], strict=False))


def _walked(world: World, steps: list[tuple[str, int]], most: int) -> None:
    begun: list[int] = []
    deliverer = world.deliverer()
    for step, number in steps:
        if step == "begin":
            begun.append(world.begun(priority=PRIORITIES[number], channels=[world.accounts[number % 2]]))
            _write(world, begun[-1], most)
        elif step == "hours":
            world.clock.advance(timedelta(hours=number))
        elif step == "deliver":
            deliverer.tick()
        elif step in ("stop", "release"):
            _mind(world, step, world.accounts[number])
        elif begun:
            _steer(world, step, begun[number % len(begun)])
    deliverer.stop()


def _checked(world: World, most: int, wrong: list[str]) -> Any:
    """The guard's second word, compared with the slow reading at that moment. (Delivery would survive an error.)"""
    speak = claiming.speak_again

    def speak_again(conn: Connection, *given: Any) -> dict[int, str]:
        held = speak(conn, *given)
        messages: Sequence[int] = given[-1]
        for row in conn.execute(sa.select(outbox).where(outbox.c.id.in_(messages))).all():
            taken = places_taken(conn, row.person, world.clock.now(), row.priority, row.id)
            if (held.get(row.id) == "cap") != (taken >= most):
                wrong.append(f"message {row.id} was {held.get(row.id, 'let')} where {taken} places were taken")
        return held

    return speak_again


def _write(world: World, broadcast: int, most: int) -> None:
    world.intend(broadcast)
    _check_written(world, broadcast, most)


def _mind(world: World, step: str, account: int) -> None:
    with world.stores.ledger.write() as conn:
        if step == "stop":
            claiming.stop(conn, account, "account_refused")
        else:
            claiming.release(conn, account)


def _steer(world: World, step: str, broadcast: int) -> None:
    try:
        if step == "pause":
            pause_broadcast(world.stores, broadcast)
        else:
            resume_broadcast(world.stores, broadcast)
    except Conflict:
        return  # not the state for it: an operator would be told so


def _written(world: World, broadcast: int) -> dict[int, str]:
    with world.stores.ledger.read() as conn:
        query = sa.select(outbox.c.person, outbox.c.state).where(outbox.c.broadcast == broadcast)
        return {row.person: row.state for row in conn.execute(query)}


def _check_written(world: World, broadcast: int, most: int) -> None:
    """Just written, those are held, and only those, whose places are taken."""
    rank = rank_of("marketing", get_broadcast(world.stores, broadcast).draft.priority)
    with world.stores.ledger.read() as conn:
        for person, state in _written(world, broadcast).items():
            of_others = places_taken(conn, person, world.clock.now(), rank) - (state == "due")
            assert (state == "held") == (of_others >= most)
