"""What people answer through the links of a message, and the story of a message."""

from __future__ import annotations

import json
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
from siyu.reach.broadcasts import get_broadcast
from siyu.reach.links import Links, links_of
from siyu.reach.results import effect_of, message_rows, progress_of
from siyu.reach.why import message_of, why
from siyu.storage import NotFound, Stores
from tests.reach.world import World

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
    _log(stores, "order_paid", [bought], world.clock.now() - timedelta(days=18), amount=88, columns=lines | numbers)
    text = "{{ favourite.category }}·{{ orders.count }}·{{ orders.amount }}·{{ orders.days_since }}"
    world.started(content={"fake": {"text": text}})
    world.deliver()
    texts = [message.content["text"] for message in world.fake.received]
    assert texts == ["面膜·1·88.00·18", "好物·0·0·"]


def test_what_it_really_added_is_seen_beside_the_hold_out(stores: Stores) -> None:
    world = World(stores)
    world.add(200)
    broadcast = world.started(holdout_percent=50)
    world.deliver()
    _log_own_events(stores)
    began = world.clock.now()
    sent = [row.person for row in message_rows(stores, broadcast=broadcast, state="accepted", rows_max=500)]
    out = [row.person for row in message_rows(stores, broadcast=broadcast, state="holdout", rows_max=500)]
    _log(stores, "order_paid", sent[:30] + out[:10], began + timedelta(hours=3), amount=100)
    _log(stores, "order_paid", out[:1], began - timedelta(hours=3), amount=100)
    _log(stores, "message_clicked", sent[:5], began + timedelta(hours=1), broadcast=broadcast)
    effect = effect_of(stores, get_broadcast(stores, broadcast))
    assert (effect["sent"].people, effect["sent"].bought, effect["sent"].clicked) == (len(sent), 30, 5)
    assert (effect["holdout"].people, effect["holdout"].bought, effect["holdout"].amount) == (len(out), 10, 1000.0)


def _log(
    stores: Stores, name: str, persons: list[int], time: Any, *, amount: int = 0, columns: Any = None, **properties: Any
) -> None:
    rows = len(persons)
    stores.events.insert(
        "events",
        {
            "person": persons,
            "time": [time] * rows,
            "name": [name] * rows,
            "message_id": [f"{name}-{person}-{time}" for person in persons],
            "received": [time] * rows,
            "source": ["test"] * rows,
            "batch": [1] * rows,
            "amount": [amount] * rows,
            "properties": [json.dumps(properties)] * rows,
            **(columns or {}),
        },
    )


def _log_own_events(stores: Stores) -> None:
    """What the intake does with the product's own events."""
    rows = events(stores)
    columns = {name: [getattr(row, name) for row in rows] for name in ("person", "time", "name", "message_id")}
    properties = [json.dumps(row.properties) for row in rows]
    received = [row.time for row in rows]
    more = {"received": received, "source": ["siyu"] * len(rows), "batch": [1] * len(rows), "properties": properties}
    stores.events.insert("events", columns | more)
