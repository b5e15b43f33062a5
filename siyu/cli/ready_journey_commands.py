"""``siyu journey ready`` and ``begin``: ready journeys, and a draft from one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command

BY = "cli"


def ready(call: Call) -> Mapping[str, Any]:
    """Every ready journey."""
    from msgspec import to_builtins

    from siyu.reach.journeys.ready.command import ready_told

    return to_builtins(ready_told(call.stores))


def begin(call: Call) -> Mapping[str, Any]:
    """A draft from one."""
    from siyu.channels import channels_of
    from siyu.reach.journeys import command
    from siyu.reach.journeys.ready.taking import begin_from

    asked = call.arguments
    channels = channels_of(call.stores)
    try:
        number = begin_from(call.stores, channels, BY, asked.key, asked.account, asked.words)
    finally:
        channels.close()
    call.note(f"journey:{number}", ready=asked.key)
    return command.plain(command.told(call.stores, number))


def _begin(parser: ArgumentParser) -> None:
    parser.add_argument("key", metavar="KEY", help="现成旅程，见 journey ready · see journey ready")
    parser.add_argument(
        "--account",
        metavar="ID",
        type=int,
        action="append",
        default=[],
        help="消息用的账号，可多次，靠前的优先 · an account for its messages, the first preferred",
    )
    parser.add_argument("--words", choices=("zh", "en"), default="zh", help="步骤名称的语言 · language of the titles")


COMMANDS = (
    Command(
        ("journey", "ready"),
        "列出现成旅程：步骤、要准备什么",
        "Ready journeys: their steps, and what they need",
        ready,
        examples=("siyu journey ready --json",),
    ),
    Command(
        ("journey", "begin"),
        "用现成旅程新建草稿",
        "A new draft from a ready journey",
        begin,
        _begin,
        ("siyu journey begin golden_72 --json",),
        "journey_drafted",
    ),
)
