"""Delivery: each message reaches the platform under one id, and what is known of it is true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.channels import ACCEPTED, Message, Outcome
from siyu.channels.fake import FakeChannel
from siyu.people.tables import own_events, people
from siyu.reach.broadcasts import cancel_broadcast, get_broadcast, pause_broadcast, resume_broadcast
from siyu.reach.claiming import release
from siyu.reach.composing import Composed, Composer
from siyu.reach.guard import set_rule
from siyu.reach.intending import close_out
from siyu.reach.settling import ATTEMPTS_MAX
from siyu.reach.tables import attempts, outbox, paces
from siyu.storage import Stores
from tests.reach.world import World


def once(first: Outcome) -> Callable[[Message], Outcome]:
    """The first try of each message gets this, every later one is accepted."""
    seen: set[str] = set()

    def answer(message: Message) -> Outcome:
        if message.delivery_id in seen:
            return ACCEPTED
        seen.add(message.delivery_id)
        return first

    return answer


def test_everybody_gets_one_message_under_one_id(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(320)
    broadcast = world.started()
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 320}
    assert len({message.delivery_id for message in world.fake.received}) == len(world.fake.received) == 320
    assert get_broadcast(each_stores, broadcast).state == "done"


def test_what_was_accepted_is_an_event(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    broadcast = world.started()
    world.deliver()
    with each_stores.ledger.read() as conn:
        row = conn.execute(sa.select(own_events)).one()
    number = world.message(broadcast, 1).id
    assert (row.name, row.person) == ("message_accepted", 1)
    assert row.properties["channel"] == "fake"
    assert row.properties["delivery_id"].endswith(f"-{number}")


def test_the_attempt_is_on_disk_before_the_call(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    broadcast = world.started()
    seen: list[tuple[str, int]] = []

    def answer(message: Message) -> Outcome:
        with each_stores.ledger.read() as conn:
            written = conn.execute(sa.select(sa.func.count()).select_from(attempts)).scalar_one()
        seen.append((world.message(broadcast, 1).state, written))
        return ACCEPTED

    world.fake.answer = answer
    world.deliver()
    assert seen == [("attempted", 1)]


def test_a_refusal_is_for_ever(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    world.fake.answer = lambda _: Outcome("refused", "message_refused", {"words": "no"})
    broadcast = world.started()
    world.deliver()
    world.clock.advance(timedelta(days=1))
    world.deliver()
    assert world.states(broadcast) == {("refused", "message_refused"): 1}
    assert len(world.fake.received) == 1


def test_a_refusal_falls_back_to_the_next_channel_under_the_same_id(each_stores: Stores) -> None:
    first = FakeChannel("first", answer=lambda _: Outcome("refused", "message_refused"))
    second = FakeChannel("second")
    world = World(each_stores, [first, second])
    world.add()
    broadcast = world.started()
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1}
    assert [m.delivery_id for m in first.received] == [m.delivery_id for m in second.received]


def test_what_passes_is_tried_again_later_with_the_same_id(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    world.fake.answer = once(Outcome("passing", "receiver_busy", retry_after_seconds=90))
    broadcast = world.started()
    world.deliver()
    assert world.states(broadcast) == {("due", "receiver_busy"): 1}
    world.clock.advance(timedelta(seconds=89))
    world.deliver()
    assert len(world.fake.received) == 1
    world.clock.advance(timedelta(seconds=2))
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1}
    assert len({message.delivery_id for message in world.fake.received}) == 1


def test_it_is_given_up_in_the_end(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    world.fake.answer = lambda _: Outcome("passing", "receiver_busy")
    broadcast = world.started()
    for _ in range(ATTEMPTS_MAX + 1):
        world.deliver()
        world.clock.advance(timedelta(hours=2))
    world.clock.at += timedelta(hours=12)
    assert len(world.fake.received) <= ATTEMPTS_MAX
    with each_stores.ledger.read() as conn:
        tries = conn.execute(sa.select(outbox.c.attempts)).scalar_one()
    assert tries == len(world.fake.received)
    while world.states(broadcast) != {("refused", "gave_up"): 1}:
        world.deliver()
        world.clock.advance(timedelta(hours=2))
        assert len(world.fake.received) <= ATTEMPTS_MAX


def test_without_an_answer_it_is_sent_again_where_repeats_are_dropped(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    world.fake.answer = once(Outcome("unknown", "no_answer"))
    broadcast = world.started()
    world.deliver()
    world.clock.advance(timedelta(minutes=1))
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1}
    assert len({message.delivery_id for message in world.fake.received}) == 1


@pytest.mark.parametrize(("rule", "state", "calls"), [("leave", "unknown", 1), ("send_again", "accepted", 2)])
def test_without_an_answer_the_operators_rule_decides_elsewhere(
    each_stores: Stores, rule: str, state: str, calls: int
) -> None:
    world = World(each_stores, [FakeChannel(drops_repeats=False)])
    world.add()
    world.fake.answer = once(Outcome("unknown", "no_answer"))
    broadcast = world.started(when_unknown=rule)
    world.deliver()
    world.clock.advance(timedelta(minutes=1))
    world.deliver()
    assert [key[0] for key in world.states(broadcast)] == [state]
    assert len(world.fake.received) == calls


def test_a_channel_that_fails_leaves_unknown_and_not_a_dead_worker(
    each_stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(each_stores, [FakeChannel(drops_repeats=False)])
    world.add()

    def fail(message: Message) -> Outcome:
        raise RuntimeError("a fault of the program")

    world.fake.answer = fail
    broadcast = world.started()
    world.deliver()
    assert world.states(broadcast) == {("unknown", "no_answer"): 1}


def test_consent_withdrawn_before_sending_holds_it(each_stores: Stores) -> None:
    world = World(each_stores)
    stays, leaves = world.add(2)
    broadcast = world.started()
    world.consent([leaves], False)
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1, ("held", "consent"): 1}
    assert [message.person for message in world.fake.received] == [stays]


def test_two_that_were_merged_get_one_message(each_stores: Stores) -> None:
    world = World(each_stores)
    kept, absorbed = world.add(2)
    broadcast = world.started()
    world.merge(kept, absorbed)
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1, ("held", "already"): 1}
    assert len(world.fake.received) == 1


def test_a_merge_while_it_is_written_gives_no_second_message(each_stores: Stores) -> None:
    world = World(each_stores)
    absorbed, kept = world.add(2)
    world.persons = [absorbed]
    broadcast = world.started()
    world.merge(kept, absorbed)
    with each_stores.ledger.write() as conn:  # the other one comes in a later chunk
        conn.execute(sa.text("UPDATE broadcasts SET state = 'intending'"))
    from siyu.reach.tables import broadcast_members

    with each_stores.ledger.write() as conn:
        conn.execute(
            sa.insert(broadcast_members).values(
                broadcast=broadcast, first=kept, last=kept, size=1, persons=kept.to_bytes(4, "little")
            )
        )
    world.intend(broadcast)
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1}


def test_a_paused_broadcast_sends_nothing_until_it_goes_on(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(3)
    broadcast = world.started()
    pause_broadcast(each_stores, broadcast)
    world.deliver()
    assert world.fake.received == []
    resume_broadcast(each_stores, broadcast)
    world.intend(broadcast)
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 3}


def test_a_pause_while_claimed_gives_the_messages_back(each_stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(each_stores)
    world.add(3)
    broadcast = world.started()
    written = Composer.compose

    def pausing(composer: Composer, numbers: Sequence[int], persons: Sequence[int]) -> Composed:
        pause_broadcast(each_stores, broadcast)
        return written(composer, numbers, persons)

    monkeypatch.setattr(Composer, "compose", pausing)
    world.deliver()
    assert world.fake.received == []
    assert world.states(broadcast) == {("due", None): 3}
    assert world.message(broadcast, 1).attempts == 0


def test_a_cancelled_broadcast_sends_nothing_more(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(3)
    broadcast = world.started()
    cancel_broadcast(each_stores, broadcast)
    close_out(each_stores, broadcast, "cancelled")
    world.deliver()
    assert world.states(broadcast) == {("cancelled", "cancelled"): 3}
    assert world.fake.received == []


def test_what_passes_after_a_cancel_is_not_tried_again(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    broadcast = world.started()

    def answer(message: Message) -> Outcome:
        cancel_broadcast(each_stores, broadcast)
        return Outcome("passing", "receiver_busy")

    world.fake.answer = answer
    world.deliver()
    assert world.states(broadcast) == {("cancelled", "cancelled"): 1}


def test_what_expires_is_not_sent(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    broadcast = world.begun(expires=world.clock.now() + timedelta(hours=1))
    world.intend(broadcast)
    pause_broadcast(each_stores, broadcast)
    world.clock.advance(timedelta(hours=2))
    resume_broadcast(each_stores, broadcast)
    world.intend(broadcast)
    world.deliver()
    assert world.states(broadcast) == {("expired", "expired"): 1}
    assert world.fake.received == []


def test_an_account_that_is_refused_stops_before_it_burns_the_rest(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(500)
    world.fake.answer = lambda _: Outcome("refused", "receiver_gone", account_stopped=True)
    broadcast = world.started()
    world.deliver()
    assert world.states(broadcast)["due", None] >= 300  # no more than the calls that were under way
    with each_stores.ledger.write() as conn:
        assert conn.execute(sa.select(paces.c.stopped)).scalar_one() == "receiver_gone"
        release(conn, world.accounts[0])
    world.fake.answer = lambda _: ACCEPTED
    world.deliver()
    assert world.states(broadcast)["accepted", None] >= 300


def test_an_account_keeps_to_its_rate(each_stores: Stores) -> None:
    from siyu.channels.tables import accounts

    world = World(each_stores)
    world.add(30)
    with each_stores.ledger.write() as conn:
        conn.execute(sa.update(accounts).values(settings={"per_second": 10}))
    broadcast = world.started()
    deliverer = world.deliverer()
    sent: list[int] = []
    for _ in range(4):
        deliverer.tick()
        deliverer.tick()
        sent.append(len(world.fake.received))
        world.clock.advance(timedelta(seconds=1))
    deliverer.stop()
    assert sent == [10, 20, 30, 30]
    assert world.states(broadcast) == {("accepted", None): 30}


def test_a_worker_that_went_away_loses_nothing(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(4)
    broadcast = world.started()
    with each_stores.ledger.write() as conn:
        lost = {"lease": "gone", "leased_until": world.clock.now() + timedelta(minutes=5), "attempts": 1}
        conn.execute(sa.update(outbox).where(outbox.c.person <= 2).values(state="claimed", **lost))
        conn.execute(sa.update(outbox).where(outbox.c.person == 3).values(state="attempted", **lost))
        number = conn.execute(sa.select(outbox.c.id).where(outbox.c.person == 3)).scalar_one()
        conn.execute(sa.insert(attempts).values(message=number, at=world.clock.now(), content={}))
    world.deliver()
    assert len(world.fake.received) == 1
    world.clock.advance(timedelta(minutes=6))
    world.deliver()
    world.clock.advance(timedelta(minutes=6))
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 4}
    assert len({message.delivery_id for message in world.fake.received}) == 4


def test_a_late_answer_still_settles_what_was_marked_unknown(each_stores: Stores) -> None:
    world = World(each_stores, [FakeChannel(drops_repeats=False)])
    world.add()
    broadcast = world.started()

    def slow(message: Message) -> Outcome:
        world.clock.advance(timedelta(minutes=6))
        other = world.deliverer()
        other.recover()
        other.stop()
        assert world.message(broadcast, 1).state == "unknown"
        return ACCEPTED

    world.fake.answer = slow
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1}


def test_content_is_the_persons_own(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(name="王小雨", city="杭州")
    world.add()
    text = "{{ person.name }}好，{{ person.city }}有新品"
    world.started(content={"fake": {"text": text}})
    world.deliver()
    texts = {message.person: message.content["text"] for message in world.fake.received}
    assert texts == {1: "王小雨好，杭州有新品", 2: "您好，您所在的城市有新品"}


def test_a_person_whose_values_break_the_template_is_held_alone(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(2)
    with each_stores.ledger.write() as conn:
        conn.execute(sa.update(people).where(people.c.person == 1).values(attributes={"parts": 0}))
    text = "{% if person.attributes.parts == 0 %}{{ 1 | divided_by: person.attributes.parts }}{% endif %}x"
    content = {"fake": {"text": text}}
    broadcast = world.started(content=content)
    world.deliver()
    assert world.states(broadcast) == {("accepted", None): 1, ("held", "template"): 1}


def test_links_are_tracked_and_the_way_out_is_in_every_marketing_message(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add()
    world.started(content={"fake": {"text": "看 https://shop.example/a?b=1 吧"}})
    deliverer = world.deliverer(address="https://siyu.example")
    deliverer.tick()
    deliverer.stop()
    (message,) = world.fake.received
    assert message.content["text"].startswith("看 https://siyu.example/l/")
    assert (message.unsubscribe or "").startswith("https://siyu.example/u/")


def test_only_what_a_receiver_needs_is_sent(each_stores: Stores) -> None:
    from siyu.channels.tables import accounts

    world = World(each_stores)
    world.add()
    world.started()
    world.deliver()
    assert world.fake.received[0].identifiers == {}
    with each_stores.ledger.write() as conn:
        conn.execute(sa.update(accounts).values(settings={"identifiers": "user_id, phone"}))
    world.started()
    world.deliver()
    assert world.fake.received[1].identifiers == {"user_id": "u1"}


def test_caps_hold_when_a_pause_brings_broadcasts_together(each_stores: Stores) -> None:
    world = World(each_stores)
    set_rule(each_stores, "test", "cap", {"messages": 1, "days": 7}, enabled=True)
    world.add()
    first = world.started()
    pause_broadcast(each_stores, first)
    world.clock.advance(timedelta(days=8))
    second = world.started()
    world.deliver()
    resume_broadcast(each_stores, first)
    world.intend(first)
    world.deliver()
    assert world.states(second) == {("accepted", None): 1}
    assert world.states(first) == {("held", "cap"): 1}
