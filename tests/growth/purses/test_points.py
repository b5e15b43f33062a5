"""Rewards in points: there at once, taken back where the reward is, owed where they were spent."""

from __future__ import annotations

import siyu.growth.purses.points  # registers the giver
from siyu.growth.purses import granting
from siyu.loyalty.points.auditing import audit
from siyu.loyalty.points.by_hand import do
from siyu.storage import Stores
from tests.growth.purses.test_granting import a_purse, grant, wish
from tests.loyalty.points.test_following import has
from tests.people.calls import drained, track

assert siyu.growth.purses.points


def test_points_of_a_reward_are_there_at_once_and_go_with_it(each_stores: Stores) -> None:
    stores = each_stores
    drained(stores, track("u1", "Came", at=stores.clock.now()))
    purse = a_purse(stores, 100, "points")
    (first,) = grant(stores, [wish("a", purse, 60, kind="points")])
    (again,) = grant(stores, [wish("a", purse, 60, kind="points")])
    assert (first.stage, again.new, has(stores).available) == ("paid", False, 60)
    do(stores, "staff:1", "spend", "k", "兑换", person=1, points=50)
    assert first.reward is not None
    for _ in range(2):
        with stores.ledger.write() as conn:
            granting.take_back(conn, stores.clock.now(), "staff:1", [first.reward])
    assert (has(stores).available, has(stores).owed, audit(stores)) == (0, 50, [])
