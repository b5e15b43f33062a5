"""Two workers on one PostgreSQL ledger: no message is claimed by both, and none goes out under two ids."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.channels import ACCEPTED, Message, Outcome
from siyu.reach import delivery
from siyu.reach.claiming import Claim
from siyu.reach.settling import give_back
from siyu.reach.tables import outbox
from siyu.storage import Ledger, Stores
from tests.reach.world import World

PEOPLE = 1_500
ROUNDS = 30

pytestmark = pytest.mark.postgresql


@pytest.fixture
def world(postgresql_stores: Stores) -> World:
    return World(postgresql_stores)


@pytest.fixture
def second(postgresql_stores: Stores) -> Iterator[Stores]:
    """The same stores as the process of another worker has them: with connections of its own."""
    mine = postgresql_stores
    ledger = Ledger(mine.ledger.engine.url.render_as_string(hide_password=False))
    yield replace(mine, ledger=ledger)
    ledger.close()


def test_side_by_side_they_never_claim_or_send_the_same_message(
    world: World, second: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(PEOPLE)
    broadcast = world.started()
    claims: list[Claim] = []
    claim = delivery.claim

    def noted(*given: object, **named: object) -> Claim:
        claims.append(claim(*given, **named))  # pyright: ignore[reportArgumentType, reportCallIssue]
        return claims[-1]

    monkeypatch.setattr(delivery, "claim", noted)
    workers = [delivery.Deliverer(each, world.channels, machine_clock=world.clock) for each in (world.stores, second)]
    together = threading.Barrier(2)

    def work(worker: delivery.Deliverer) -> None:
        together.wait()
        for _ in range(ROUNDS):
            worker.tick()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in workers:
        worker.stop()
    assert world.states(broadcast) == {("accepted", None): PEOPLE}
    assert set(Counter(number for each in claims for number in each.messages).values()) == {1}
    received = world.fake.received
    assert len({message.person for message in received}) == len({message.delivery_id for message in received}) == PEOPLE
    assert len(received) == PEOPLE


def test_what_a_dead_worker_had_under_way_goes_out_under_the_same_id(world: World, second: Stores) -> None:
    world.add(20)
    broadcast = world.started()

    def die(message: Message) -> Outcome:
        raise SystemExit

    world.fake.answer = die
    dead = world.deliverer()
    with suppress(SystemExit):
        dead.tick()
    dead.stop()
    assert world.states(broadcast) == {("attempted", None): 20}
    world.fake.answer = lambda _: ACCEPTED
    living = delivery.Deliverer(second, world.channels, machine_clock=world.clock)
    living.tick()
    assert world.states(broadcast) == {("attempted", None): 20}  # the lease may still be another's
    world.clock.advance(timedelta(minutes=6))
    living.tick()
    living.stop()
    assert world.states(broadcast) == {("accepted", None): 20}
    assert set(Counter(message.delivery_id for message in world.fake.received).values()) == {2}


def test_what_another_worker_claimed_meanwhile_is_not_given_back(world: World) -> None:
    world.add()
    broadcast = world.started()
    number = world.message(broadcast, 1).id
    with world.stores.ledger.write() as conn:
        conn.execute(sa.update(outbox).values(state="claimed", lease="of another", attempts=1))
        give_back(conn, "expired", [number])
    assert (world.message(broadcast, 1).state, world.message(broadcast, 1).attempts) == ("claimed", 1)
