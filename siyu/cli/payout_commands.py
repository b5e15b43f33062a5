"""``siyu payout``: how money rewards reach people."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of payouts."""
    from msgspec import to_builtins

    from siyu.growth.payouts import command

    asked = call.arguments
    return to_builtins(command.payouts_told(call.stores, asked.state, asked.before, asked.limit))


def start(call: Call) -> Mapping[str, Any]:
    """Have one paid by the account."""
    from msgspec import to_builtins

    from siyu.growth.payouts import command, keeping

    found = keeping.start(call.stores, call.arguments.reward)
    call.note(f"reward:{call.arguments.reward}")
    return to_builtins(command.payout_told(found))


def stop(call: Call) -> Mapping[str, Any]:
    """Give it by hand."""
    from msgspec import to_builtins

    from siyu.growth.payouts import command, keeping

    found = keeping.stop(call.stores, call.arguments.reward)
    call.note(f"reward:{call.arguments.reward}")
    return to_builtins(command.payout_told(found))


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--state", default="", help="状态 · in this state")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · rows a page")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("reward", metavar="ID", type=int, help="奖励编号 · the reward's number")


COMMANDS = (
    Command(
        ("payout", "list"),
        "列出现金奖励的转账",
        "How money rewards are paid",
        list_all,
        _list,
        ("siyu payout list --state refused --json",),
    ),
    Command(
        ("payout", "start"),
        "用微信支付发放一份现金奖励；再次发放仍用同一商户单号",
        "Pay one by WeChat Pay; tried again it is the same bill",
        start,
        _one,
        ("siyu payout start 1",),
        "payout_started",
    ),
    Command(
        ("payout", "stop"),
        "改为人工发放（钱还没有转出时）",
        "Give it by hand, while no money is on its way",
        stop,
        _one,
        ("siyu payout stop 1",),
        "payout_stopped",
    ),
)
