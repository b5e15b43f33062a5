"""Coupons in shops' orders: redeemed once, given back with the whole order, whatever is told twice or late."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.loyalty.coupons import kinds
from siyu.loyalty.coupons.following import follow
from siyu.loyalty.coupons.model import Kind, Taken
from siyu.loyalty.coupons.stacking import Percent, Terms
from siyu.loyalty.coupons.tables import coupon_steps, coupons
from siyu.storage import Stores
from tests.loyalty.coupons.shop import kind, one
from tests.people.calls import drained, track


def told(stores: Stores, name: str, total: float, *, number: str = "A1", **more: Any) -> None:
    what = {"order_id": number, "total": total, "products": [{"sku": "cream", "price": 300, "quantity": 1}], **more}
    drained(stores, track("u1", name, timestamp=stores.clock.now().isoformat(), properties=what))
    while follow(stores):
        pass


def has_one(stores: Stores, **more: Any) -> tuple[Kind, Taken]:
    """Person 1, who is known by an order, has a coupon."""
    told(stores, "Order Completed", 10, number="A0")
    fifty = kind(stores, **more)
    follow(stores)
    return fifty, one(stores, fifty, 1)


def stands(stores: Stores, taken: Taken) -> tuple[str, int]:
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(coupons).where(coupons.c.id == taken.coupon)).one()
    return row.stage, row.off_cents


def test_an_order_redeems_its_coupon_once_however_often_it_is_told(each_stores: Stores) -> None:
    fifty, taken = has_one(each_stores)
    for _ in range(3):
        told(each_stores, "Order Completed", 250, coupons=[{"code": taken.code, "off": "49.90"}])
    assert stands(each_stores, taken) == ("used", 4_990)
    assert kinds.get(each_stores, fifty.id).spent_cents == 4_990


def test_the_words_of_the_segment_spec_do_as_well_and_a_shops_own_codes_are_left_alone(stores: Stores) -> None:
    _, taken = has_one(stores)
    told(stores, "Order Completed", 250, coupon=taken.code.lower(), discount=50)
    assert stands(stores, taken) == ("used", 5_000)
    told(stores, "Order Completed", 250, number="A2", coupon="SHOPS-OWN", discount=50)


def test_what_a_shop_does_not_say_is_worked_out_on_its_lines(stores: Stores) -> None:
    _, taken = has_one(stores, terms=Terms(gives=Percent(20)))
    told(stores, "Order Completed", 240, coupons=[{"code": taken.code}])
    assert stands(stores, taken) == ("used", 6_000)


def test_a_whole_return_gives_it_back_and_a_part_does_not(each_stores: Stores) -> None:
    fifty, taken = has_one(each_stores)
    used = {"coupons": [{"code": taken.code, "off": "50"}]}
    told(each_stores, "Order Completed", 250, **used)
    told(each_stores, "Order Refunded", 100, refund_id="r1", products=[])
    assert stands(each_stores, taken) == ("used", 5_000)
    told(each_stores, "Order Refunded", 150, refund_id="r2", products=[])
    told(each_stores, "Order Completed", 250, **used)
    assert stands(each_stores, taken) == ("open", 0)
    assert kinds.get(each_stores, fifty.id).spent_cents == 0


def test_a_return_that_is_told_before_its_order_leaves_the_coupon_open(stores: Stores) -> None:
    _, taken = has_one(stores)
    told(stores, "Order Refunded", 250, refund_id="r1", products=[])
    told(stores, "Order Completed", 250, coupons=[{"code": taken.code, "off": "50"}])
    assert stands(stores, taken) == ("open", 0)


def test_an_order_that_costs_nothing_is_not_a_returned_one(stores: Stores) -> None:
    _, taken = has_one(stores, terms=Terms(gives=Percent(100)))
    told(stores, "Order Completed", 0, coupons=[{"code": taken.code, "off": "300"}])
    assert stands(stores, taken) == ("used", 30_000)


def test_a_coupon_that_a_second_order_uses_is_noted_once_and_stays_the_firsts(stores: Stores) -> None:
    _, taken = has_one(stores)
    for number in ("A1", "A2", "A2"):
        told(stores, "Order Completed", 250, number=number, coupons=[{"code": taken.code, "off": "50"}])
    with stores.ledger.read() as conn:
        refused = conn.execute(sa.select(coupon_steps).where(coupon_steps.c.what == "refused")).all()
        order = conn.execute(sa.select(coupons.c.order)).scalar_one()
    assert [(row.order, row.why) for row in refused] == [("web/A2", "used")]
    assert order == "web/A1"


def test_a_shared_code_gives_the_buyer_one_and_uses_it(each_stores: Stores) -> None:
    told(each_stores, "Order Completed", 10, number="A0")
    spring = kind(each_stores, codes="shared", code="SPRING", per_person=1)
    follow(each_stores)
    for number in ("A1", "A1", "A2"):
        told(each_stores, "Order Completed", 250, number=number, coupons=[{"code": "spring", "off": "50"}])
    found = kinds.get(each_stores, spring.id)
    assert (found.taken, found.spent_cents) == (1, 5_000)
