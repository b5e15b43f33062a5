"""A member's page on a phone of 320 pixels, in Chinese and in English, with scripts and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from siyu.channels import channels_of
from siyu.growth.campaigns.model import Only
from siyu.growth.visitors import links
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.browser.conftest import serving
from tests.browser.test_campaigns import fits, phone
from tests.growth.campaigns.playing import started
from tests.growth.campaigns.test_membership import EVENTS
from tests.loyalty.tiers.telling import begun, bought


@pytest.fixture
def address(stores: Stores) -> Iterator[str]:
    channels = channels_of(stores)
    with serving(create_app(stores, outside=Outside(channels=channels))) as found:
        yield found
    channels.close()


def test_a_member_looks_at_points_tier_and_what_is_open(stores: Stores, address: str, browser: Any) -> None:
    begun(stores, EVENTS)
    bought(stores, "u1", 180, "a1")
    bought(stores, "u2", 800, "a2")
    with stores.ledger.write() as conn:
        post(conn, stores.clock.now(), [Earn(key="x", why="欢迎礼", person=1, points=88)])
    campaign = started(stores, only=Only(right="events"))
    now = stores.clock.now()
    with (
        phone(browser, address) as silver,
        phone(browser, address, locale="en", java_script_enabled=False) as gold,
    ):
        page = silver.open(f"/m/member?me={links.token_for(stores.home, 1, now)}")
        assert "me=" not in page.url, "who shares the page shares nothing of themselves"
        page.wait_for_selector("text=¥320.00")
        fits(silver)
        page.click("text=积分明细")
        page.wait_for_selector("text=+88")
        silver.quiet()
        fits(silver)
        silver.open(f"/m/{campaign.slug}")
        page.wait_for_selector("text=就能升到")
        fits(silver)
        plain = gold.page
        plain.goto(f"{address}/m/member?me={links.token_for(stores.home, 2, now)}")
        plain.wait_for_selector("text=You are at the top")
        plain.click(f"text={campaign.name}")
        plain.wait_for_selector("button")
