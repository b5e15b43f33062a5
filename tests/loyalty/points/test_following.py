"""Points for orders: earned once, taken back with what is returned, owed where they are spent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from siyu.jobs.tables import cursors
from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.earning import rules
from siyu.loyalty.points.earning.following import follow, standing_of
from siyu.loyalty.points.earning.model import EventRule, Goods, OrderRule
from siyu.loyalty.points.model import Spend
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.queries import Balance, balances
from siyu.people.told_orders import orders_by
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


def returned(stores: Stores, amount: float, mark: str) -> None:
    told(stores, "Order Refunded", amount, order_id=f"C{mark}", refund_id=mark)


def test_a_return_that_names_no_order_takes_from_the_newest_earnings_before_it(each_stores: Stores) -> None:
    stores = each_stores
    opened(stores)
    returned(stores, 30, "early")
    later(stores)
    told(stores, "Order Completed", 100)
    later(stores)
    told(stores, "Order Completed", 50, order_id="a2")
    assert has(stores).available == 150, "nothing was earned before the first return"
    later(stores)
    returned(stores, 70, "one")
    assert standing(stores) == {"a1": 80, "a2": 0}
    later(stores)
    returned(stores, 200, "two")
    assert (has(stores).available, has(stores).owed) == (0, 0), "never more than orders earned"
    later(stores)
    told(stores, "Order Completed", 10, order_id="a3")
    assert (has(stores).available, audit(stores)) == (10, [])


def standing(stores: Stores) -> dict[str, int]:
    with stores.ledger.read() as conn:
        orders = orders_by(stores, [1])
        return {
            order.number: sum(points for keys in stands.values() for _, points in keys)
            for order, stands in zip(orders, standing_of(conn, orders), strict=True)
        }


def test_an_order_told_after_its_return_gets_what_was_taken_from_others(each_stores: Stores) -> None:
    stores = each_stores
    opened(stores)
    told(stores, "Order Completed", 100)
    later(stores)
    at = stores.clock.now()
    later(stores)
    told(stores, "Order Refunded", 40, order_id="b1", refund_id="r1")
    assert has(stores).available == 60
    drained(stores, track("u1", "Order Completed", at=at, properties={"order_id": "b1", "total": 40}))
    while follow(stores):
        pass
    assert (has(stores).available, audit(stores)) == (100, [])


def test_tiers_earn_more_and_keep_what_they_earned(each_stores: Stores) -> None:
    stores = each_stores
    tier = {1: "gold"}
    follow(stores)
    rules.begin(stores, "test", OrderRule(name="消费积分"))
    rules.begin(stores, "test", OrderRule(name="金卡加倍", tiers=("gold",)))
    later(stores)
    drained(stores, track("u1", "Order Completed", at=stores.clock.now(), properties={"order_id": "a1", "total": 100}))
    while follow(stores, lambda _, persons: tier):
        pass
    assert has(stores).available == 200
    told(stores, "Order Refunded", 40, refund_id="r1")
    assert has(stores).available == 120, "a return takes what was earned for it, whatever the tier is now"
    told(stores, "Order Completed", 10, order_id="a2")
    assert has(stores).available == 130


def did(stores: Stores, mark: str, at: datetime | None = None) -> int:
    drained(stores, {**track("u1", "Signed In", at=at or stores.clock.now()), "messageId": mark})
    while follow(stores):
        pass
    return has(stores).available


def test_doings_earn_once_an_event_and_so_often_a_day_and_in_all(each_stores: Stores) -> None:
    stores = each_stores
    assert isinstance(stores.clock, ManualClock)
    follow(stores)
    rules.begin(stores, "test", EventRule(name="签到", event="Signed In", points=5, times_a_day=2, times_ever=3))
    later(stores)
    first = stores.clock.now()
    assert did(stores, "m1") == 5
    assert did(stores, "m1", first) == 5, "the same event"
    assert did(stores, "m2") == 10
    assert did(stores, "m3") == 10, "twice a day"
    stores.clock.advance(timedelta(days=1))
    assert did(stores, "m4") == 15
    assert did(stores, "m5") == 15, "three times in all"
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(cursors).where(cursors.c.name == "points_earned"))
    while follow(stores):
        pass
    assert (has(stores).available, audit(stores)) == (15, []), "read again, nothing is given again"
