"""Rewards that are coupons: given with the grant, taken back with it, waiting for staff where there is none."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

import siyu.growth.purses.coupons
import siyu.reach.journeys.coupons  # noqa: F401  # they register themselves
from siyu.growth.purses import granting, keeping
from siyu.growth.purses.model import Wanted
from siyu.loyalty.coupons import queries
from siyu.loyalty.coupons.queries import Asked
from siyu.loyalty.coupons.redeeming import Use, order_key, redeem
from siyu.loyalty.coupons.tables import coupons
from siyu.reach.journeys.rewards import REWARDS
from siyu.storage import Stores
from tests.loyalty.coupons.shop import kind, persons


def test_a_reward_of_a_purse_that_names_a_kind_is_its_coupon(each_stores: Stores) -> None:
    stores, now = each_stores, each_stores.clock.now()
    fifty, (person, other) = kind(stores, stock=1), persons(stores, 2)
    purse = keeping.open_purse(stores, "staff:1", "券", "pieces", Decimal(9), fifty.id)
    wishes = [Wanted(f"w{who}", purse.id, who, "coupon", 1, "满200减50") for who in (person, other)]
    for _ in range(2):
        with stores.ledger.write() as conn:
            granting.grant(conn, now, "campaigns", wishes)
    rewards = {each.person: each.stage for each in keeping.list_rewards(stores, keeping.Asked())}
    assert rewards == {person: "paid", other: "granted"}, "what can't be given waits for staff"
    assert [each.person for each in queries.page(stores, Asked(kind=fifty.id))] == [person]


def test_an_unused_one_is_taken_back_with_its_reward_and_a_used_one_stays(each_stores: Stores) -> None:
    stores, now = each_stores, each_stores.clock.now()
    fifty, (person, other) = kind(stores), persons(stores, 2)
    purse = keeping.open_purse(stores, "staff:1", "券", "pieces", Decimal(9), fifty.id)
    with stores.ledger.write() as conn:
        wishes = [Wanted(f"w{who}", purse.id, who, "coupon", 1, "满200减50") for who in (person, other)]
        made = [each.reward for each in granting.grant(conn, now, "campaigns", wishes)]
        first = coupon_of(conn, person)
        redeem(conn, now, [Use(first, order_key("A1"), 5_000, now, "till")])
        back = granting.take_back(conn, now, "staff:1", [each for each in made if each is not None])
    assert [each.person for each in back] == [other]
    stages = {each.person: each.stage for each in queries.page(stores, Asked(kind=fifty.id))}
    assert stages == {person: "used", other: "taken_back"}


def coupon_of(conn: Connection, person: int) -> int:
    return int(conn.execute(sa.select(coupons.c.id).where(coupons.c.person == person)).scalar_one())


def test_a_step_of_a_journey_gives_each_person_one_however_often_it_is_carried_out(each_stores: Stores) -> None:
    stores, now = each_stores, each_stores.clock.now()
    fifty, many = kind(stores), persons(stores, 3)
    for _ in range(2):
        with stores.ledger.write() as conn:
            REWARDS["coupon"](conn, many, {"kind": fifty.id}, "journey:1:give:1", now)
    assert len(queries.page(stores, Asked(kind=fifty.id))) == 3
