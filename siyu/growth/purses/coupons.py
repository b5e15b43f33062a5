"""Rewards that are coupons: a purse of pieces names the coupon kind that it gives. Where there is none to be had
(stock, budget, limit a person), or the purse names no kind, the reward waits for somebody of the staff to give it by
hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.purses import granting
from siyu.growth.purses.givers import Giver, register
from siyu.growth.purses.model import Reward
from siyu.growth.purses.tables import purse_coupons
from siyu.loyalty.coupons import redeeming
from siyu.loyalty.coupons.model import Take, Taken
from siyu.loyalty.coupons.taking import numbers_of, take

KIND = "coupon"
BY = "campaigns"
PIECES_MAX = 100
"""Of one reward."""


def give(conn: Connection, at: datetime, rewards: Sequence[Reward]) -> None:
    """With what grants them the coupons are taken, each under its reward's own key; those that are given are paid."""
    named = sa.select(purse_coupons.c.purse, purse_coupons.c.kind).where(
        purse_coupons.c.purse.in_({reward.purse for reward in rewards})
    )
    kinds = {row.purse: row.kind for row in conn.execute(named)}
    wishes = [
        Take(kinds[reward.purse], reward.person, key, reward.title, BY)
        for reward in rewards
        if reward.purse in kinds
        for key in _keys(reward)
    ]
    taken = {each.key for each in take(conn, at, wishes) if isinstance(each, Taken)}
    given = [reward.id for reward in rewards if taken.issuperset(_keys(reward))]
    granting.pay(conn, at, BY, given)


def take_back(conn: Connection, rewards: Sequence[Reward]) -> set[int]:
    """Those of whose coupons none has been used: what is still open of them is taken back."""
    at = max((reward.changed for reward in rewards), default=None)
    if at is None:
        return set()
    by_reward = {reward.id: numbers_of(conn, _keys(reward)) for reward in rewards}
    unused = {each: found for each, found in by_reward.items() if "used" not in found.values()}
    redeeming.take_back(conn, at, BY, [number for found in unused.values() for number in found])
    return set(unused)


def without(conn: Connection, rewards: Sequence[Reward]) -> set[int]:
    """Those that gave no coupon: staff may give by hand."""
    return {reward.id for reward in rewards if not numbers_of(conn, _keys(reward))}


def _keys(reward: Reward) -> list[str]:
    return [f"reward:{reward.id}:{place}" for place in range(min(reward.amount, PIECES_MAX))]


register(Giver(KIND, "优惠券", "Coupon", "pieces", by_hand=True, give=give, take_back=take_back, may_pay=without))
