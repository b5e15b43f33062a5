"""Each mechanic played through on two phones: who starts it, and a friend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from siyu.channels import channels_of
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.browser.conftest import SIZES, Visitor, serving
from tests.growth.campaigns.playing import started
from tests.growth.mechanics.samples import RULES


class Play(NamedTuple):
    """What stands on the page: after it was begun; what the friend presses, and then reads; what the starter reads
    when the page is opened again."""

    begun: str
    press: str
    helped: str
    after: str


PLAYS = {
    "red_packet": Play("您的这一份", "拿一份", "拿到了", "手气最佳"),
    "lottery": Play("抽一次（还有 1 次）", "送 TA 一次", "TA 多了一次机会", "抽一次（还有 2 次）"),
    "bargain": Play("再砍 1 刀必到底价", "帮 TA 砍一刀", "已到底价！", "¥9.90"),
    "group_buy": Play("您已入团", "参加这个团", "成团了", "2 / 2"),
    "check_in": Play("今天打好了", "帮 TA 补一天", "TA 多了一次补签", "今天已打卡"),
    "free": Play("再来 1 位新朋友", "我是新朋友", "TA 免费得到了", "人数到了，免费得到"),
    "crowd": Play("还差 1 人", "我也参加", "解锁了！", "已解锁"),
    "commission": Play("您已加入", "我是朋友带来的", "您是朋友带来的", "1 位新朋友"),
    "group_packet": Play("群满就开", "我进群了", "红包开了", "已打开，还剩 1 份"),
}


PHONE = dict(zip(("width", "height"), SIZES["phone"], strict=True))
SMALLEST = {"width": 320, "height": 640}
RICH = ("lottery", "check_in", "group_buy")
"""Those with more than text and a button: looked at by axe."""


@pytest.fixture
def address(stores: Stores) -> Iterator[str]:
    channels = channels_of(stores)
    with serving(create_app(stores, outside=Outside(channels=channels))) as served:
        yield served
    channels.close()


def phone(browser: Any, address: str) -> Visitor:
    visitor = Visitor(browser.new_context(viewport=PHONE, locale="zh-CN", has_touch=True).new_page(), address)
    visitor.page.on("console", lambda said: visitor.faults.append(said.text) if said.type == "error" else None)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    return visitor


def fits(visitor: Visitor) -> None:
    """Nothing failed, and nothing is cut off, also on the smallest phone."""
    visitor.page.set_viewport_size(SMALLEST)
    assert (visitor.overflow, visitor.faults) == (0, []), visitor.page.url
    visitor.page.set_viewport_size(PHONE)


def pressed(visitor: Visitor, words: str) -> None:
    for box in visitor.page.query_selector_all("[name=adult][type=checkbox]"):
        box.check()
    with visitor.page.expect_navigation():
        visitor.page.click(f"button:has-text('{words}')")


def test_two_phones_play_each_mechanic_through(stores: Stores, browser: Any, address: str) -> None:
    starter = phone(browser, address)
    for name, play in PLAYS.items():
        campaign = started(stores, name, rules=RULES[name], adults=name == "lottery", name="会员日")
        starter.page.goto(f"{address}/m/{campaign.slug}")
        pressed(starter, "我要参加")
        assert play.begun in starter.page.inner_text("main"), name
        fits(starter)
        if name in RICH:
            assert starter.serious() == [], name
        path = starter.page.url.removeprefix(address).partition("?")[0]
        friend = phone(browser, address)
        friend.page.goto(address + path)
        pressed(friend, play.press)
        assert play.helped in friend.page.inner_text("main"), name
        fits(friend)
        starter.page.goto(address + path)
        assert play.after in starter.page.inner_text("main"), name
        friend.page.context.close()
    starter.page.context.close()
