"""The console, the API and the command line of an account that sends text messages."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

from siyu.audiences import actions as audiences
from siyu.channels.accounts import list_accounts
from siyu.channels.platform.callbacks import address
from siyu.cli import run_command
from siyu.people.actions import mark_changed
from siyu.people.projection import project_all
from siyu.storage import Stores
from tests.reach.world import World

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


def test_the_preview_is_the_message_on_the_phone(stores: Stores, signed_in: SignedIn) -> None:
    world = World(stores, [])
    world.add(name="林晓")
    with stores.ledger.write() as conn:
        mark_changed(conn, world.clock.now(), world.persons)
    project_all(stores)
    audiences.create(stores, "test", "全部", audiences.parse_rule({"type": "all", "rules": []}))
    console = signed_in("owner")
    console.post("/settings/accounts/new/sms", {"name": "短信", **SETTINGS})
    text = "${name}，今晚八点开始。"
    content = {"form": "promotion", "template_code": "SMS_1", "template_text": text, "data": "name: {{ person.name }}"}
    form = {"name": "x", "audience": "1", "account_1": "1", "preview_person": "1"}
    shown = console.post("/broadcasts/preview", form | {f"content.sms.{name}": each for name, each in content.items()})
    assert "【汀屿美妆】林晓，今晚八点开始。" in shown.text
    assert "含签名共 16 字，按 1 条计费" in shown.text
    assert "正文没有写明怎样拒收" in shown.text
    key = console.key()
    body = {"name": "x", "audience": 1, "channels": [1], "content": {"sms": {**content, "refusal": "R"}}}
    number = console.http.post("/api/broadcasts", json=body, headers=key).json()["id"]
    told = console.http.get(f"/api/broadcasts/{number}/preview/1", headers=key).json()["looks"]["sms"]
    assert (told["text"], len(told["faults"])) == ("【汀屿美妆】林晓，今晚八点开始。", 1)
    page = console.get(f"/broadcasts/{number}").text
    assert "推广短信" in page  # what was chosen, in words
    assert "我的手机号" in page  # a test needs one


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
