"""``siyu broadcast``: what a broadcast really added."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def effect(call: Call) -> Mapping[str, Any]:
    """Those sent to beside those held out."""
    from siyu.reach import command

    return command.effect(call.stores, call.arguments.broadcast, call.arguments.days)


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
        ("broadcast", "effect"),
        "群发真正带来了什么：与对照组相比",
        "What a broadcast really added, beside those held out",
        effect,
        _arguments,
        ("siyu broadcast effect 3 --days 14 --json",),
    ),
)
