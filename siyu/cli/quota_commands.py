"""``siyu quota``: what platforms still allow."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def show(call: Call) -> Mapping[str, Any]:
    """Of every account, or of one person."""
    from siyu.reach import quota_command

    return quota_command.quota(call.stores, call.arguments.person)


def members(call: Call) -> Mapping[str, Any]:
    """Of the members of a WeCom account."""
    from siyu.reach import quota_command

    return quota_command.members(call.stores, call.arguments.account)


def _show(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--person", metavar="N", type=int, help="只看这位客户还能收多少 · what this person may still get"
    )


def _members(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")


COMMANDS = (
    Command(
        ("quota", "show"),
        "平台今天和本月还允许发多少、发给多少人和群",
        "What platforms still allow today and this month, to how many people and groups",
        show,
        _show,
        ("siyu quota show --json",),
    ),
    Command(
        ("quota", "members"),
        "每位员工本月要发多少、多少任务等着点确认",
        "What each member has to send this month, and how many tasks wait for a tap",
        members,
        _members,
        ("siyu quota members 1 --json",),
    ),
)
