"""What a tier opens in campaigns: those for members alone, and all of them early."""

from __future__ import annotations

from datetime import timedelta

from siyu.growth.campaigns.model import Only
from siyu.loyalty.tiers.model import Plan, Tier
from siyu.storage import ManualClock, Stores
from tests.growth.campaigns.playing import play, started
from tests.loyalty.tiers.telling import PLAN, begun, bought

EVENTS = Plan(
    window_days=60,
    tiers=(PLAN.tiers[0], Tier(key="gold", name="金卡", up=500, stay=300, rights={"events": 1, "early_access": 24})),
)


def members(stores: Stores) -> None:
    """Person 1 is gold, person 2 silver."""
    begun(stores, EVENTS)
    bought(stores, "u1", 600, "a1")
    bought(stores, "u2", 120, "a2")


def test_a_members_campaign_is_started_by_who_has_the_right_and_helped_by_anybody(each_stores: Stores) -> None:
    stores = each_stores
    members(stores)
    campaign = started(stores, only=Only(right="events"))
    refused = play(stores, campaign, 2)
    assert (refused.state, refused.said) == ("refused", "members")
    opened = play(stores, campaign, 1)
    assert opened.state == "opened"
    assert opened.effort is not None
    assert play(stores, campaign, 2, opened.effort.slug).state == "counted"


def test_who_has_early_access_comes_so_many_hours_before(each_stores: Stores) -> None:
    stores = each_stores
    members(stores)
    begins = stores.clock.now() + timedelta(hours=30)
    campaign = started(stores, begins=begins, ends=begins + timedelta(days=3))
    assert play(stores, campaign, 1).said == "not_begun"
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=7))
    assert play(stores, campaign, 1, once="later").state == "opened"
    assert play(stores, campaign, 2, once="later 2").said == "not_begun"


def test_without_a_plan_nobody_has_any_right(each_stores: Stores) -> None:
    bought(each_stores, "u1", 600, "a1")
    campaign = started(each_stores, only=Only(right="events"))
    assert play(each_stores, campaign, 1).said == "members"
