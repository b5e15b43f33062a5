"""Accounts by command line do what the console does."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from siyu.cli import account_commands
from siyu.cli.command import Call
from siyu.storage import Stores


def call(stores: Stores, folder: Path, **arguments: object) -> Call:
    return Call(stores, Namespace(**arguments), folder, lambda *_: None)


def test_an_account_is_opened_checked_and_closed(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("csec456\n")
    settings = ["client_id=cid123", "client_secret=@key.txt"]
    made = account_commands.open_one(call(stores, tmp_path, channel="youzan", name="店", set=settings))
    assert made["callback"].startswith(f"/callbacks/youzan/{made['id']}/")
    assert made["settings"] == {"client_id": "cid123"}
    number = {"account": made["id"]}
    assert account_commands.act("check", call(stores, tmp_path, **number))["works"] is False
    renamed = account_commands.change(call(stores, tmp_path, **number, name="新店", set=[]))
    assert renamed["name"] == "新店"
    assert account_commands.act("disable", call(stores, tmp_path, **number))["disabled"] is not None
    assert account_commands.act("enable", call(stores, tmp_path, **number))["disabled"] is None
    assert [each["name"] for each in account_commands.list_all(call(stores, tmp_path))["accounts"]] == ["新店"]
    listed = account_commands.list_channels(call(stores, tmp_path))["channels"]
    assert {"youzan", "douyin_shop", "taobao", "shop"} <= {each["name"] for each in listed}


def test_a_secret_that_was_made_up_is_shown_once(stores: Stores, tmp_path: Path) -> None:
    made = account_commands.open_one(call(stores, tmp_path, channel="shop", name="店", set=[]))
    renewed = account_commands.act("renew", call(stores, tmp_path, account=made["id"]))
    assert made["secrets"]["secret"] != renewed["secrets"]["secret"]
    assert "secrets" not in account_commands.list_all(call(stores, tmp_path))["accounts"][0]
