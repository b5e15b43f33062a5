"""``siyu account``: accounts at platforms."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from functools import partial
from typing import Any

from siyu.cli.command import Call, Command, pairs


def list_all(call: Call) -> Mapping[str, Any]:
    """Every account, without its secrets."""
    from siyu.reach import account_command

    return account_command.list_all(call.stores)


def list_channels(call: Call) -> Mapping[str, Any]:
    """The channels, and the settings that an account of each takes."""
    from siyu.reach import account_command

    return account_command.list_channels(call.stores)


def open_one(call: Call) -> Mapping[str, Any]:
    """A new account."""
    from siyu.reach import account_command

    asked = call.arguments
    made = account_command.open_one(call.stores, asked.channel, asked.name, _settings(call))
    call.note(f"account:{made['id']}", channel=asked.channel, name=asked.name)
    return made


def change(call: Call) -> Mapping[str, Any]:
    """Change what is given."""
    from siyu.reach import account_command

    number = numbered(call)
    call.note(f"account:{number}")
    return account_command.change(call.stores, number, call.arguments.name, _settings(call))


def act(action: str, call: Call) -> Mapping[str, Any]:
    """One of the plain actions on an account."""
    from siyu.reach import account_command

    number = numbered(call)
    call.note(f"account:{number}")
    return account_command.act(call.stores, action, number)


def sync(call: Call) -> Mapping[str, Any]:
    """Read a WeCom company to the end."""
    from siyu.channels.wecom import command

    asked, number = call.arguments, numbered(call)
    call.note(f"account:{number}")
    return command.sync(call.stores, number, asked.only, alone=call.alone, watch=call.watch)


def sync_status(call: Call) -> Mapping[str, Any]:
    """How far the latest sync is."""
    from siyu.channels.wecom import command

    return command.status(call.stores, numbered(call))


def backfill(call: Call) -> Mapping[str, Any]:
    """Read the orders of a period to the end."""
    from msgspec import to_builtins

    from siyu.channels.orders import command

    asked, number = call.arguments, numbered(call)
    call.note(f"account:{number}", since=asked.since, until=asked.until)
    since, until = (command.moment(call.stores, name, getattr(asked, name)) for name in ("since", "until"))
    return to_builtins(command.read_now(call.stores, number, since, until, alone=call.alone, watch=call.watch))


def health(call: Call) -> Mapping[str, Any]:
    """How one account is."""
    from msgspec import to_builtins

    from siyu.channels import health_command

    return to_builtins(health_command.health_told(call.stores, numbered(call)))


def matrix(call: Call) -> Mapping[str, Any]:
    """Every account in a line."""
    from msgspec import to_builtins

    from siyu.channels import health_command

    return to_builtins(health_command.matrix_told(call.stores))


def numbered(call: Call) -> int:
    """The account that is meant, by number or name."""
    from siyu.channels.accounts import number_of

    return number_of(call.stores, call.arguments.account)


def _settings(call: Call) -> dict[str, Any]:
    """``KEY=VALUE`` pairs; ``KEY=@FILE`` reads the file, so that a secret stands in no list of processes."""
    given = pairs("set", call.arguments.set)
    return {
        name: call.path(value[1:]).read_text("utf-8").strip() if value.startswith("@") else value
        for name, value in given.items()
    }


def _set_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="一项设置；=@文件 从文件读取 · one setting; =@FILE reads a file",
    )


def _open_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("channel", metavar="CHANNEL", help="渠道，见 siyu account channels · a channel")
    parser.add_argument("--name", required=True, help="账号名称 · its name for colleagues")
    _set_argument(parser)


def _change_arguments(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument("--name", help="账号名称 · its name for colleagues")
    _set_argument(parser)


def _backfill_arguments(parser: ArgumentParser) -> None:
    account_argument(parser)
    example = "2026-11-22T08:00+08:00"
    parser.add_argument("--since", required=True, help=f"从何时起，如 {example} · from when on")
    parser.add_argument("--until", required=True, help=f"到何时为止，如 {example} · up to when")


def _sync_arguments(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument(
        "--only",
        metavar="LIST",
        action="append",
        default=[],
        choices=["tags", "members", "contacts", "groups"],
        help="只同步其中一项，可写多次 · one list alone, may be given again",
    )


def account_argument(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help="账号编号或名称 · its number or name")


_PLAIN = (
    ("check", "实时检查账号，不打扰客户", "Try an account live; no customer is reached", "account_checked"),
    ("disable", "停用账号", "Send nothing through it", "account_disabled"),
    ("enable", "启用账号", "Use it again", "account_enabled"),
    (
        "tell-again",
        "巨量引擎：重发未成功的转化回传",
        "Ocean Engine: tell again what became of leads, where it did not go through",
        "leads_told_again",
    ),
    ("renew", "更换自动生成的密钥，只显示这一次", "New secrets, shown this once", "account_secret_renewed"),
)

COMMANDS = (
    Command(
        ("account", "sync"),
        "同步企业微信的标签、成员、客户与客户群",
        "Sync tags, members, customers and groups of a WeCom account",
        sync,
        _sync_arguments,
        ("siyu account sync 1 --only contacts --json",),
        "sync_started",
    ),
    Command(
        ("account", "sync-status"),
        "查看同步进度与上次同步时间",
        "How far a sync is, and when the last one ended",
        sync_status,
        account_argument,
        ("siyu account sync-status 1 --json",),
    ),
    Command(
        ("account", "backfill"),
        "补读一段时间的历史订单（有赞），与推送不重复",
        "Read the orders of a period (Youzan); what a message told is not told again",
        backfill,
        _backfill_arguments,
        ("siyu account backfill 1 --since 2026-01-01T00:00+08:00 --until 2026-02-01T00:00+08:00 --json",),
        "orders_read",
    ),
    Command(
        ("account", "health"),
        "查看账号的接入步骤、回调、错误、熔断、今日额度与读取进度",
        "How an account is: steps, callbacks, faults, what is closed, quotas of today, readings",
        health,
        account_argument,
        ("siyu account health 1 --json",),
    ),
    Command(
        ("account", "matrix"),
        "账号矩阵：每个账号一行",
        "All accounts, a line each",
        matrix,
        examples=("siyu account matrix --json",),
    ),
    Command(("account", "list"), "列出渠道账号", "List accounts", list_all, examples=("siyu account list --json",)),
    Command(
        ("account", "channels"),
        "列出渠道及其设置项",
        "List channels and their settings",
        list_channels,
        examples=("siyu account channels --json",),
    ),
    Command(
        ("account", "open"),
        "接入账号，自动生成的密钥只显示这一次",
        "Connect an account; secrets made for it are shown this once",
        open_one,
        _open_arguments,
        ("siyu account open youzan --name 旗舰店 --set client_id=abc --set client_secret=@secret.txt --json",),
        "account_opened",
    ),
    Command(
        ("account", "change"),
        "修改账号；没有给出的保持不变",
        "Change an account; what is not given stays",
        change,
        _change_arguments,
        ("siyu account change 1 --name 旗舰店",),
        "account_changed",
    ),
    *(
        Command(
            ("account", word), zh, en, partial(act, word), account_argument, (f"siyu account {word} 1 --json",), audits
        )
        for word, zh, en, audits in _PLAIN
    ),
)
