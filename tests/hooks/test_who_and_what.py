"""Which events go, and what of a person goes with them."""

from __future__ import annotations

from typing import Any

import jsonschema
import msgspec
import pytest

from siyu.audiences import actions as audiences
from siyu.audiences.model import parse
from siyu.hooks import actions, queries
from siyu.hooks.model import Wish
from siyu.hooks.payload import schema
from siyu.hooks.reading import read_on
from siyu.people import erasure, merges, news, projection, tags
from siyu.people.timeline import nodes_of
from siyu.storage import NotAllowed
from tests.channels.receiver import Receiver
from tests.hooks.world import Shop

PHONE = "13800001234"


def said(receiver: Receiver) -> list[tuple[str, dict[str, Any]]]:
    return [(call.document["type"], call.document["data"]) for call in receiver.calls]


def person_of(shop: Shop) -> int:
    (found,) = shop.stores.events.rows("SELECT max(person) FROM events")
    return int(found[0])


def test_only_events_that_every_filter_matches(shop: Shop, receiver: Receiver) -> None:
    where = [
        {"field": "properties.price", "op": "gte", "value": 100},
        {"field": "properties.sku", "op": "starts_with", "value": "L"},
    ]
    shop.hook(receiver, events=["cart_added"], where=where)
    for price, sku in ((99, "L-1"), (100, "L-2"), (200, "K-3")):
        shop.happens("u-1", "cart_added", price=price, sku=sku)
    shop.send()
    assert [told["properties"]["sku"] for _, told in said(receiver)] == ["L-2"]


def test_only_what_happens_to_members_of_an_audience(shop: Shop, receiver: Receiver) -> None:
    for user in ("u-1", "u-2"):
        shop.happens(user, "page_viewed")
    rule = parse({"type": "did", "event": "vip_marked"})
    shop.happens("u-2", "vip_marked")
    projection.project_all(shop.stores)
    number = audiences.create(shop.stores, "staff:1", "VIP", rule)
    audiences.refresh(shop.stores, number)
    shop.hook(receiver, audience=number, events=["cart_added", "audience_entered"])
    for user in ("u-1", "u-2"):
        shop.happens(user, "cart_added")
    shop.send()
    assert [told["person"]["identifiers"]["user_id"] for _, told in said(receiver)] == [["u-2"]]


def test_who_enters_an_audience_is_told_as_an_event_of_it(shop: Shop, receiver: Receiver) -> None:
    shop.happens("u-1", "page_viewed")
    rule = parse({"type": "did", "event": "vip_marked"})
    projection.project_all(shop.stores)
    number = audiences.create(shop.stores, "staff:1", "VIP", rule)
    audiences.refresh(shop.stores, number)
    other = audiences.create(shop.stores, "staff:1", "other", rule)
    audiences.refresh(shop.stores, other)
    shop.hook(receiver, audience=number, events=["audience_entered"])
    shop.happens("u-1", "vip_marked")
    audiences.refresh(shop.stores, number)
    audiences.refresh(shop.stores, other)
    shop.settle()
    shop.send()
    assert [(name, told["properties"]["audience"]) for name, told in said(receiver)] == [("audience_entered", number)]


def test_phones_are_masked_everywhere_unless_asked_for(shop: Shop, receiver: Receiver) -> None:
    shop.identified("u-1", phone=PHONE)
    wish: dict[str, Any] = {"events": ["note_left"], "identifiers": ["phone", "user_id"]}
    shop.hook(receiver, **wish)
    shop.hook(receiver, **wish, personal=True)
    shop.happens("u-1", "note_left", text=f"call {PHONE}")
    shop.send()
    told = {call.document["data"]["properties"]["text"]: call.document["data"]["person"] for call in receiver.calls}
    assert {text: each["identifiers"]["phone"] for text, each in told.items()} == {
        "call 138****1234": ["138****1234"],
        f"call {PHONE}": [f"+86{PHONE}"],
    }


def test_who_may_not_see_phones_can_neither_ask_for_them_nor_redirect_them(shop: Shop, receiver: Receiver) -> None:
    with pytest.raises(NotAllowed):
        shop.hook(receiver, may_see=False, personal=True)
    hook = shop.hook(receiver, personal=True)
    elsewhere = Wish("ERP", "http://127.0.0.1:9/", personal=True)
    with pytest.raises(NotAllowed):
        actions.change(shop.stores, shop.caller, "staff:2", hook, elsewhere, may_see=False)
    assert queries.get(shop.stores, hook).url == receiver.url


def test_an_erased_person_is_not_told_of(shop: Shop, receiver: Receiver) -> None:
    hook = shop.hook(receiver)
    shop.happens("u-1", "a")
    news.give_places(shop.stores)
    read_on(shop.stores, queries.get(shop.stores, hook))
    erasure.erase(shop.stores, "staff:1", person_of(shop))
    shop.send()
    assert receiver.calls == []
    assert [each.state for each in shop.log(hook)] == ["skipped"]


def test_a_merge_is_told_and_later_events_carry_the_kept_person(shop: Shop, receiver: Receiver) -> None:
    shop.happens("u-1", "a")
    first = person_of(shop)
    shop.happens("u-2", "a")
    second = person_of(shop)
    shop.hook(receiver)
    kept = merges.merge(shop.stores, "staff:1", first, second)
    shop.settle()
    projection.project_all(shop.stores)
    shop.happens("u-2", "b")
    shop.send()
    assert [name for name, _ in said(receiver)] == ["person_merged", "b"]
    assert said(receiver)[1][1]["person"] == {"id": kept, "identifiers": {"user_id": ["u-1", "u-2"]}}
    assert set(nodes_of(shop.stores, kept)) == {first, second}


def test_a_tag_by_hand_is_told(shop: Shop, receiver: Receiver) -> None:
    shop.happens("u-1", "a")
    shop.hook(receiver, events=["tag_added"])
    tag = tags.make_tag(shop.stores, tags.make_group(shop.stores, "兴趣"), "口红")
    tags.add_tag(shop.stores, "staff:1", person_of(shop), tag)
    shop.settle()
    shop.send()
    assert [(name, told["properties"]["tag_name"]) for name, told in said(receiver)] == [("tag_added", "口红")]


def test_the_body_fits_its_published_schema(shop: Shop, receiver: Receiver) -> None:
    shop.hook(receiver)
    shop.happens("u-1", "cart_added", sku="L-01", nested={"a": [1, None]})
    shop.send()
    (call,) = receiver.calls
    jsonschema.Draft202012Validator(schema()).validate(msgspec.json.decode(call.body))
