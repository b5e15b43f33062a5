"""Redeeming: once for an order, never what is not there, given back by the kind's rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.loyalty.coupons import kinds, pricing, redeeming
from siyu.loyalty.coupons.model import Kind, Taken
from siyu.loyalty.coupons.pricing import Order
from siyu.loyalty.coupons.redeeming import NotRedeemed, Redeemed, Use, order_key
from siyu.loyalty.coupons.stacking import Amount, Gift, Line, Percent, Terms
from siyu.loyalty.coupons.tables import coupon_steps, coupons
from siyu.people.tables import own_events
from siyu.storage import Conflict, ManualClock, Stores
from tests.loyalty.coupons.shop import kind, one, persons

CREAM, SOAP = Line("cream", "护肤", 20_000), Line("soap", "清洁", 10_000)


def redeemed(stores: Stores, taken: Taken, number: str = "A1", cents: int = 5_000) -> Redeemed | NotRedeemed:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        return redeeming.redeem(conn, now, [Use(taken.coupon, order_key(number), cents, now, "test")])[0]


def later(stores: Stores, step: timedelta) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(step)


def stage(stores: Stores, taken: Taken) -> str:
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(coupons.c.stage).where(coupons.c.id == taken.coupon)).scalar_one()


def counters(stores: Stores, kind: Kind) -> tuple[int, int, int]:
    found = kinds.get(stores, kind.id)
    return found.taken, found.promised_cents, found.spent_cents


def test_an_order_uses_a_coupon_once_however_often_it_is_told(each_stores: Stores) -> None:
    fifty, (person,) = kind(each_stores, budget_cents=5_000), persons(each_stores)
    taken = one(each_stores, fifty, person)
    assert counters(each_stores, fifty) == (1, 5_000, 0)
    assert redeemed(each_stores, taken, cents=4_000) == Redeemed(taken.coupon, 4_000, new=True)
    assert redeemed(each_stores, taken, cents=4_000) == Redeemed(taken.coupon, 4_000, new=False)
    assert redeemed(each_stores, taken, number="A2") == NotRedeemed(taken.coupon, "used")
    assert counters(each_stores, fifty) == (1, 0, 4_000)


def test_a_shops_order_and_the_same_number_from_the_till_are_one_order(stores: Stores) -> None:
    taken = one(stores, kind(stores), persons(stores)[0])
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        first = redeeming.redeem(conn, now, [Use(taken.coupon, order_key("A1"), 5_000, now, "till")])
        again = redeeming.redeem(conn, now, [Use(taken.coupon, order_key("A1", "shop:x/y"), 5_000, now, "shop")])
        other = redeeming.redeem(conn, now, [Use(taken.coupon, order_key("A2", "shop:x/y"), 5_000, now, "shop")])
    assert first == [Redeemed(taken.coupon, 5_000, new=True)]
    assert again == [Redeemed(taken.coupon, 5_000, new=False)]
    assert other == [NotRedeemed(taken.coupon, "used")]


def test_before_its_time_after_it_and_above_what_it_gives_nothing_is_used(stores: Stores) -> None:
    now = stores.clock.now()
    (person,) = persons(stores)
    early = one(stores, kind(stores, begins=now + timedelta(days=1)), person, "early")
    ended = one(stores, kind(stores, days=1), person, "ended")
    small = one(stores, kind(stores), person, "small")
    assert redeemed(stores, early) == NotRedeemed(early.coupon, "early")
    assert redeemed(stores, small, cents=5_001) == NotRedeemed(small.coupon, "too_much")
    later(stores, timedelta(days=3))
    assert redeemed(stores, ended) == NotRedeemed(ended.coupon, "ended")
    with stores.ledger.write() as conn:  # an order that was paid in time, and told late
        use = Use(ended.coupon, order_key("A9"), 5_000, now + timedelta(hours=1), "shop")
        assert redeeming.redeem(conn, stores.clock.now(), [use]) == [Redeemed(ended.coupon, 5_000, new=True)]


def test_an_order_that_comes_back_whole_gives_its_coupon_back(each_stores: Stores) -> None:
    fifty, (person,) = kind(each_stores, budget_cents=5_000), persons(each_stores)
    taken = one(each_stores, fifty, person)
    redeemed(each_stores, taken)
    for _ in range(2):
        with each_stores.ledger.write() as conn:
            redeeming.give_back(conn, each_stores.clock.now(), "shop", [order_key("A1", "shop:a")])
    assert (stage(each_stores, taken), counters(each_stores, fifty)) == ("open", (1, 5_000, 0))
    assert redeemed(each_stores, taken, number="A2") == Redeemed(taken.coupon, 5_000, new=True)


def test_what_had_ended_comes_back_for_its_days_of_grace_only(stores: Stores) -> None:
    (person,) = persons(stores)
    plain = one(stores, kind(stores, days=1), person, "plain")
    graced = one(stores, kind(stores, days=1, grace_days=7), person, "graced")
    for taken in (plain, graced):
        redeemed(stores, taken)
    later(stores, timedelta(days=5))
    with stores.ledger.write() as conn:
        back = redeeming.give_back(conn, stores.clock.now(), "shop", [order_key("A1")])
    assert back == [plain.coupon, graced.coupon]
    assert (stage(stores, plain), stage(stores, graced)) == ("ended", "open")
    assert redeemed(stores, graced, number="A2") == Redeemed(graced.coupon, 5_000, new=True)


def test_a_kind_that_does_not_come_back_costs_nothing_all_the_same(stores: Stores) -> None:
    once, (person,) = kind(stores, comes_back=False, budget_cents=5_000), persons(stores)
    taken = one(stores, once, person)
    redeemed(stores, taken)
    for _ in range(2):
        with stores.ledger.write() as conn:
            assert redeeming.give_back(conn, stores.clock.now(), "shop", [order_key("A1")]) == []
    assert (stage(stores, taken), counters(stores, once)) == ("used", (1, 0, 0))


def test_a_use_is_undone_and_the_coupon_may_be_used_again_for_the_same_order(each_stores: Stores) -> None:
    fifty, (person,) = kind(each_stores), persons(each_stores)
    taken = one(each_stores, fifty, person)
    for _ in range(2):
        assert redeemed(each_stores, taken) == Redeemed(taken.coupon, 5_000, new=True)
        with each_stores.ledger.write() as conn:
            assert redeeming.undo(conn, each_stores.clock.now(), "till", [taken.coupon]) == [taken.coupon]
    with each_stores.ledger.read() as conn:
        what = conn.execute(sa.select(coupon_steps.c.what).order_by(coupon_steps.c.id)).scalars().all()
        events = conn.execute(sa.select(own_events.c.name).order_by(own_events.c.id)).scalars().all()
    assert what == ["taken", "used", "undone", "used", "undone"]
    assert events == ["coupon_taken", "coupon_used", "coupon_returned", "coupon_used", "coupon_returned"]


def test_what_is_taken_back_is_in_stock_again_and_can_not_be_used(each_stores: Stores) -> None:
    fifty, (person, other) = kind(each_stores, stock=1), persons(each_stores, 2)
    taken = one(each_stores, fifty, person)
    with each_stores.ledger.write() as conn:
        assert redeeming.take_back(conn, each_stores.clock.now(), "staff:1", [taken.coupon]) == [taken.coupon]
        assert redeeming.take_back(conn, each_stores.clock.now(), "staff:1", [taken.coupon]) == []
    assert redeemed(each_stores, taken) == NotRedeemed(taken.coupon, "taken_back")
    assert counters(each_stores, fifty) == (0, 0, 0)
    assert one(each_stores, fifty, other, "other").new
    with each_stores.ledger.write() as conn:
        redeeming.take_back(conn, each_stores.clock.now(), "staff:1", [2])
    assert one(each_stores, fifty, person, "again").new, "who gave it back may have one again"


# --- codes for an order


def order(stores: Stores, *, number: str = "A1", person: int | None = None, lines: list[Line] | None = None) -> Order:
    return Order(order_key(number), stores.clock.now(), lines or [CREAM, SOAP], 800, person)


def used(stores: Stores, for_order: Order, *codes: str) -> pricing.Quote:
    with stores.ledger.write() as conn:
        return pricing.use(conn, stores.clock.now(), "api", for_order, codes)


def test_codes_are_used_together_and_each_line_is_told_what_it_gets_off(each_stores: Stores) -> None:
    (person,) = persons(each_stores)
    tenth = one(each_stores, kind(each_stores, terms=Terms(gives=Percent(10), layer="goods")), person, "tenth")
    fifty = one(each_stores, kind(each_stores), person, "fifty")
    codes = (fifty.code.lower(), f"{tenth.code[:4]}-{tenth.code[4:]}")
    answer = used(each_stores, order(each_stores), *codes)
    assert (answer.cents, answer.lines) == (8_000, [2_000 + 3_333, 1_000 + 1_667])
    assert used(each_stores, order(each_stores), *codes).lines == answer.lines, "asked again, the same"
    with pytest.raises(Conflict) as refused:
        used(each_stores, order(each_stores, lines=[Line("cream", "护肤", 25_000)]), *codes)
    assert refused.value.code == "coupon_order_differs"


def test_all_codes_are_used_or_none_and_each_is_told_why(stores: Stores) -> None:
    (person,) = persons(stores)
    fifty, other = one(stores, kind(stores), person, "a"), one(stores, kind(stores), person, "b")
    big = one(stores, kind(stores, terms=Terms(gives=Amount(5_000), threshold=90_000)), person, "big")
    for codes, why in (
        ([fifty.code, "NOSUCHCODE12"], {"NOSUCHCODE12": "unknown"}),
        ([fifty.code, other.code], {fifty.code: "together", other.code: "together"}),
        ([fifty.code, big.code], {big.code: "nothing"}),
    ):
        with pytest.raises(Conflict) as refused:
            used(stores, order(stores), *codes)
        assert refused.value.code == "coupon_unusable"
        assert refused.value.detail["why"] == why
    assert stage(stores, fifty) == "open"


def test_a_shared_code_gives_each_person_one_for_their_order(each_stores: Stores) -> None:
    spring = kind(each_stores, codes="shared", code="SPRING", stock=1)
    person, other = persons(each_stores, 2)
    for _ in range(2):
        assert used(each_stores, order(each_stores, person=person), "spring").cents == 5_000
    for number, who, why in (("A2", person, "limit"), ("A3", other, "stock"), ("A4", None, "person")):
        with pytest.raises(Conflict) as refused:
            used(each_stores, order(each_stores, number=number, person=who), "SPRING")
        assert refused.value.detail["why"] == {"SPRING": why}
    assert counters(each_stores, spring) == (1, 0, 5_000)


def test_what_is_taken_and_used_in_one_breath_is_not_too_early(each_stores: Stores) -> None:
    kind(each_stores, codes="shared", code="SPRING")
    later(each_stores, timedelta(microseconds=700))  # kept in whole milliseconds: as taken a little later
    for person in persons(each_stores, 3):
        assert used(each_stores, order(each_stores, number=f"A{person}", person=person), "SPRING").cents == 5_000


def test_an_order_whose_shop_has_a_slow_clock_may_use_what_was_just_taken(stores: Stores) -> None:
    taken, now = one(stores, kind(stores), persons(stores)[0]), stores.clock.now()
    with stores.ledger.write() as conn:
        slow = Use(taken.coupon, order_key("A1"), 5_000, now - timedelta(seconds=30), "shop")
        assert redeeming.redeem(conn, now, [slow]) == [Redeemed(taken.coupon, 5_000, new=True)]


def test_a_gift_costs_what_it_is_worth_and_takes_nothing_off(stores: Stores) -> None:
    towel = kind(stores, terms=Terms(gives=Gift("towel", 900)), budget_cents=900)
    taken = one(stores, towel, persons(stores)[0])
    answer = used(stores, order(stores), taken.code)
    assert (answer.cents, answer.offs[0].gift) == (0, "towel")
    assert counters(stores, towel) == (1, 0, 900)
