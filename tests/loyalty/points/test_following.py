"""Points for orders: earned once, taken back with what is returned, owed where they are spent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.earning import rules
from siyu.loyalty.points.earning.following import follow
from siyu.loyalty.points.earning.model import Goods, OrderRule
from siyu.loyalty.points.model import Spend
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.queries import Balance, balances
from siyu.storage import ManualClock, Stores
from tests.people.calls import drained, track


def told(stores: Stores, name: str, total: float, items: Iterable[tuple[str, float]] = (), **more: str) -> None:
    products = [{"sku": sku, "price": price, "quantity": 1, "category": sku[0]} for sku, price in items]
    what: dict[str, Any] = {"order_id": "a1", "total": total, "products": products, **more}
    drained(stores, track("u1", name, at=stores.clock.now(), properties=what))
    while follow(stores):
        pass


def has(stores: Stores, person: int = 1) -> Balance:
    with stores.ledger.read() as conn:
        return balances(conn, stores.clock.now(), [person])[person]


def opened(stores: Stores, *given: OrderRule) -> None:
    follow(stores)
    for rule in given or (OrderRule(name="消费积分"),):
        rules.begin(stores, "test", rule)
    later(stores)


def later(stores: Stores) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=1))


def test_an_order_earns_once_and_loses_what_is_returned(each_stores: Stores) -> None:
    opened(each_stores)
    told(each_stores, "Order Completed", 90, [("cream", 60), ("soap", 40)])  # ten yuan off
    assert has(each_stores).available == 90
    told(each_stores, "Order Completed", 90, [("cream", 60), ("soap", 40)])
    assert has(each_stores).available == 90, "told twice is once"
    told(each_stores, "Order Refunded", 36, [("soap", 36)], refund_id="r1")
    assert has(each_stores).available == 54
    told(each_stores, "Order Refunded", 54, refund_id="r2")
    assert (has(each_stores).available, audit(each_stores)) == (0, [])


def test_what_was_spent_already_is_owed_and_earned_first(each_stores: Stores) -> None:
    stores = each_stores
    opened(stores)
    told(stores, "Order Completed", 100)
    with stores.ledger.write() as conn:
        post(conn, stores.clock.now(), [Spend(key="gift", why="兑换", person=1, points=80)])
    told(stores, "Order Refunded", 100, refund_id="r1")
    assert (has(stores).available, has(stores).owed) == (0, 80)
    told(stores, "Order Completed", 100, order_id="a2")
    assert (has(stores).available, has(stores).owed, audit(stores)) == (20, 0, [])


def test_rules_give_by_their_goods_and_add_up(each_stores: Stores) -> None:
    opened(each_stores, OrderRule(name="消费积分"), OrderRule(name="面霜双倍", goods=Goods(skus=("cream",))))
    told(each_stores, "Order Completed", 100, [("cream", 60), ("soap", 40)])
    assert has(each_stores).available == 160
    told(each_stores, "Order Refunded", 60, [("cream", 60)], refund_id="r1")
    assert has(each_stores).available == 40


def test_an_order_of_before_the_rule_earns_nothing_and_one_after_its_end_neither(each_stores: Stores) -> None:
    stores = each_stores
    follow(stores)
    told(stores, "Order Completed", 100)
    later(stores)
    number = rules.begin(stores, "test", OrderRule(name="消费积分"))
    told(stores, "Order Refunded", 10, refund_id="r1")
    assert has(stores).available == 0
    later(stores)
    told(stores, "Order Completed", 50, order_id="a2")
    later(stores)
    rules.end(stores, number)
    told(stores, "Order Completed", 70, order_id="a3")
    assert has(stores).available == 50
    told(stores, "Order Refunded", 20, order_id="a2", refund_id="r1")
    assert has(stores).available == 30, "what a rule gave is taken back after its end too"
