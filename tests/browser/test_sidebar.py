"""The sidebar of WeCom's chat in a real browser: with the platform's script, and without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from siyu.channels.accounts import change_account
from siyu.people import actions, tags
from siyu.reach.staff_tasks import giving
from siyu.reach.staff_tasks.model import Wish
from siyu.storage import Stores
from siyu.web.app import create_app
from siyu.web.outside import Outside
from tests.browser.conftest import SIZES, Visitor, serving
from tests.growth.way_shop import WayShop, a_way_shop

SCRIPTS = "https://*.qq.com/**"
CLIENT = """
window.wx = {
  config: (given) => { window.company = given; setTimeout(() => window.wx.whenReady(), 0); },
  ready: (done) => { window.wx.whenReady = done; },
  error: () => {},
  agentConfig: (given) => { window.app = given; given.success({}); },
  invoke: (name, given, done) => done(
    name === "getContext" ? { err_msg: "getContext:ok", entry: "single_chat_tools" }
                          : { err_msg: "getCurExternalContact:ok", userId: "%s" }),
};
"""


@pytest.fixture
def shop(stores: Stores) -> Iterator[WayShop]:
    yield from a_way_shop(stores)


def test_the_sidebar_shows_whose_chat_is_open_and_without_the_script_lets_one_choose(
    shop: WayShop, browser: Any
) -> None:
    anna = shop.shop.befriend("zhangsan", name="安娜")
    shop.taken_in()
    actions.set_profile(shop.stores, "test", shop.person(anna), {"name": "安娜", "city": "杭州"})
    tags.make_tag(shop.stores, tags.make_group(shop.stores, "肤质"), "油性")
    giving.give(shop.stores, "test", [shop.person(anna)], Wish("问候新好友", "{{ person.name }}您好"))
    settings = {"sidebar": "named", "sidebar_members": "zhangsan"}
    change_account(shop.stores, shop.channels, shop.account, settings=settings)
    with serving(create_app(shop.stores, outside=Outside(channels=shop.channels))) as address:
        size = dict(zip(("width", "height"), SIZES["phone"], strict=True))
        context = browser.new_context(viewport=size, locale="zh-CN")
        context.route(SCRIPTS, lambda route: route.abort())
        visitor = Visitor(context.new_page(), address)
        page = visitor.open(f"/sidebar/{shop.account}")
        page.click("text=zhangsan")  # the platform asks who this is
        page.wait_for_selector("text=没有识别到当前聊天")
        page.wait_for_selector("text=安娜")
        visitor.quiet()
        assert (visitor.overflow, visitor.serious()) == (0, [])
        context.unroute(SCRIPTS)
        context.route(SCRIPTS, lambda route: route.fulfill(content_type="text/javascript", body=CLIENT % anna))
        visitor.open(f"/sidebar/{shop.account}")
        page.wait_for_selector("text=杭州")
        page.click(".desk-tag button")
        page.wait_for_selector(".tag-chip:has-text('油性')")
        page.click("#desk-tasks summary")
        page.check("#desk-tasks [name=outcome][value=reached]")
        assert (visitor.overflow, visitor.serious()) == (0, [])
        page.click("#desk-tasks button:has-text('完成任务')")
        page.wait_for_selector("#desk-tasks", state="hidden")
        context.close()
