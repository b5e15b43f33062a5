"""A turn of delivery: how much is under way at once, and what becomes of what was not called."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.channels import ACCEPTED, Message, Outcome
from siyu.channels.fake import ABOUT, FakeChannel
from siyu.reach.broadcasts import pause_broadcast
from siyu.reach.claiming import release
from siyu.reach.sending import CALLS_AT_ONCE, Paces
from siyu.reach.settling import NOT_CALLED
from siyu.reach.tables import attempts, outbox, paces
from siyu.storage import Stores
from tests.reach.world import World

AT_ONCE = ABOUT.list_max * CALLS_AT_ONCE


def test_once_an_account_is_known_to_be_quick_one_turn_takes_many_slices(stores: Stores) -> None:
    world = World(stores)
    world.add(AT_ONCE * 5)
    broadcast = world.started()
    deliverer = world.deliverer()
    assert deliverer.tick() == AT_ONCE
    assert deliverer.tick() == AT_ONCE * 4
    deliverer.stop()
    assert world.states(broadcast) == {("accepted", None): AT_ONCE * 5}
    assert len(world.fake.received) == len({each.delivery_id for each in world.fake.received}) == AT_ONCE * 5


def test_where_repeats_reach_people_one_call_is_under_way_at_a_time(each_stores: Stores) -> None:
    world = World(each_stores, [FakeChannel(drops_repeats=False)])
    world.add(ABOUT.list_max * 4)
    broadcast = world.started()
    under_way: list[int] = []

    def answer(message: Message) -> Outcome:
        with each_stores.ledger.read() as conn:
            open_ones = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state == "attempted")
            under_way.append(conn.execute(open_ones).scalar_one())
        return ACCEPTED

    world.fake.answer = answer
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): ABOUT.list_max * 4}
    assert set(under_way) == {ABOUT.list_max}


def test_a_pause_in_the_middle_of_a_turn_gives_the_rest_back(each_stores: Stores) -> None:
    world = World(each_stores, [FakeChannel(drops_repeats=False)])
    world.add(ABOUT.list_max * 4)
    broadcast = world.started()
    deliverer = world.deliverer()
    deliverer.tick()  # now it is known how quick the account is

    def answer(message: Message) -> Outcome:
        if message is world.fake.calls[-1][0]:
            pause_broadcast(each_stores, broadcast)
        return ACCEPTED

    world.fake.answer = answer
    deliverer.tick()
    deliverer.stop()
    assert world.states(broadcast) == {("accepted", None): ABOUT.list_max * 2, ("due", None): ABOUT.list_max * 2}
    with each_stores.ledger.read() as conn:
        tried = sa.select(sa.func.max(outbox.c.attempts)).where(outbox.c.state == "due")
        assert conn.execute(tried).scalar_one() == 0


def test_what_a_stopped_account_was_not_asked_for_waits_as_if_it_had_not_been_claimed(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(AT_ONCE * 4)
    broadcast = world.started()
    deliverer = world.deliverer()
    deliverer._paces.note(world.accounts[0], 1_000_000, 1.0)  # pyright: ignore[reportPrivateUsage]
    world.fake.answer = lambda _: Outcome("refused", "receiver_gone", account_stopped=True)
    deliverer.tick()
    refused = world.states(broadcast)["refused", "receiver_gone"]
    assert refused <= AT_ONCE  # the calls that were under way, although more was written down as attempted
    assert world.states(broadcast)["due", None] == AT_ONCE * 4 - refused
    with each_stores.ledger.read() as conn:
        rows = conn.execute(sa.select(attempts.c.outcome, sa.func.count()).group_by(attempts.c.outcome))
        outcomes = {row.outcome for row in rows}
        waiting = sa.select(sa.func.max(outbox.c.attempts)).where(outbox.c.state == "due")
        assert conn.execute(waiting).scalar_one() == 0
    assert outcomes == {"refused", NOT_CALLED}
    with each_stores.ledger.write() as conn:
        release(conn, world.accounts[0])
    world.fake.answer = lambda _: ACCEPTED
    while deliverer.tick():
        pass
    deliverer.stop()
    assert world.states(broadcast)["accepted", None] == AT_ONCE * 4 - refused


def test_an_account_that_takes_nothing_for_now_rests_after_a_few_calls(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(AT_ONCE * 4)
    broadcast = world.started()
    deliverer = world.deliverer()
    deliverer._paces.note(world.accounts[0], 1_000_000, 1.0)  # pyright: ignore[reportPrivateUsage]
    world.fake.answer = lambda _: Outcome("passing", "receiver_busy", retry_after_seconds=60)
    deliverer.tick()
    deliverer.stop()
    assert len(world.fake.calls) <= 2 * CALLS_AT_ONCE
    assert world.states(broadcast)["due", None] >= AT_ONCE * 2
    with each_stores.ledger.read() as conn:
        assert conn.execute(sa.select(paces.c.rests_until)).scalar_one() is not None


def test_how_quick_an_account_is_is_known_from_its_last_turn() -> None:
    known = Paces()
    assert known.within(1, 60) == 0
    known.note(1, 500, 0.5)
    known.note(1, 0, 3.0)  # nothing was called
    assert known.within(1, 0.25) == 250
