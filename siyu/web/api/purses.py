"""The API of purses (what rewards may cost) and of rewards."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from siyu.growth.purses import command, keeping
from siyu.growth.purses.command import PurseAnswer, PursesAnswer, RewardDetail, RewardsAnswer
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.api.ways import Word
from siyu.web.current import note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_read, api_write

Amount = Annotated[Decimal, msgspec.Meta(description="Yuan with at most two decimals; points and pieces are whole.")]
Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]


class PurseBody(msgspec.Struct, forbid_unknown_fields=True):
    """A purse. `total`: as people write it, `"500.00"` yuan."""

    name: Word
    currency: Literal["yuan", "points", "pieces"]
    total: Amount


class TotalBody(msgspec.Struct, forbid_unknown_fields=True):
    """What it may cost in all."""

    total: Amount


class SettleBody(msgspec.Struct, forbid_unknown_fields=True):
    """`to`: `granted` lets go what is held, `dropped` ends it, `paid` says that it was given by hand, `taken_back`."""

    to: Literal["granted", "dropped", "paid", "taken_back"]
    why: Word = ""


@api_read("/api/purses", "campaign.read")
def list_all(stores: Stores, before: int | None = None, limit: Limit = 50) -> PursesAnswer:
    """Purses, the newest first."""
    return command.purses_told(stores, before, limit)


@api_write("POST", "/api/purses", "purse.write", audits="purse_opened")
def add(stores: Stores, actor: Actor, data: PurseBody) -> PurseAnswer:
    """Set money, points or pieces aside for rewards."""
    made = keeping.open_purse(stores, actor.tag, data.name, data.currency, data.total)
    note(f"purse:{made.id}", name=made.name)
    return command.purse_told(made)


@api_read("/api/purses/{purse:int}", "campaign.read")
def one(stores: Stores, purse: Id) -> PurseAnswer:
    """One purse."""
    return command.purse_told(keeping.get_purse(stores, purse))


@api_write("PUT", "/api/purses/{purse:int}/total", "purse.write", audits="purse_changed", about="purse:{purse}")
def set_total(stores: Stores, purse: Id, data: TotalBody) -> PurseAnswer:
    """Raise or lower what it may cost in all; never below what was taken."""
    return command.purse_told(keeping.set_total(stores, purse, data.total))


acts = api_acts("/api/purses/{purse:int}", "purse.write", about="purse:{purse}")


@acts("close", "purse_closed")
def close(stores: Stores, purse: Id) -> PurseAnswer:
    """Take nothing from it any more; what was granted stays."""
    return command.purse_told(keeping.close_purse(stores, purse, closed=True))


@acts("reopen", "purse_reopened")
def reopen(stores: Stores, purse: Id) -> PurseAnswer:
    """Take from it again."""
    return command.purse_told(keeping.close_purse(stores, purse, closed=False))


@api_read("/api/rewards", "campaign.read")
def rewards(
    stores: Stores,
    purse: int | None = None,
    person: int | None = None,
    stage: str = "",
    before: int | None = None,
    limit: Limit = 50,
) -> RewardsAnswer:
    """Rewards, the newest first."""
    return command.rewards_told(stores, purse, person, stage[:20], before, limit)


@api_read("/api/rewards/{reward:int}", "campaign.read")
def reward_of(stores: Stores, reward: Id) -> RewardDetail:
    """One reward with its steps."""
    return command.reward_told(stores, reward)


@api_write("POST", "/api/rewards/{reward:int}/settle", "purse.write", audits="reward_settled", about="reward:{reward}")
def settle(stores: Stores, actor: Actor, reward: Id, data: SettleBody) -> RewardDetail:
    """What staff do with one reward."""
    keeping.settle(stores, actor.tag, reward, data.to, data.why)
    note(f"reward:{reward}", to=data.to)
    return command.reward_told(stores, reward)


ROUTES = [list_all, add, one, set_total, close, reopen, rewards, reward_of, settle]
