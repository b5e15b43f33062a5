"""Rewards in points: the purse says how many there may be, the ledger of points gives them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from siyu.growth.purses.givers import Giver, register
from siyu.growth.purses.model import Reward
from siyu.jobs import preferences
from siyu.loyalty.points.earning import lasting
from siyu.loyalty.points.model import Earn, TakeBack
from siyu.loyalty.points.posting import post

BY = "rewards"


def give(conn: Connection, at: datetime, rewards: Sequence[Reward]) -> None:
    """With what grants them they are there."""
    until = lasting.of(conn).until(at, preferences.timezone(conn))
    post(
        conn,
        at,
        [
            Earn(key=_key(each), why=each.title, by=BY, person=each.person, points=each.amount, expires=until)
            for each in rewards
        ],
    )


def take_back(conn: Connection, rewards: Sequence[Reward]) -> set[int]:
    """What of them was spent already is owed. A reward that was granted before points were given here had none."""
    now = max((each.changed for each in rewards), default=None)
    if now is not None:
        wishes = [TakeBack(key=f"{_key(each)}:back", why=each.title, by=BY, of=_key(each)) for each in rewards]
        post(conn, now, wishes)
    return {each.id for each in rewards}


def _key(reward: Reward) -> str:
    return f"reward:{reward.id}"


register(Giver("points", "积分", "Points", "points", at_once=True, give=give, take_back=take_back))
