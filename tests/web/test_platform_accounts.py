"""The console of an account that a platform calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.channels.accounts import change_account, open_account
from siyu.channels.ocean.sending import Conversion, note
from siyu.channels.ocean.tables import ocean_conversions
from siyu.channels.platform.callbacks import address
from siyu.channels.registry import channels_of
from siyu.channels.wecom.channel import ABOUT
from siyu.reach.broadcasts import check_ready
from siyu.reach.guard import Way
from siyu.reach.model import Draft
from siyu.storage import BadInput, Stores
from tests.channels.wecom.told import SETTINGS, an_account, applied, change


def test_no_broadcast_can_choose_an_account_that_only_receives(stores: Stores) -> None:
    draft = Draft(name="x", audience=1, channels=[1], content={}, kind="service")
    with pytest.raises(BadInput) as caught:
        check_ready(channels_of(stores), draft, [Way(1, replace(ABOUT, sends=False))])
    assert caught.value.code == "channel_receives_only"


def test_a_new_address_does_not_get_the_old_secrets(stores: Stores) -> None:
    account = an_account(stores)
    settings = {name: value for name, value in SETTINGS.items() if "secret" not in name and "callback" not in name}
    with pytest.raises(BadInput) as caught:
        change_account(stores, channels_of(stores), account, settings={**settings, "base_url": "http://127.0.0.1:10"})
    assert caught.value.code == "secret_again"


def test_addresses_of_two_accounts_differ_and_stay(stores: Stores) -> None:
    one, other = an_account(stores, "甲"), an_account(stores, "乙")
    assert address(stores, "wecom", one) == address(stores, "wecom", one)
    assert address(stores, "wecom", one).rpartition("/")[2] != address(stores, "wecom", other).rpartition("/")[2]


def test_the_pages_tell_the_address_and_what_was_not_understood(stores: Stores, signed_in: Callable[..., Any]) -> None:
    account = an_account(stores)
    applied(stores, account, change("invented_tomorrow", stores.clock.now()))
    http = signed_in().http
    page = http.get(f"/settings/accounts/{account}").text
    assert address(stores, "wecom", account) in page
    assert "the-app-secret" not in page
    assert "invented_tomorrow" in http.get("/settings/health").text
    assert http.get("/settings/accounts").status_code == 200
    assert http.get("/settings/accounts/new/wecom").status_code == 200


def test_what_siyu_made_up_is_shown_once(stores: Stores, signed_in: Callable[..., Any]) -> None:
    given = {"name": "店", "corp_id": "ww1", "agent_id": "1", "secret": "s"}
    page = signed_in().post("/settings/accounts/new/wecom", given).text
    assert "只显示这一次" in page
    notice, _, steps = page.partition('id="account-state"')
    assert notice.count("data-copy=") == 2  # token and key
    assert len(re.findall(rf'data-copy="[^"]*{address(stores, "wecom", 1)}"', steps)) == 1
    assert "回调 EncodingAESKey" in page


def test_the_page_of_a_shop_says_what_to_paste_where_and_what_is_not_to_be_had(
    stores: Stores, signed_in: Callable[..., Any]
) -> None:
    console = signed_in()
    assert "平台不提供买家身份" in console.http.get("/settings/accounts/new/douyin_shop").text
    page = console.post("/settings/accounts/new/shop", {"name": "商城"}).text
    assert "/callbacks/shop/" in page
    assert "whsec_" in page
    answer = console.http.get("/api/accounts", headers=console.key()).json()
    assert [each["callback"] in page for each in answer] == [True]


def test_reports_of_leads_are_told_again_by_page_and_by_api(stores: Stores, signed_in: Callable[..., Any]) -> None:
    secrets = dict.fromkeys(("app_secret", "refresh_token"), "x")
    settings = {"app_id": "1", "advertiser_ids": "10", "base_url": "http://127.0.0.1:9", **secrets}
    number, _ = open_account(stores, channels_of(stores), channel="ocean", name="广告", settings=settings)
    now = stores.clock.now()
    console = signed_in()
    for again in (
        lambda: console.post(f"/settings/accounts/{number}/tell-again"),
        lambda: console.http.post(f"/api/accounts/{number}/tell-again", headers=console.key()),
    ):
        with stores.ledger.write() as conn:
            conn.execute(sa.delete(ocean_conversions))
            note(conn, now, [Conversion(number, "1", "added", now)])
            conn.execute(sa.update(ocean_conversions).values(state="unknown"))
        assert again().status_code in (200, 303)
        with stores.ledger.read() as conn:
            assert conn.execute(sa.select(ocean_conversions.c.state)).scalar_one() == "waiting"
    assert "重发未成功的回传" in console.http.get(f"/settings/accounts/{number}").text
