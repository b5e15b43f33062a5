"""Channels that send several kinds of message, and what a platform would refuse."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.channels.fake import FakeChannel
from siyu.channels.protocol import Bar, Form, Part
from siyu.people.tables import identifiers
from siyu.storage import BadInput, Stores
from tests.reach.world import World

TEXT = Part("text", "text", "正文", "Text", True, 200)
CODE = Part("template", "code", "模板", "Template", True, 60)
NOTICE = Form("notice", "通知", "Notice", "", "", False, True, 5, (CODE, TEXT))
LEAFLET = Form("leaflet", "传单", "Leaflet", "", "", True, False, 100, (TEXT,), alike=True)


def a_world(stores: Stores, **more: object) -> World:
    return World(stores, [FakeChannel(forms=(NOTICE, LEAFLET), **more)])  # pyright: ignore


def test_the_form_says_which_parts_are_needed(stores: Stores) -> None:
    world = a_world(stores)
    with pytest.raises(BadInput) as caught:
        world.started(kind="service", content={"fake": {"form": "notice", "text": "x"}})
    assert (caught.value.code, caught.value.field) == ("part_missing", "content.fake.template")


def test_the_form_says_whether_marketing_may_go(stores: Stores) -> None:
    with pytest.raises(BadInput) as caught:
        a_world(stores).started(content={"fake": {"form": "notice", "template": "T", "text": "x"}})
    assert caught.value.code == "marketing_forbidden"


def test_one_text_for_all_names_nobody(stores: Stores) -> None:
    with pytest.raises(BadInput) as caught:
        a_world(stores).started(content={"fake": {"form": "leaflet", "text": "{{ person.name }}好"}})
    assert caught.value.code == "content_alike"


def test_one_text_for_all_has_no_links_of_ones_own(stores: Stores) -> None:
    world = a_world(stores)
    world.add(2)
    world.started(content={"fake": {"form": "leaflet", "text": "看 https://example.com/a"}})
    deliverer = world.deliverer(address="https://siyu.example")
    deliverer.tick()
    deliverer.stop()
    assert [len(call) for call in world.fake.calls] == [2]
    assert {message.content["text"] for message in world.fake.received} == {"看 https://example.com/a"}
    assert {message.content["form"] for message in world.fake.received} == {"leaflet"}


def test_a_code_takes_no_fields(stores: Stores) -> None:
    with pytest.raises(BadInput) as caught:
        a_world(stores).started(
            kind="service", content={"fake": {"form": "notice", "template": "{{ x }}", "text": "y"}}
        )
    assert caught.value.code == "part_literal"


@pytest.mark.parametrize(("form", "expected"), [("notice", "due"), ("leaflet", "unknown")])
def test_the_form_says_whether_repeats_are_dropped(stores: Stores, form: str, expected: str) -> None:
    """After a crash, what was tried is sent again where the form allows it, and is unknown where it does not."""
    world = a_world(stores)
    world.add(1)
    content = {"form": form, "text": "x", **({"template": "T"} if form == "notice" else {})}
    broadcast = world.started(kind="service", content={"fake": content})
    deliverer = world.deliverer()
    world.fake.answer = lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        deliverer.tick()
    deliverer.recover(all_of_them=True)
    deliverer.stop()
    assert [state for state, _ in world.states(broadcast)] == [expected]


def test_what_the_platform_would_refuse_is_held_for_its_reason(each_stores: Stores) -> None:
    gone = Bar("not_following", lambda address, now: address == "o1")
    world = a_world(each_stores, bars=(gone,), address_kinds=("openid:wx1",))
    left, here, both = world.add(3)
    owned = [("o1", left), ("o2", here), ("o3", both)]
    with each_stores.ledger.write() as conn:
        conn.execute(
            sa.insert(identifiers),
            [
                {"kind": "openid:wx1", "value": value, "person": person, "since": world.clock.now(), "source": "t"}
                for value, person in owned
            ],
        )
    world.add(1)
    broadcast = world.started(content={"fake": {"form": "leaflet", "text": "x"}})
    expected = {("due", None): 2, ("held", "not_following"): 1, ("held", "no_address"): 1}
    assert world.states(broadcast) == expected


def test_it_is_asked_again_before_it_goes(stores: Stores) -> None:
    closed = {"now": False}
    bar = Bar("window_closed", lambda address, now: sa.literal(closed["now"]))
    world = a_world(stores, bars=(bar,), address_kinds=("user_id",))
    world.add(1)
    broadcast = world.started(content={"fake": {"form": "leaflet", "text": "x"}})
    closed["now"] = True
    world.deliver()
    assert world.states(broadcast) == {("held", "window_closed"): 1}
