"""``siyu broadcast``: whom it would reach; what it really added; for which advisers it waits."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def effect(call: Call) -> Mapping[str, Any]:
    """Those sent to beside those held out."""
    from siyu.reach import command

    return command.effect(call.stores, call.arguments.broadcast, call.arguments.days)


def count(call: Call) -> Mapping[str, Any]:
    """What would become of it now."""
    from siyu.reach import quota_command

    return quota_command.count(call.stores, call.arguments.broadcast, exact=call.arguments.exact)


def waiting(call: Call) -> Mapping[str, Any]:
    """For which advisers it waits."""
    from siyu.reach import command

    return command.waiting(call.stores, call.arguments.broadcast)


def remind(call: Call) -> Mapping[str, Any]:
    """Remind them."""
    from siyu.reach import command

    call.note(f"broadcast:{call.arguments.broadcast}")
    return command.remind(call.stores, call.arguments.broadcast, call.arguments.task)


def _broadcast_argument(parser: ArgumentParser) -> None:
    parser.add_argument("broadcast", metavar="ID", type=int, help="群发编号 · the broadcast's number")


def _count_arguments(parser: ArgumentParser) -> None:
    _broadcast_argument(parser)
    parser.add_argument("--exact", action="store_true", help="大人群也逐人计算 · count large audiences one by one too")


def _remind_arguments(parser: ArgumentParser) -> None:
    _broadcast_argument(parser)
    parser.add_argument(
        "--task", metavar="N", type=int, help="只提醒这个任务，默认全部未确认的 · one task, else all that wait"
    )


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("broadcast", metavar="ID", type=int, help="群发编号 · the broadcast's number")
    parser.add_argument(
        "--days",
        metavar="N",
        type=int,
        default=7,
        help="发完后几天内的购买算数 · days after its end that count",
    )


COMMANDS = (
    Command(
        ("broadcast", "count"),
        "群发前：会发给多少人，拦下多少、为什么，账号还剩多少额度",
        "Before a broadcast: whom it would reach, who is held and why, what its accounts have left",
        count,
        _count_arguments,
        ("siyu broadcast count 3 --json",),
    ),
    Command(
        ("broadcast", "effect"),
        "群发真正带来了什么：与对照组相比",
        "What a broadcast really added, beside those held out",
        effect,
        _arguments,
        ("siyu broadcast effect 3 --days 14 --json",),
    ),
    Command(
        ("broadcast", "waiting"),
        "群发还在等哪些员工确认",
        "For which advisers a broadcast waits",
        waiting,
        _broadcast_argument,
        ("siyu broadcast waiting 3 --json",),
    ),
    Command(
        ("broadcast", "remind"),
        "提醒还没有确认的员工，24 小时内最多 3 次",
        "Remind the advisers who have not confirmed, at most 3 times in 24 hours",
        remind,
        _remind_arguments,
        ("siyu broadcast remind 3",),
        "advisers_reminded",
    ),
)
