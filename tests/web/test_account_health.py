"""The accounts page: every step, how each account is, all in one matrix; orders of before; tags of followers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.channels.accounts import open_account
from siyu.channels.platform.callbacks import address
from siyu.channels.registry import channels_of
from siyu.channels.wechat.tables import wechat_tags
from siyu.people import tags
from siyu.storage import Stores
from tests.channels.wecom.told import an_account, applied, change
from tests.platform_worlds import CORP, SECRET, Shop, wecom_running
from tests.web.conftest import Console

WECHAT = {"app_id": "wx1", "secret": "s", "callback_token": "t", "callback_mode": "plain"}


def an_official_account(stores: Stores) -> int:
    number, _ = open_account(stores, channels_of(stores), channel="official_account", name="服务号", settings=WECHAT)
    return number


def test_each_step_is_checked_by_page_and_api_and_says_the_same(stores: Stores, console: Console) -> None:
    with wecom_running() as platform:
        Shop(platform).hire("li")
        account = an_account(stores, corp_id=CORP, secret=SECRET, base_url=platform.url)
        key = console.key()
        checked = console.http.post(f"/api/accounts/{account}/check", headers=key).json()
        assert checked["works"]
        assert {each["step"] for each in checked["steps"]} == {"token", "address", "callback", "permission"}
        page = console.sign_in().http.get(f"/settings/accounts/{account}").text
        assert "平台接受本机的 IP" in page
        assert "企业可信 IP" in page  # what to do where
        assert address(stores, "wecom", account) in page
        assert "平台访问不到本机地址" in page
        told = console.http.get(f"/api/accounts/{account}/health", headers=key).json()
        assert told["works"] is True
        assert [each["step"] for each in told["steps"]] == [each["step"] for each in checked["steps"]]
        assert told["callbacks"]["state"] == "open"
        assert {each["lane"] for each in told["quotas"]} >= {"get_follow_user_list", "gettoken"}
        assert "10,000 次" in page


def test_the_page_asks_again_by_itself_until_the_platform_has_called(stores: Stores, console: Console) -> None:
    account = an_account(stores)
    console.sign_in()
    url = f"/settings/accounts/{account}"
    assert 'hx-trigger="every 3s"' in console.get(url).text
    fragment = console.get(url, **{"hx-request": "true"}).text
    assert fragment.lstrip().startswith('<div id="account-state"')
    applied(stores, account, change("add_external_contact", stores.clock.now()))
    page = console.get(url).text
    assert 'hx-trigger="every 3s"' not in page
    assert "已收到平台的回调" in page


def test_a_wrong_secret_is_named_at_its_step_and_among_the_faults(stores: Stores, console: Console) -> None:
    with wecom_running() as platform:
        Shop(platform).hire("li")
        account = an_account(stores, corp_id=CORP, secret="wrong", base_url=platform.url)
        console.sign_in().post(f"/settings/accounts/{account}/check")
        page = console.get(f"/settings/accounts/{account}").text
    assert "失败的调用" in page
    assert "应用密钥不正确" in page
    assert "40001" in page
    row = console.http.get("/api/accounts/health", headers=console.key()).json()["accounts"][0]
    assert (row["steps"]["token"], row["faults"], row["worry"]) == ("bad", 1, True)


def test_accounts_of_several_companies_stand_in_one_matrix_that_can_be_narrowed(
    stores: Stores, console: Console
) -> None:
    an_account(stores, "甲公司", corp_id="ww1")
    an_account(stores, "乙公司", corp_id="ww2")
    an_official_account(stores)
    console.sign_in()
    page = console.get("/settings/accounts").text
    assert all(word in page for word in ("甲公司", "乙公司", "服务号", "ww1", "ww2", "wx1"))
    narrowed = console.get("/settings/accounts?q=ww2").text
    assert "乙公司" in narrowed
    assert "甲公司" not in narrowed
    assert "甲公司" not in console.get("/settings/accounts?channel=official_account").text
    assert "没有符合条件的结果" in console.get("/settings/accounts?worry=1").text


def test_what_douyin_has_closed_to_newcomers_is_said_before_anybody_connects(
    stores: Stores, signed_in: Callable[..., Any]
) -> None:
    console = signed_in()
    for url in ("/settings/accounts", "/settings/accounts/new/douyin"):
        page = console.get(url).text
        assert "企业号私信能力已不再接受新申请" in page
        assert "巨量引擎线索" in page


def test_orders_of_before_by_page_and_api(stores: Stores, console: Console) -> None:
    settings = {"client_id": "c", "client_secret": "s", "kdt_id": "1", "base_url": "http://127.0.0.1:9"}
    made = open_account(stores, channels_of(stores), channel="youzan", name="店", settings=settings)
    url = f"/settings/accounts/{made[0]}/orders"
    console.sign_in()
    assert "还不能补读订单" in console.get(url).text
    settings["reads_orders"] = True
    account, _ = open_account(stores, channels_of(stores), channel="youzan", name="二店", settings=settings)
    url, key = f"/settings/accounts/{account}/orders", console.key()
    assert console.post(url, {"since": "", "until": "2026-01-01"}).status_code == 422
    now = stores.clock.now()
    api = f"/api/accounts/{account}/orders"
    wish = {"since": (now - timedelta(days=2)).isoformat(), "until": now.isoformat()}
    told = console.http.post(f"{api}/read", json=wish, headers=key).json()
    assert (told["state"], told["found"]) == ("waiting", 0)
    assert "停止" in console.get(url).text
    assert console.post(f"{url}/stop").status_code < 400
    assert console.http.get(api, headers=key).json()["state"] == "cancelled"
    since = (now - timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
    assert console.post(url, {"since": since, "until": now.strftime("%Y-%m-%d %H:%M")}).status_code == 303
    assert console.http.post(f"{api}/read", json={**wish, "until": wish["since"]}, headers=key).status_code == 400
    assert console.http.post(f"{api}/stop", headers=key).json()["state"] == "cancelled"


def test_tags_of_followers_are_linked_by_page_and_api(stores: Stores, console: Console) -> None:
    account = an_official_account(stores)
    with stores.ledger.write() as conn:
        row = {"account": account, "number": 100, "name": "金卡", "people": 0, "read": stores.clock.now()}
        conn.execute(sa.insert(wechat_tags).values(row))
    tag = tags.make_tag(stores, tags.make_group(stores, "等级"), "黄金")
    console.sign_in()
    url, key = f"/settings/accounts/{account}/tags", console.key()
    page = console.get(url).text
    assert "公众号的标签与这里的标签如何对应" in page
    assert "企业微信" not in page.partition("<main")[2].partition("</main>")[0]
    assert console.post(f"{url}/link", {"outside": "100", "tag": str(tag)}).status_code < 400
    told = console.http.get(f"/api/accounts/{account}/tags", headers=key).json()
    assert [(each["outside"], each["name"], each["tag"]) for each in told["pairs"]] == [("100", "金卡", tag)]
