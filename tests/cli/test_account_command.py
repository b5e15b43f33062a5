"""Accounts by command line do what the console does."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import sqlalchemy as sa

from siyu.channels.accounts import open_account
from siyu.channels.registry import channels_of
from siyu.channels.wechat.tables import wechat_tags
from siyu.cli import account_commands, tag_commands
from siyu.cli.command import Call
from siyu.cli.parsing import parser_of
from siyu.cli.table import COMMANDS
from siyu.people import tags
from siyu.storage import Stores


def call(stores: Stores, folder: Path, **arguments: object) -> Call:
    return Call(stores, Namespace(**arguments), folder, lambda *_: None)


def test_an_account_is_opened_checked_and_closed(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("csec456\n")
    settings = ["client_id=cid123", "client_secret=@key.txt"]
    made = account_commands.open_one(call(stores, tmp_path, channel="youzan", name="店", set=settings))
    assert made["callback"].startswith(f"/callbacks/youzan/{made['id']}/")
    assert made["settings"]["client_id"] == "cid123"
    assert "csec456" not in str(made)
    number = {"account": str(made["id"])}
    assert account_commands.act("check", call(stores, tmp_path, **number))["works"] is False
    renamed = account_commands.change(call(stores, tmp_path, **number, name="新店", set=[]))
    assert renamed["name"] == "新店"
    number = {"account": "新店"}  # by its name as well
    assert account_commands.health(call(stores, tmp_path, **number))["callbacks"]["state"] == "open"
    assert [row["name"] for row in account_commands.matrix(call(stores, tmp_path))["accounts"]] == ["新店"]
    assert account_commands.act("disable", call(stores, tmp_path, **number))["disabled"] is not None
    assert account_commands.act("enable", call(stores, tmp_path, **number))["disabled"] is None
    assert [each["name"] for each in account_commands.list_all(call(stores, tmp_path))["accounts"]] == ["新店"]
    listed = account_commands.list_channels(call(stores, tmp_path))["channels"]
    assert {"youzan", "douyin_shop", "taobao", "shop"} <= {each["name"] for each in listed}


def test_a_secret_that_was_made_up_is_shown_once(stores: Stores, tmp_path: Path) -> None:
    made = account_commands.open_one(call(stores, tmp_path, channel="shop", name="店", set=[]))
    renewed = account_commands.act("renew", call(stores, tmp_path, account=str(made["id"])))
    assert made["secrets"]["secret"] != renewed["secrets"]["secret"]
    assert "secrets" not in account_commands.list_all(call(stores, tmp_path))["accounts"][0]


def test_groups_of_commands_are_found_in_the_plural_too() -> None:
    parser = parser_of(COMMANDS)
    for words in (["accounts", "check", "旗舰店"], ["tags", "link", "1", "金卡", "等级：金卡"]):
        assert parser.parse_args(words).command.words == (words[0].removesuffix("s"), words[1])


def test_tags_are_linked_by_name(stores: Stores, tmp_path: Path) -> None:
    settings = {"app_id": "wx1", "secret": "s", "callback_token": "t", "callback_mode": "plain"}
    channels = channels_of(stores)
    account, _ = open_account(stores, channels, channel="official_account", name="号", settings=settings)
    with stores.ledger.write() as conn:
        row = {"account": account, "number": 100, "name": "金卡", "people": 0, "read": stores.clock.now()}
        conn.execute(sa.insert(wechat_tags).values(row))
    tag = tags.make_tag(stores, tags.make_group(stores, "等级"), "黄金")
    given = {"account": "号", "outside": "金卡", "tag": "黄金"}
    assert tag_commands.link(call(stores, tmp_path, **given))["pairs"][0]["tag"] == tag
    assert tag_commands.links(call(stores, tmp_path, account="号"))["channel"] == "official_account"
    assert tag_commands.unlink(call(stores, tmp_path, **given))["pairs"][0]["tag"] is None
    chosen = tag_commands.choose(call(stores, tmp_path, account="号", here=True, there=False))
    assert (chosen["here"], chosen["there"]) == (True, False)
