"""Campaigns for tests."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

import siyu.growth.mechanics
from siyu.growth.campaigns import acting, keeping
from siyu.growth.campaigns.acting import Outcome, Wish
from siyu.growth.campaigns.model import Campaign
from siyu.growth.cheating import reviewing
from siyu.growth.purses import keeping as purses
from siyu.growth.purses.tables import rewards
from siyu.storage import Stores
from tests.growth.referral.test_bringing import some_people

assert siyu.growth.mechanics, "every mechanic is known"
HELP = {"helpers": 2, "title": "杯子"}
INVITE = {"rungs": [{"friends": 2, "title": "面膜"}, {"friends": 3, "title": "红包", "kind": "money", "amount": 500}]}


def wanted(stores: Stores, mechanic: str = "help", pieces: int = 10, **more: Any) -> keeping.Wanted:
    """A campaign that may start as it is."""
    now = stores.clock.now()
    purse = purses.open_purse(stores, "system", "礼品", "pieces", Decimal(pieces)).id
    money = purses.open_purse(stores, "system", "现金", "yuan", Decimal(100)).id
    same: dict[str, Any] = {
        "name": "春日助力",
        "sponsor": "井水商店",
        "text_zh": "请朋友帮忙，凑齐即送。",
        "rules": HELP if mechanic == "help" else INVITE,
        "purses": {"pieces": purse, "yuan": money},
        "places": ["counter"],
        "adults": False,
        "begins": now,
        "ends": now + timedelta(days=7),
    }
    return keeping.Wanted(mechanic=mechanic, **(same | more))


def started(stores: Stores, mechanic: str = "help", pieces: int = 10, **more: Any) -> Campaign:
    """One that runs, and whose rewards are given at once, money too."""
    drafted = keeping.draft(stores, "staff:1", wanted(stores, mechanic, pieces, **more))
    limits = reviewing.get_limits(stores, drafted.id)
    at_once = msgspec.structs.replace(limits, wait_hours=0, money_wait_hours=0)
    if limits != at_once:
        reviewing.set_limits(stores, "staff:1", drafted.id, at_once)
    return keeping.start(stores, drafted.id)


def play(stores: Stores, campaign: Campaign, person: int, effort: str = "", once: str = "", **more: Any) -> Outcome:
    """One act of one person."""
    once = once or f"{person}:{effort}:{len(granted(stores))}:{more}"
    (outcome,) = acting.act(stores, [Wish(campaign.id, person, once, effort, **more)])
    return outcome


def granted(stores: Stores) -> list[tuple[int, str, str]]:
    with stores.ledger.read() as conn:
        query = sa.select(rewards.c.person, rewards.c.title, rewards.c.stage).order_by(rewards.c.id)
        return [(row.person, row.title, row.stage) for row in conn.execute(query)]


__all__ = ["granted", "play", "some_people", "started", "wanted"]
