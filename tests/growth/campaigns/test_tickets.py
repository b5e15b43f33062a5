"""Efforts that a paid order gives the right to start: one each, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from siyu.growth.campaigns import acting, keeping, tickets
from siyu.growth.campaigns.acting import Wish
from siyu.growth.campaigns.model import Campaign
from siyu.growth.campaigns.tickets import Told
from siyu.people import merges
from siyu.storage import BadInput, Stores
from tests.growth.campaigns.playing import play, some_people, started, wanted

RULES: dict[str, Any] = {"total_cents": 100, "parts": 1, "after_order": True, "order_cents": 5_000}


def packets(stores: Stores, **more: Any) -> Campaign:
    return started(stores, "red_packet", rules=RULES, each=9, **more)


def paid(stores: Stores, person: int, order: str = "shop/a1", cents: int = 5_000, *, back: bool = False) -> Told:
    return Told(order, person, stores.clock.now(), cents, back)


def test_an_order_opens_one_packet_however_often_it_is_told(each_stores: Stores) -> None:
    buyer, other = some_people(each_stores, 2)
    campaign = packets(each_stores)
    assert play(each_stores, campaign, buyer).said == "no_order"
    for _ in range(2):
        tickets.take_in(each_stores, [paid(each_stores, buyer), paid(each_stores, buyer, "shop/a2", 4_999)])
    assert tickets.left(each_stores, campaign.id, [buyer]) == 1
    assert play(each_stores, campaign, other).said == "no_order"
    assert play(each_stores, campaign, buyer).state == "opened"
    assert play(each_stores, campaign, buyer, once="again").said == "no_order"
    tickets.take_in(each_stores, [paid(each_stores, buyer), paid(each_stores, buyer, "shop/a3")])
    both = acting.act(each_stores, [Wish(campaign.id, buyer, once) for once in ("k1", "k2")])
    assert [each.state for each in both] == ["opened", "refused"], "in one transaction too"


def test_an_order_that_came_back_or_was_paid_outside_opens_none(each_stores: Stores) -> None:
    (buyer,) = some_people(each_stores, 1)
    campaign = packets(each_stores)
    early = Told("shop/a0", buyer, each_stores.clock.now() - timedelta(seconds=1), 9_900)
    tickets.take_in(each_stores, [early, paid(each_stores, buyer)])
    tickets.take_in(each_stores, [paid(each_stores, buyer, back=True)])
    tickets.take_in(each_stores, [paid(each_stores, buyer)])
    assert play(each_stores, campaign, buyer).said == "no_order"


def test_the_order_of_who_was_merged_is_theirs(each_stores: Stores) -> None:
    buyer, twin = some_people(each_stores, 2)
    campaign = packets(each_stores)
    tickets.take_in(each_stores, [paid(each_stores, twin)])
    merges.merge(each_stores, "staff:1", buyer, twin)
    assert play(each_stores, campaign, buyer).state == "opened"


def test_amounts_belong_to_orders(stores: Stores) -> None:
    drafted = keeping.draft(stores, "staff:1", wanted(stores, "red_packet", rules={**RULES, "after_order": False}))
    with pytest.raises(BadInput) as wrong:
        keeping.start(stores, drafted.id)
    assert wrong.value.field == "rules.order_cents"
