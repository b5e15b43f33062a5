"""Mechanics played through by two phones, of who starts and of who helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from siyu.channels import channels_of
from siyu.growth.campaigns.model import Campaign
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.browser.conftest import Visitor, serving
from tests.growth.campaigns.playing import granted, started

PHONE = {"width": 320, "height": 640}
WEIGHT_MAX = 100_000


@pytest.fixture
def address(stores: Stores) -> Iterator[str]:
    channels = channels_of(stores)
    with serving(create_app(stores, outside=Outside(channels=channels))) as found:
        yield found
    channels.close()


@contextmanager
def phone(browser: Any, address: str, **more: Any) -> Iterator[Visitor]:
    context = browser.new_context(viewport=PHONE, has_touch=True, **({"locale": "zh-CN"} | more))
    visitor = Visitor(context.new_page(), address)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    yield visitor
    assert visitor.faults == []
    context.close()


def weight(visitor: Visitor) -> int:
    """Bytes that the page and all of its parts took on their way."""
    parts = "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
    return visitor.page.evaluate(f"{parts}.reduce((sum, each) => sum + each.transferSize, 0)")


def fits(visitor: Visitor) -> None:
    assert (visitor.overflow, visitor.serious()) == (0, [])
    assert weight(visitor) < WEIGHT_MAX


def open_effort(visitor: Visitor, campaign: Campaign) -> str:
    """Where it is."""
    page = visitor.open(f"/m/{campaign.slug}")
    fits(visitor)
    page.check("[name=adult]")
    page.click("button:has-text('我要参加')")
    page.wait_for_selector(".bar")
    visitor.quiet()
    fits(visitor)
    return page.url.partition("?")[0].removeprefix(visitor.address)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_help_is_played_through_by_two_phones(stores: Stores, address: str, browser: Any, scripts: bool) -> None:
    rules = {"helpers": 1, "title": "随行杯", "friend_title": "小样", "hours": 24}
    campaign = started(stores, rules=rules, adults=True, text_en="Ask a friend to help, and a cup is yours.")
    with (
        phone(browser, address) as starter,
        phone(browser, address, locale="en", java_script_enabled=scripts) as friend,
    ):
        path = open_effort(starter, campaign)
        assert starter.page.is_visible("img.qr")
        page = friend.page
        page.goto(address + path)
        page.check("[name=adult]")
        page.dblclick("button:has-text('Help them')") if scripts else page.click("button:has-text('Help them')")
        page.wait_for_selector("text=Done: the reward is granted.")
        page.go_back()
        starter.open(path)
        assert starter.page.is_visible("text=已完成")
        fits(starter)
    assert sorted(title for _, title, _ in granted(stores)) == ["小样", "随行杯"]


def test_an_invitation_is_accepted_and_leads_to_where_it_is_done(stores: Stores, address: str, browser: Any) -> None:
    campaign = started(stores, "invite", adults=True, ask="add", door="/c/shop")
    with phone(browser, address) as starter, phone(browser, address) as friend:
        path = open_effort(starter, campaign)
        page = friend.open(path)
        page.check("[name=adult]")
        page.click("button:has-text('接受邀请')")
        page.wait_for_selector("a:has-text('去添加')")
        friend.quiet()
        fits(friend)
        assert page.get_attribute("a:has-text('去添加')", "href") == "/c/shop"
