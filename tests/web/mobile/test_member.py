"""``/m/member``: a member's own page, for the member alone; and who may not take part is told what is missing."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest

from siyu.channels import channels_of
from siyu.growth.campaigns.model import Only
from siyu.growth.visitors import links
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.loyalty.tiers import agents, settling
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.growth.campaigns.playing import started
from tests.growth.campaigns.test_membership import EVENTS
from tests.loyalty.tiers.telling import begun, bought
from tests.web.mobile.phones import Phone

PAGE_BYTES_MAX = 100_000


@pytest.fixture
def site(stores: Stores) -> Iterator[Any]:
    channels = channels_of(stores)
    yield create_app(stores, outside=Outside(channels=channels))
    channels.close()


def theirs(stores: Stores, site: Any, person: int) -> Phone:
    """A phone that opened a link that was made for them."""
    phone = Phone(site)
    phone.open(f"/m/member?me={links.token_for(stores.home, person, stores.clock.now())}")
    phone.open("/m/member")
    return phone


def test_a_member_sees_points_tier_and_the_way_on(stores: Stores, site: Any) -> None:
    begun(stores)
    agents.set_pool(stores, ["staff:1"])
    bought(stores, "u1", 180, "a1")
    with stores.ledger.write() as conn:
        post(conn, stores.clock.now(), [Earn(key="x", why="欢迎礼", person=1, points=88)])
    phone = theirs(stores, site, 1)
    assert "银卡" in phone.text
    assert "再消费" in phone.text
    assert "¥320.00" in phone.text
    assert "升金卡" in phone.text
    assert "欢迎礼" in phone.text
    assert "会员折扣 5 % 优惠" in phone.text
    assert "未解锁" in phone.text
    assert len(gzip.compress(phone.text.encode())) < PAGE_BYTES_MAX
    assert "+88" in phone.open("/m/member/points")
    assert "Spend" in phone.open("/m/member?lang=en")


def test_nobody_else_sees_it(stores: Stores, site: Any) -> None:
    begun(stores)
    stranger = Phone(site)
    assert "请先确认是您本人" in stranger.open("/m/member")
    assert "请先确认是您本人" in stranger.open("/m/member/points")


def test_without_a_plan_the_page_is_there_all_the_same(stores: Stores, site: Any) -> None:
    bought(stores, "u1", 180, "a1")
    assert "会员等级还没有开放" in theirs(stores, site, 1).text


def test_who_may_not_take_part_is_told_what_is_missing_and_how_to_get_there(stores: Stores, site: Any) -> None:
    begun(stores, EVENTS)
    bought(stores, "u1", 180, "a1")
    campaign = started(stores, only=Only(right="events"))
    phone = theirs(stores, site, 1)
    assert campaign.name not in phone.text
    assert "金卡" in phone.open(f"/m/{campaign.slug}")
    assert "¥320.00" in phone.text
    bought(stores, "u1", 400, "a2")
    settling.work(stores)
    assert campaign.name in phone.open("/m/member")
    phone.begins(campaign)
