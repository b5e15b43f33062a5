"""A broadcast by SMS: consent, the night, one message each whatever breaks, and a reply that ends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from rehearsal.platforms.core.running import Running
from siyu.people.tables import identifiers
from siyu.storage import BadInput, ManualClock, Stores
from tests.channels.sms.shop import Shop, a_shop, sms_world
from tests.reach.world import NOON, World

__all__ = ["sms_world"]

CONTENT = {"form": "promotion", "template_code": "SMS_1", "data": "name: {{ person.name }}", "refusal": "R"}


@dataclass
class Texting:
    """People with phones, and the account of a shop."""

    stores: Stores
    shop: Shop
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(self.stores, [])
        self.world.channels, self.world.accounts = self.shop.channels, [self.shop.number]
        self.shop.later()

    def add(self, phone: str, **more: Any) -> int:
        (person,) = self.world.add(**more)
        row = {
            "kind": "phone",
            "value": f"+86{phone}",
            "person": person,
            "since": self.world.clock.now(),
            "source": "t",
        }
        with self.stores.ledger.write() as conn:
            conn.execute(sa.insert(identifiers), [row])
        return person

    def started(self, content: dict[str, str] | None = None, **more: Any) -> int:
        return self.world.started(content={"sms": CONTENT if content is None else content}, **more)

    def deliver(self) -> None:
        self.world.deliver(3)


@pytest.fixture
def texting(stores: Stores, sms_world: Running) -> Iterator[Texting]:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.at = NOON
    for shop in a_shop(stores, sms_world):
        yield Texting(stores, shop)


def test_who_agreed_and_has_a_phone_gets_it_written_for_them(texting: Texting) -> None:
    texting.add("13800138000", name="林晓", channel="sms")
    texting.add("13800138001", name="王丽", consent=None)
    texting.world.add(name="无手机")
    broadcast = texting.started()
    texting.deliver()
    (arrived,) = texting.shop.arrived()
    assert (arrived["phone"], arrived["variables"]) == ("13800138000", {"name": "林晓"})
    assert texting.world.states(broadcast) == {("accepted", None): 1, ("held", "consent"): 1, ("held", "no_address"): 1}


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        ({**CONTENT, "refusal": ""}, "part_missing", "content.sms.refusal"),
        ({"form": "notice", "template_code": "SMS_2"}, "marketing_forbidden", None),
    ],
    ids=["nobody said that it can be refused", "a notice that promotes"],
)
def test_marketing_says_how_to_refuse(texting: Texting, content: dict[str, str], code: str, field: str | None) -> None:
    with pytest.raises(BadInput) as refused:
        texting.started(content)
    assert refused.value.code == code
    assert field in (None, refused.value.field)


def test_nothing_goes_at_night(texting: Texting) -> None:
    texting.add("13800138000")
    texting.shop.later(hours=8, minutes=30)  # 20:30
    texting.started()
    texting.deliver()
    assert texting.shop.arrived() == []
    texting.shop.later(hours=12, minutes=30)
    assert texting.world.clock.now() == datetime.fromisoformat("2026-11-23T09:00+08:00")
    texting.deliver()
    assert len(texting.shop.arrived()) == 1


@pytest.mark.parametrize("applied", [True, False])
def test_an_unanswered_message_arrives_once(texting: Texting, applied: bool) -> None:
    texting.add("13800138000")
    broadcast = texting.started()
    texting.shop.fault(kind="cut", applied=applied, times=1)
    for _ in range(20):
        texting.deliver()
        texting.shop.later(minutes=1)
    assert texting.world.states(broadcast) == {("accepted", None): 1}
    assert len(texting.shop.arrived()) == 1


def test_who_replies_r_does_not_get_what_was_waiting(texting: Texting) -> None:
    texting.add("13800138000")
    broadcast = texting.started()
    texting.shop.replies("R", "13800138000")
    texting.deliver()
    assert list(texting.world.states(broadcast)) == [("held", "consent")]
    assert texting.shop.arrived() == []
