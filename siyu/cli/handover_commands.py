"""``siyu hand-over``: customers and groups of a member go to another."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """The latest hand-overs."""
    from msgspec import to_builtins

    from siyu.channels.wecom.transfers import command

    return to_builtins(command.all_told(call.stores))


def show(call: Call) -> Mapping[str, Any]:
    """One hand-over with its customers and groups."""
    from msgspec import to_builtins

    from siyu.channels.wecom.transfers import command

    return to_builtins(command.detail(call.stores, call.arguments.hand_over))


def start(call: Call) -> Mapping[str, Any]:
    """Record a hand-over; the background work begins it."""
    from msgspec import to_builtins

    from siyu.channels.wecom.transfers import command, handovers

    asked = call.arguments
    customers = None if asked.all else asked.customers or []
    groups = None if asked.all or asked.all_groups else asked.groups or []
    wish = handovers.Wish(asked.giver, asked.taker, asked.left, customers, groups, asked.message)
    number = handovers.hand_over(call.stores, "cli", asked.account, wish)
    call.note(f"hand_over:{number}", giver=asked.giver, taker=asked.taker)
    return to_builtins(command.detail(call.stores, number))


def withdraw(call: Call) -> Mapping[str, Any]:
    """Withdraw what the platform was not told of yet."""
    from msgspec import to_builtins

    from siyu.channels.wecom.transfers import command, handovers

    number = call.arguments.hand_over
    call.note(f"hand_over:{number}")
    handovers.withdraw(call.stores, number)
    return to_builtins(command.detail(call.stores, number))


def leavers(call: Call) -> Mapping[str, Any]:
    """Read which members left and how many customers wait."""
    from msgspec import to_builtins

    from siyu.channels.wecom.transfers import command

    call.note(f"account:{call.arguments.account}")
    return to_builtins(command.read_leavers(call.stores, call.arguments.account, alone=call.alone))


def _account(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")


def _hand_over(parser: ArgumentParser) -> None:
    parser.add_argument("hand_over", metavar="ID", type=int, help="转接编号 · the hand-over's number")


def _start(parser: ArgumentParser) -> None:
    _account(parser)
    parser.add_argument("--giver", required=True, metavar="USERID", help="移交成员 · who gives")
    parser.add_argument("--taker", required=True, metavar="USERID", help="接替成员 · who takes")
    parser.add_argument("--left", action="store_true", help="移交成员已离职 · the giver has left")
    parser.add_argument("--all", action="store_true", help="全部客户与群 · all customers and groups")
    parser.add_argument("--customers", metavar="EXTERNAL_USERID", nargs="*", help="这些客户 · these customers")
    parser.add_argument("--groups", metavar="CHAT_ID", nargs="*", help="这些群 · these groups")
    parser.add_argument("--all-groups", action="store_true", help="全部群 · all groups")
    parser.add_argument("--message", default="", help="给客户的提示，最多 200 字 · what customers are told")


COMMANDS = (
    Command(
        ("hand-over", "list"),
        "列出转接及进度",
        "List hand-overs and how far they are",
        list_all,
        examples=("siyu hand-over list --json",),
    ),
    Command(
        ("hand-over", "show"),
        "一次转接的客户、群与结果",
        "One hand-over with its customers, groups and results",
        show,
        _hand_over,
        ("siyu hand-over show 1 --json",),
    ),
    Command(
        ("hand-over", "start"),
        "把成员的客户与群转接给别人",
        "Hand a member's customers and groups to another",
        start,
        _start,
        ("siyu hand-over start 1 --giver zhangsan --taker lisi --all --json",),
        "hand_over_recorded",
    ),
    Command(
        ("hand-over", "withdraw"),
        "撤回还没有交给平台的",
        "Withdraw what the platform was not told of yet",
        withdraw,
        _hand_over,
        ("siyu hand-over withdraw 1 --json",),
        "hand_over_withdrawn",
    ),
    Command(
        ("hand-over", "leavers"),
        "读取离职成员与待分配客户数",
        "Read which members left and how many customers wait",
        leavers,
        _account,
        ("siyu hand-over leavers 1 --json",),
        "unassigned_read",
    ),
)
