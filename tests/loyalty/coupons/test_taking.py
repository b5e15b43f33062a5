"""Taking coupons: once for a key, never beyond stock, budget or what a person may have."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from siyu.loyalty.coupons import kinds
from siyu.loyalty.coupons.kinds import Change, Wanted
from siyu.loyalty.coupons.model import Refused, Take, Taken
from siyu.loyalty.coupons.stacking import Amount, Percent, Shipping, Terms
from siyu.loyalty.coupons.tables import coupon_kinds, coupon_steps, coupons
from siyu.people import merges
from siyu.people.tables import own_events, people
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.loyalty.coupons.shop import DAY, FIFTY, kind, one, persons, took


def whys(answers: list[Taken | Refused]) -> list[str]:
    return [each.why if isinstance(each, Refused) else "" for each in answers]


def test_a_key_is_one_coupon_however_often_it_is_asked_for(each_stores: Stores) -> None:
    fifty, (person,) = kind(each_stores, per_person=5), persons(each_stores)
    first, again = took(each_stores, Take(fifty.id, person, "a"), Take(fifty.id, person, "a"))
    (later,) = took(each_stores, Take(fifty.id, person, "a"))
    assert isinstance(first, Taken)
    assert isinstance(again, Taken)
    assert isinstance(later, Taken)
    assert (first.new, again.new, later.new) == (True, False, False)
    assert first.coupon == again.coupon == later.coupon
    assert kinds.get(each_stores, fifty.id).taken == 1


def test_no_more_are_taken_than_there_are_in_the_order_of_the_wishes(each_stores: Stores) -> None:
    fifty, many = kind(each_stores, stock=2), persons(each_stores, 3)
    answers = took(each_stores, *(Take(fifty.id, person, f"k{person}") for person in many))
    assert whys(answers) == ["", "", "stock"]
    assert kinds.get(each_stores, fifty.id).left == 0


def test_a_person_has_no_more_than_one_may_have_under_whatever_number(each_stores: Stores) -> None:
    fifty, (person, other) = kind(each_stores, per_person=2), persons(each_stores, 2)
    assert whys(took(each_stores, Take(fifty.id, person, "a"), Take(fifty.id, other, "b"))) == ["", ""]
    merges.merge(each_stores, "staff:1", person, other)
    assert whys(took(each_stores, Take(fifty.id, person, "c"), Take(fifty.id, other, "d"))) == ["limit", "limit"]


def test_what_open_coupons_may_take_is_set_aside_of_the_budget(each_stores: Stores) -> None:
    fifty, many = kind(each_stores, budget_cents=12_000), persons(each_stores, 3)
    answers = took(each_stores, *(Take(fifty.id, person, f"k{person}") for person in many))
    assert whys(answers) == ["", "", "budget"]
    assert kinds.get(each_stores, fifty.id).promised_cents == 10_000


def test_none_is_taken_of_what_is_unknown_stopped_or_over_or_for_nobody(each_stores: Stores) -> None:
    now = each_stores.clock.now()
    fifty, stopped, (person,) = kind(each_stores), kind(each_stores), persons(each_stores)
    over = kind(each_stores, days=None, ends=now + DAY)
    kinds.stop(each_stores, stopped.id, stopped=True)
    with each_stores.ledger.write() as conn:
        conn.execute(sa.update(coupon_kinds).where(coupon_kinds.c.id == over.id).values(ends=now))
    asked = [(99, person), (stopped.id, person), (over.id, person), (fifty.id, 12_345)]
    answers = took(each_stores, *(Take(number, who, f"k{place}") for place, (number, who) in enumerate(asked)))
    assert whys(answers) == ["unknown", "stopped", "ended", "gone"]


def test_who_was_erased_gets_none(each_stores: Stores) -> None:
    fifty, (person,) = kind(each_stores), persons(each_stores)
    with each_stores.ledger.write() as conn:
        conn.execute(sa.update(people).where(people.c.person == person).values(gone=each_stores.clock.now()))
    assert whys(took(each_stores, Take(fifty.id, person, "a"))) == ["gone"]


def test_days_end_at_a_midnight_of_the_shop_and_never_after_the_kind(stores: Stores) -> None:
    (person,) = persons(stores)
    stores.clock.advance(datetime(2026, 3, 1, 20, 0, tzinfo=UTC) - stores.clock.now())  # March 2 in Shanghai
    week = one(stores, kind(stores, days=7), person, "week")
    assert week.ends == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    end = datetime(2026, 3, 4, tzinfo=UTC)
    assert one(stores, kind(stores, days=7, ends=end), person, "short").ends == end


def test_a_taken_coupon_is_told_of_and_written_down(stores: Stores) -> None:
    fifty, (person,) = kind(stores), persons(stores)
    taken = one(stores, fifty, person)
    with stores.ledger.read() as conn:
        event = conn.execute(sa.select(own_events).where(own_events.c.name == "coupon_taken")).one()
        step = conn.execute(sa.select(coupon_steps)).one()
    assert (event.person, event.properties["coupon"], event.properties["kind"]) == (person, taken.coupon, fifty.id)
    assert (step.coupon, step.what) == (taken.coupon, "taken")


def test_the_table_itself_refuses_more_than_its_stock(each_stores: Stores) -> None:
    fifty = kind(each_stores, stock=1)
    with pytest.raises(IntegrityError), each_stores.ledger.write() as conn:
        conn.execute(sa.update(coupon_kinds).where(coupon_kinds.c.id == fifty.id).values(taken=2))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"days": None}, "coupon_lasts"),
        ({"ends": datetime(2020, 1, 1, tzinfo=UTC)}, "coupon_ends"),
        ({"terms": Terms(gives=Shipping())}, "coupon_layer"),
        ({"terms": Terms(gives=Percent(20)), "budget_cents": 1_000}, "coupon_unbounded"),
        ({"terms": Terms(gives=Amount(100, every=True), threshold=1_000), "budget_cents": 1_000}, "coupon_unbounded"),
        ({"codes": "shared", "code": "!!"}, "coupon_code"),
        ({"codes": "printed", "price_points": 5}, "coupon_printed_price"),
        ({"name": "  "}, "coupon_name"),
    ],
)
def test_a_kind_that_could_not_be_honoured_is_refused(stores: Stores, more: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        kind(stores, **more)
    assert refused.value.code == code


def test_a_shared_code_is_one_kinds(stores: Stores) -> None:
    assert kind(stores, codes="shared", code="spring 50").code == "SPRING50"
    with pytest.raises(Conflict):
        kind(stores, codes="shared", code="SPRING50")


def test_the_rules_of_what_somebody_has_stand(stores: Stores) -> None:
    fifty, (person,) = kind(stores), persons(stores)
    other = Wanted(name="新", terms=Terms(gives=Amount(100)), days=3)
    assert kinds.revise(stores, fifty.id, other).name == "新"
    one(stores, fifty, person)
    with pytest.raises(Conflict):
        kinds.revise(stores, fifty.id, Wanted(name="旧", terms=FIFTY, days=3))
    with pytest.raises(NotFound):
        kinds.revise(stores, 99, other)


def test_stock_and_budget_may_change_but_not_below_what_is_out(stores: Stores) -> None:
    fifty, many = kind(stores, stock=5), persons(stores, 2)
    for person in many:
        one(stores, fifty, person, f"k{person}")
    same = {"name": "满200减50", "per_person": 1, "price_points": None}
    assert kinds.change(stores, fifty.id, Change(**same, stock=2, budget_cents=10_000)).left == 0
    with pytest.raises(Conflict):
        kinds.change(stores, fifty.id, Change(**same, stock=1, budget_cents=None))
    with pytest.raises(Conflict):
        kinds.change(stores, fifty.id, Change(**same, stock=None, budget_cents=9_999))


def test_codes_are_many_and_none_is_twice(stores: Stores) -> None:
    fifty, many = kind(stores), persons(stores, 200)
    took(stores, *(Take(fifty.id, person, f"k{person}") for person in many))
    with stores.ledger.read() as conn:
        codes = conn.execute(sa.select(coupons.c.code)).scalars().all()
    assert len(set(codes)) == 200
    assert all(len(code) == 12 for code in codes)
