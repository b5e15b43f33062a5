"""``siyu person``: what is known of one person."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def best_hour(call: Call) -> Mapping[str, Any]:
    """When they are most likely to look."""
    from msgspec import to_builtins

    from siyu.reach.best_hour_words import best_hour_told

    return to_builtins(best_hour_told(call.stores, call.arguments.person))


def _person(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="ID", type=int, help="客户编号 · the person's number")


COMMANDS = (
    Command(
        ("person", "best-hour"),
        "一位客户最可能看消息的时段，依据什么",
        "When a person is most likely to look, and what that rests on",
        best_hour,
        _person,
        ("siyu person best-hour 12 --json",),
    ),
)
