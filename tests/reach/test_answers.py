"""What people answer through the links of a message, and the story of a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.audiences import actions as audience_actions
from siyu.channels.fake import FakeChannel
from siyu.people import projection
from siyu.people.actions import mark_changed
from siyu.people.tables import consents, own_events
from siyu.reach import answers
from siyu.reach.links import Links, links_of
from siyu.reach.results import message_rows, progress_of
from siyu.reach.why import message_of, why
from siyu.storage import NotFound, Stores
from tests.reach.world import World, log

ADDRESS = "https://siyu.example"


def one_delivered(stores: Stores, text: str = "看 https://shop.example/a?b=1 吧") -> tuple[World, Any, Links]:
    world = World(stores, [FakeChannel("webhook")])
    world.add()
    broadcast = world.started(content={"webhook": {"text": text}})
    deliverer = world.deliverer(address=ADDRESS)
    deliverer.tick()
    deliverer.stop()
    return world, world.message(broadcast, 1), links_of(stores.home, ADDRESS)


def token_in(text: str, purpose: str) -> str:
    return text.split(f"/{purpose}/")[1].split()[0]


def events(stores: Stores) -> list[Any]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(own_events).order_by(own_events.c.id)))


def test_a_followed_link_leads_where_the_message_said_and_is_an_event(each_stores: Stores) -> None:
    world, message, links = one_delivered(each_stores)
    token = token_in(world.fake.received[0].content["text"], "l")
    assert answers.clicked(each_stores, links, token) == "https://shop.example/a?b=1"
    row = events(each_stores)[-1]
    assert (row.name, row.person, row.properties["url"]) == ("message_clicked", 1, "https://shop.example/a?b=1")
    assert row.properties["broadcast"] == message.broadcast


@pytest.mark.parametrize("token", ["", "x", "a" * 28, "!!!", "王"])
def test_a_made_up_link_leads_nowhere(stores: Stores, token: str) -> None:
    _, _, links = one_delivered(stores)
    for act in (answers.clicked, answers.unsubscribe):
        with pytest.raises(NotFound):
            act(stores, links, token)


def test_a_link_is_good_for_its_own_purpose_only(stores: Stores) -> None:
    world, _, links = one_delivered(stores)
    with pytest.raises(NotFound):
        answers.unsubscribe(stores, links, token_in(world.fake.received[0].content["text"], "l"))


def test_one_tap_unsubscribes_and_another_one_comes_back(each_stores: Stores) -> None:
    world, _, links = one_delivered(each_stores)
    token = token_in(world.fake.received[0].unsubscribe or "", "u")
    assert answers.unsubscribe(each_stores, links, token) == "webhook"
    assert world.states(world.started()) == {("held", "consent"): 1}
    assert [row.name for row in events(each_stores)][-3:-1] == ["consent_withdrawn", "unsubscribed"]
    world.clock.advance(timedelta(seconds=1))
    answers.subscribe_again(each_stores, links, token)
    with each_stores.ledger.read() as conn:
        given = conn.execute(sa.select(consents.c.given).where(consents.c.channel == "webhook")).scalar_one()
    assert given


def test_a_picture_asked_for_twice_in_a_minute_is_one_opening(each_stores: Stores) -> None:
    _, message, links = one_delivered(each_stores)
    token = token_in(links.opened(message.id) or "", "o")
    answers.opened(each_stores, links, token)
    answers.opened(each_stores, links, token)
    names = {(row.name, row.message_id) for row in events(each_stores) if row.name == "message_opened"}
    assert len(names) == 1


def test_the_story_of_a_message(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(name="王小雨")
    audience = _audience(each_stores, {"type": "all", "rules": []})
    with each_stores.ledger.write() as conn:
        mark_changed(conn, world.clock.now(), [1])
    projection.project_all(each_stores)
    world.version = 1
    broadcast = world.started(audience=audience, content={"fake": {"text": "{{ person.name }}好"}})
    world.deliver()
    told = why(each_stores, message_of(each_stores, str(world.message(broadcast, 1).id)))
    assert (told.state, told.arm, told.broadcast.draft.name) == ("accepted", "sent", "新品")
    assert told.attempts[0].content["parts"]["text"] == "王小雨好"
    assert told.attempts[0].outcome == "accepted"
    assert message_of(each_stores, told.delivery_id) == told.message
    assert told.audience_sentence == ("全部客户", "everybody")
    assert told.matched is not None
    assert any(name == "consent" for name, *_ in told.rules)


def test_a_held_message_tells_by_which_rule(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(consent=None)
    broadcast = world.started()
    told = why(each_stores, world.message(broadcast, 1).id)
    assert (told.state, told.reason) == ("held", "consent")
    assert [name for name, _, _, held in told.rules if held] == ["consent"]
    assert told.attempts == []


def test_progress_and_results_by_person(each_stores: Stores) -> None:
    world = World(each_stores)
    world.add(3)
    (held,) = world.add(consent=None)
    broadcast = world.started()
    assert (progress_of(each_stores, broadcast).pending, progress_of(each_stores, broadcast).settled) == (3, 1)
    world.deliver()
    progress = progress_of(each_stores, broadcast)
    assert (progress.state, progress.all, progress.pending, progress.of("accepted")) == ("done", 4, 0, 3)
    (row,) = message_rows(each_stores, broadcast=broadcast, state="held")
    assert (row.person, row.reason) == (held, "consent")
    assert len(message_rows(each_stores, person=held)) == 1


def _audience(stores: Stores, rule: dict[str, Any]) -> int:
    return audience_actions.create(stores, "test", "王小雨们", audience_actions.parse_rule(rule))


def test_what_somebody_bought_can_be_said(stores: Stores) -> None:
    world = World(stores)
    bought, _ = world.add(2)
    lines = {"lines.row": [[1]], "lines.sku": [["m"]], "lines.title": [["玻尿酸面膜"]], "lines.category": [["面膜"]]}
    numbers = {"lines.quantity": [[1]], "lines.price": [[88]]}
    log(stores, "order_paid", [bought], world.clock.now() - timedelta(days=18), amount=88, columns=lines | numbers)
    text = "{{ favourite.category }}·{{ orders.count }}·{{ orders.amount }}·{{ orders.days_since }}"
    world.started(content={"fake": {"text": text}})
    world.deliver()
    texts = [message.content["text"] for message in world.fake.received]
    assert texts == ["面膜·1·88.00·18", "好物·0·0·"]
