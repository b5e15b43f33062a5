"""What ``siyu payout …`` and the API answer of payouts. Amounts in cents."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from siyu.growth.payouts import keeping
from siyu.growth.payouts.keeping import Shown
from siyu.growth.payouts.model import STATES
from siyu.growth.payouts.words import cause, way_out
from siyu.storage import Stores

State = Literal["intended", "attempted", "unknown", "accepted", "paid", "refused", "withdrawn"]


class PayoutAnswer(msgspec.Struct, frozen=True):
    """How a money reward is paid. `bill`: our number of it at the platform, for ever the same. `why`: what it waits for
    or why it was refused; `way`: what staff can do about it; `said`: the platform's own words. `burned`: the platform
    ended a bill of this number, so it is paid by hand. `next`: when it is looked at again."""

    id: int
    reward: int
    person: int
    title: str
    amount: int
    bill: str
    account: int
    state: State
    why: str
    why_zh: str
    why_en: str
    way_zh: str
    way_en: str
    said: str
    tries: int
    burned: bool
    made: datetime
    changed: datetime
    attempted: datetime | None
    next: datetime | None


class CountAnswer(msgspec.Struct, frozen=True):
    """How many payouts are in a state, and of how many cents."""

    state: State
    payouts: int
    amount: int


class PayoutsAnswer(msgspec.Struct, frozen=True):
    """A page of payouts, the newest first, and how all of them stand. `next`: give it as `before`; null at the end."""

    payouts: list[PayoutAnswer]
    counts: list[CountAnswer]
    next: int | None


def payout_told(found: Shown) -> PayoutAnswer:
    """One payout. To which open id it goes is not told."""
    payout = found.payout
    (zh, en), (way_zh, way_en) = cause(payout), way_out(payout)
    own = {name: getattr(payout, name) for name in PayoutAnswer.__struct_fields__ if hasattr(payout, name)}
    return PayoutAnswer(
        **own, person=found.person, title=found.title, why_zh=zh, why_en=en, way_zh=way_zh, way_en=way_en
    )


def payouts_told(stores: Stores, state: str, before: int | None, limit: int) -> PayoutsAnswer:
    """A page of them."""
    found = keeping.list_payouts(stores, state, before, limit + 1)
    following = found[limit - 1].payout.id if len(found) > limit else None
    counted = keeping.counts(stores)
    return PayoutsAnswer(
        [payout_told(each) for each in found[:limit]],
        [CountAnswer(name, *counted[name]) for name in STATES],  # pyright: ignore[reportArgumentType]
        following,
    )
