"""What ``siyu purse …``, ``siyu reward …`` and the API answer of purses and rewards. Amounts in the smallest unit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from siyu.growth.purses import keeping
from siyu.growth.purses.keeping import Asked
from siyu.growth.purses.model import Purse, Reward
from siyu.people.families import members_of
from siyu.storage import NotFound, Stores

Stage = Literal["held", "granted", "paid", "dropped", "taken_back"]


class PurseAnswer(msgspec.Struct, frozen=True):
    """What rewards may cost: `left` = `total` - `held` (of rewards that wait) - `spent` (granted or given), in cents,
    points or pieces. `closed`: nothing is taken from it any more."""

    id: int
    name: str
    currency: Literal["yuan", "points", "pieces"]
    total: int
    held: int
    spent: int
    left: int
    closed: datetime | None
    created: datetime
    by: str


class PursesAnswer(msgspec.Struct, frozen=True):
    """A page of purses, the newest first. `next`: give it as `before`; null at the end."""

    purses: list[PurseAnswer]
    next: int | None


class RewardAnswer(msgspec.Struct, frozen=True):
    """A reward. `key`: its reason, for which it is granted once. `due`: when what is held is let go by itself."""

    id: int
    key: str
    purse: int
    person: int
    campaign: str
    kind: str
    amount: int
    title: str
    stage: Stage
    at: datetime
    changed: datetime
    due: datetime | None


class RewardsAnswer(msgspec.Struct, frozen=True):
    """A page of rewards, the newest first. `next`: give it as `before`; null at the end."""

    rewards: list[RewardAnswer]
    next: int | None


class StepAnswer(msgspec.Struct, frozen=True):
    """A reward came to this `stage`."""

    stage: Stage
    at: datetime
    by: str
    why: str


class RewardDetail(msgspec.Struct, frozen=True):
    """A reward with its steps, the first first."""

    reward: RewardAnswer
    steps: list[StepAnswer]


def purse_told(found: Purse) -> PurseAnswer:
    """One purse."""
    return PurseAnswer(**{name: getattr(found, name) for name in PurseAnswer.__struct_fields__})


def purses_told(stores: Stores, before: int | None, limit: int) -> PursesAnswer:
    """A page of them."""
    found = keeping.list_purses(stores, before, limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return PursesAnswer([purse_told(each) for each in found[:limit]], following)


def _reward(found: Reward) -> RewardAnswer:
    return RewardAnswer(**{name: getattr(found, name) for name in RewardAnswer.__struct_fields__})


def rewards_told(
    stores: Stores, purse: int | None, person: int | None, stage: str, before: int | None, limit: int
) -> RewardsAnswer:
    """A page of rewards."""
    nodes: tuple[int, ...] = ()
    if person is not None:
        with stores.ledger.read() as conn:
            nodes = tuple(node for nodes in members_of(conn, [person]).values() for node in nodes) or (person,)
    found = keeping.list_rewards(stores, Asked(purse, nodes, stage, before, limit + 1))
    following = found[limit - 1].id if len(found) > limit else None
    return RewardsAnswer([_reward(each) for each in found[:limit]], following)


def reward_told(stores: Stores, reward: int) -> RewardDetail:
    """One reward with its steps. Raises :class:`NotFound`."""
    found = keeping.list_rewards(stores, Asked(before=reward + 1, rows_max=1))
    if not found or found[0].id != reward:
        raise NotFound("no_reward", f"没有编号为 {reward} 的奖励。", f"There is no reward {reward}.")
    return RewardDetail(_reward(found[0]), [StepAnswer(**each) for each in keeping.steps_of(stores, reward)])
