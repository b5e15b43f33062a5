"""``siyu journey rehearse``: a draft walked on what happened, and what was found last."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command

BY = "cli"


def rehearse(call: Call) -> Mapping[str, Any]:
    """Rehearse the draft."""
    from siyu.reach.journeys import rehearsal_command

    asked = call.arguments
    call.note(f"journey:{asked.journey}", days=asked.days)
    return rehearsal_command.rehearse(call.stores, BY, asked.journey, asked.days)


def rehearsal(call: Call) -> Mapping[str, Any]:
    """The last rehearsal."""
    from siyu.reach.journeys import rehearsal_command

    return rehearsal_command.shown(call.stores, call.arguments.journey)


def _journey(parser: ArgumentParser) -> None:
    parser.add_argument("journey", metavar="ID", type=int, help="旅程编号 · the journey's number")


def _rehearse_arguments(parser: ArgumentParser) -> None:
    _journey(parser)
    parser.add_argument("--days", metavar="N", type=int, default=30, help="最近多少天 · of so many last days")


_JOURNEY = "siyu journey"
COMMANDS = (
    Command(
        ("journey", "rehearse"),
        "用最近几天真实发生的事排练草稿：谁会进来、收到什么、被什么拦下",
        "Rehearse the draft on the last days: who would come in, get what, be held why",
        rehearse,
        _rehearse_arguments,
        (f"{_JOURNEY} rehearse 1 --days 30 --json",),
        "journey_rehearsed",
    ),
    Command(
        ("journey", "rehearsal"),
        "查看最近一次排练",
        "The last rehearsal",
        rehearsal,
        _journey,
        (f"{_JOURNEY} rehearsal 1 --json",),
    ),
)
