"""The console, the API and the command line of an account that sends text messages."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

from siyu.channels.accounts import list_accounts
from siyu.channels.platform.callbacks import address
from siyu.cli import run_command
from siyu.storage import Stores

SignedIn = Callable[..., Any]
SETTINGS = {"access_key_id": "LTAI5tExample", "access_key_secret": "kept-to-itself", "sign_name": "汀屿美妆"}


def test_the_page_says_what_to_paste_where_and_shows_no_secret(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    form = console.get("/settings/accounts/new/sms").text
    assert all(f'name="{name}"' in form for name in (*SETTINGS, "region", "settle_minutes", "base_url"))
    page = console.post("/settings/accounts/new/sms", {"name": "短信", **SETTINGS}).text
    (account,) = list_accounts(stores)
    shown = console.get(f"/settings/accounts/{account.id}").text
    assert address(stores, "sms", account.id) in shown
    assert "状态报告接收" in shown
    assert "kept-to-itself" not in page + shown


def test_the_editor_asks_how_one_refuses(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    console.post("/settings/accounts/new/sms", {"name": "短信", **SETTINGS})
    shown = console.get("/broadcasts/new").text
    for name in ("form", "template_code", "data", "refusal"):
        assert f'name="content.sms.{name}"' in shown
    assert "模板正文含“拒收请回复R”" in shown


def test_api_and_command_line_open_it_alike(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    body = {"channel": "sms", "name": "接口开的", "settings": SETTINGS}
    assert console.http.post("/api/accounts", json=body, headers=console.key()).status_code == 201
    given = " ".join(f"--set {name}={value}" for name, value in SETTINGS.items())
    argv = shlex.split(f"account open sms --name 命令开的 {given} --json")
    status, out, err = run_command(stores, ["--folder", str(stores.home), *argv])
    assert status == 0, err
    assert json.loads(out)
    assert [(each.channel, each.settings["region"]) for each in list_accounts(stores)] == [("sms", "cn-hangzhou")] * 2
