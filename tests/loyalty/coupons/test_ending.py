"""Coupons end by themselves, are told of before, and are bought with points."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from siyu.loyalty.coupons import expiring, kinds
from siyu.loyalty.coupons.exchange import exchange
from siyu.loyalty.coupons.forgetting import forget_people
from siyu.loyalty.coupons.model import Kind, Refused, Take, Taken
from siyu.loyalty.coupons.ready import READY
from siyu.loyalty.coupons.tables import coupon_steps, coupons
from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.queries import balances
from siyu.people.tables import own_events
from siyu.storage import ManualClock, Stores
from tests.loyalty.coupons.shop import kind, one, persons, took


def later(stores: Stores, step: timedelta) -> None:
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(step)


def events(stores: Stores, name: str) -> list[int]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(own_events.c.person).where(own_events.c.name == name)).scalars())


def test_what_has_ended_ends_once_and_its_budget_is_free_again(each_stores: Stores) -> None:
    fifty, (person, other) = kind(each_stores, days=7, budget_cents=5_000), persons(each_stores, 2)
    one(each_stores, fifty, person)
    later(each_stores, timedelta(days=9))
    assert (expiring.end(each_stores), expiring.end(each_stores)) == (1, 0)
    assert kinds.get(each_stores, fifty.id).promised_cents == 0
    assert events(each_stores, "coupon_ended") == [person]
    assert one(each_stores, fifty, other, "other").new


def test_what_ends_soon_is_told_of_once_and_what_was_just_taken_is_not(each_stores: Stores) -> None:
    long, short, (person,) = kind(each_stores, days=7), kind(each_stores, days=1), persons(each_stores)
    one(each_stores, long, person, "long")
    one(each_stores, short, person, "short")
    assert expiring.tell(each_stores) == 0
    later(each_stores, timedelta(days=6))
    assert (expiring.tell(each_stores), expiring.tell(each_stores)) == (1, 0)
    assert events(each_stores, "coupon_ending") == [person]


def rich(stores: Stores, person: int, points: int) -> None:
    with stores.ledger.write() as conn:
        post(conn, stores.clock.now(), [Earn(key=f"earn {person}", why="消费", person=person, points=points)])


def bought(stores: Stores, kind: Kind, person: int, key: str) -> Taken | Refused:
    with stores.ledger.write() as conn:
        return exchange(conn, stores.clock.now(), kind.id, person, key)


def has(stores: Stores, person: int) -> int:
    with stores.ledger.read() as conn:
        return balances(conn, stores.clock.now(), [person])[person].available


def test_points_buy_a_coupon_once_for_a_key(each_stores: Stores) -> None:
    ready = kinds.make(each_stores, "staff:1", READY["points_50"][1])
    (person,) = persons(each_stores)
    rich(each_stores, person, 1_200)
    first, again = bought(each_stores, ready, person, "a"), bought(each_stores, ready, person, "a")
    assert isinstance(first, Taken)
    assert isinstance(again, Taken)
    assert first.coupon == again.coupon
    assert has(each_stores, person) == 700
    assert isinstance(bought(each_stores, ready, person, "b"), Taken)
    assert bought(each_stores, ready, person, "c") == Refused("c", "points")
    assert (has(each_stores, person), kinds.get(each_stores, ready.id).taken) == (200, 2)
    assert audit(each_stores) == []


def test_where_there_is_no_coupon_no_point_is_spent(each_stores: Stores) -> None:
    last = kind(each_stores, stock=1, price_points=500, per_person=None)
    person, other = persons(each_stores, 2)
    rich(each_stores, person, 1_000)
    took(each_stores, Take(last.id, other, "other"))
    assert bought(each_stores, last, person, "a") == Refused("a", "stock")
    assert bought(each_stores, kind(each_stores), person, "b") == Refused("b", "unknown")
    assert has(each_stores, person) == 1_000


def test_every_ready_made_kind_can_be_made(stores: Stores) -> None:
    assert [kinds.make(stores, "staff:1", wanted).name for _, wanted in READY.values()]


def test_who_is_erased_leaves_no_words_and_no_open_coupon(each_stores: Stores) -> None:
    fifty, (person,) = kind(each_stores), persons(each_stores)
    took(each_stores, Take(fifty.id, person, "a", "生日祝福 13800138000", "staff:1"))
    with each_stores.ledger.write() as conn:
        forget_people(conn, each_stores.clock.now(), [person])
    with each_stores.ledger.read() as conn:
        assert conn.execute(sa.select(coupons.c.why, coupons.c.stage)).all() == [("", "ended")]
        assert set(conn.execute(sa.select(coupon_steps.c.why)).scalars()) == {""}
