"""What points come to in all, a person's statement, rules in words and tried on the past."""

from __future__ import annotations

from datetime import timedelta

from siyu.loyalty.points.by_hand import do
from siyu.loyalty.points.earning.model import EventRule, Goods, OrderRule, When
from siyu.loyalty.points.earning.trying import tried
from siyu.loyalty.points.earning.words import sentence
from siyu.loyalty.points.expiring import expire
from siyu.loyalty.points.figures import first_since, movements, overview
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.queries import balance_at
from siyu.loyalty.points.statement import had, holders, statement
from siyu.storage import ManualClock, Stores
from tests.loyalty.points.test_following import later, told
from tests.people.calls import drained, track


def a_month(stores: Stores) -> list[int]:
    """A balance after each posting."""
    assert isinstance(stores.clock, ManualClock)
    drained(stores, track("u1", "Came", at=stores.clock.now()))
    do(stores, "staff:1", "earn", "k1", "补发", person=1, points=100)
    later(stores)
    do(stores, "staff:1", "spend", "k2", "兑换", person=1, points=30)
    later(stores)
    do(stores, "staff:1", "hold", "k3", "下单", person=1, points=20)
    later(stores)
    do(stores, "staff:1", "capture", "k4", "付款", of="hand:k3")
    later(stores)
    do(stores, "staff:1", "give_back", "k5", "退款", of="hand:k2", points=10)
    later(stores)
    with stores.ledger.write() as conn:
        now = stores.clock.now()
        post(conn, now, [Earn(key="short", why="限时", person=1, points=7, expires=now + timedelta(minutes=30))])
    later(stores)
    expire(stores)
    return [100, 70, 50, 50, 60, 67, 60]


def test_opening_and_what_happened_are_the_closing(each_stores: Stores) -> None:
    stores = each_stores
    began = stores.clock.now()
    a_month(stores)
    (whole,) = movements(stores, [began, stores.clock.now() + timedelta(seconds=1)])
    assert (whole.opening, whole.earned, whole.spent, whole.given_back) == (0, 107, -50, 10)
    assert (whole.taken_back, whole.expired, whole.closing) == (0, -7, 60)
    hours = [began + timedelta(minutes=60 * hour - 30) for hour in range(8)]
    parts = movements(stores, hours)
    assert [part.closing for part in parts] == [100, 70, 70, 50, 60, 67, 60]
    assert [part.opening for part in parts[1:]] == [part.closing for part in parts[:-1]]
    told = overview(stores)
    assert (told.available, told.held, told.owed, told.outstanding, told.people) == (60, 0, 0, 60, 1)


def test_a_statement_says_the_balance_after_each_posting(each_stores: Stores) -> None:
    stores = each_stores
    expected = a_month(stores)
    whole = statement(stores, 1, None, 50)
    assert [line.after for line in reversed(whole.lines)] == expected
    assert [line.kind for line in whole.lines][:2] == ["expired", "earned"]
    older = statement(stores, 1, whole.lines[3].id, 2)
    assert [line.id for line in older.lines] == [line.id for line in whole.lines[4:6]]
    assert [line.after for line in older.lines] == [line.after for line in whole.lines[4:6]]
    with stores.ledger.read() as conn:
        for line in whole.lines:
            assert balance_at(conn, [1], line.at) == line.after == had(stores, 1, line.at)
    assert holders(stores, None, 10) == [1]
    assert holders(stores, 1, 10) == []
    assert holders(stores, None, 10, [2]) == []


def test_the_first_posting_since_a_moment_is_found(each_stores: Stores) -> None:
    stores = each_stores
    began = stores.clock.now()
    a_month(stores)
    with stores.ledger.read() as conn:
        found = [first_since(conn, began + timedelta(minutes=60 * hour - 30)) for hour in range(8)]
    assert found == [1, 2, 3, 4, 5, 6, 7, 8]


def test_rules_are_said_in_words() -> None:
    assert sentence(OrderRule(name="x")) == ("每付 1 元得 1 分。", "1 points for each yuan paid.")
    rule = OrderRule(
        name="x",
        rate=250,
        goods=Goods(categories=("护肤",), but=("礼品卡",)),
        when=When(weekdays=(3,)),
        tiers=("金卡",),
        order_points_max=500,
    )
    assert sentence(rule)[0] == "护肤每付 1 元得 2.5 分（礼品卡除外）；只给金卡；只在周三；每单最多 500 分。"
    done = EventRule(name="x", event="signed_in", points=5, times_ever=30)
    assert sentence(done, ("签到", "signed in"))[0] == "每次签到得 5 分；每人每天 1 次；每人共 30 次。"


def test_a_rule_is_tried_on_the_days_before(stores: Stores) -> None:
    told(stores, "Order Completed", 100)
    later(stores)
    told(stores, "Order Refunded", 40, refund_id="r1")
    told(stores, "Order Completed", 50.5, order_id="a2")
    later(stores)
    assert tried(stores, OrderRule(name="x")).points == 60 + 50
    for mark in ("m1", "m2", "m3"):
        drained(stores, {**track("u1", "Signed In", at=stores.clock.now()), "messageId": mark})
    later(stores)
    found = tried(stores, EventRule(name="x", event="Signed In", points=5, times_a_day=2))
    assert (found.points, found.people, found.times) == (10, 1, 2)
