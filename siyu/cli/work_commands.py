"""``siyu work``: what members and groups did by day, as WeCom counted it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def members(call: Call) -> Mapping[str, Any]:
    """By member."""
    return _told(call, "members")


def groups(call: Call) -> Mapping[str, Any]:
    """By owner of groups."""
    return _told(call, "groups")


def _told(call: Call, kind: str) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.channels.wecom.statistics import command
    from siyu.channels.wecom.statistics.measures import KINDS

    asked = call.arguments
    wanted = command.days_of(call.stores, asked.account, asked.days, asked.who)
    return to_builtins(command.told(call.stores, KINDS[kind], wanted))


def days(call: Call) -> Mapping[str, Any]:
    """A line a member or owner and day."""
    from msgspec import to_builtins

    from siyu.channels.wecom.statistics import command
    from siyu.channels.wecom.statistics.measures import KINDS

    asked = call.arguments
    wanted = command.days_of(call.stores, asked.account, asked.days, asked.who)
    return to_builtins(command.days_told(call.stores, KINDS[asked.of], wanted))


def read(call: Call) -> Mapping[str, Any]:
    """Read from the platform, to the end."""
    from siyu.channels.wecom.statistics import command

    asked = call.arguments
    call.note(f"account:{asked.account}")
    return command.read_now(call.stores, asked.account, asked.days, alone=call.alone, watch=call.watch)


def _account(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")


def _asked(parser: ArgumentParser) -> None:
    _account(parser)
    parser.add_argument(
        "--days", metavar="N", type=int, default=30, help="最近几个整天，最多 180 · last whole days, 180 at most"
    )
    parser.add_argument("--who", metavar="USERID", default="", help="只看这一位 · of this one only")


def _by_day(parser: ArgumentParser) -> None:
    _asked(parser)
    parser.add_argument("--of", choices=("members", "groups"), default="members", help="员工或群主 · whose days")


def _read(parser: ArgumentParser) -> None:
    _account(parser)
    parser.add_argument(
        "--days",
        metavar="N",
        type=int,
        help="最近几个整天，最多 180；不填则从上次读到的起 · last whole days; without, those since the last reading",
    )


COMMANDS = (
    Command(
        ("work", "members"),
        "员工数据：聊天、回复、新增与流失好友",
        "What members did: chats, answers, friends won and lost",
        members,
        _asked,
        ("siyu work members 1 --days 7 --json",),
    ),
    Command(
        ("work", "groups"),
        "社群数据：新增成员、活跃成员、消息",
        "What happened in groups, by owner: who joined, who wrote, how much",
        groups,
        _asked,
        ("siyu work groups 1 --days 30 --json",),
    ),
    Command(
        ("work", "days"),
        "每位员工或群主每天一行",
        "A line a member or owner and day",
        days,
        _by_day,
        ("siyu work days 1 --of groups --days 7 --json",),
    ),
    Command(
        ("work", "read"),
        "从企业微信读取员工与社群数据",
        "Read what members and groups did from WeCom",
        read,
        _read,
        ("siyu work read 1 --days 180 --json",),
        "work_read",
    ),
)
