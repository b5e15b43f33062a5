"""``siyu care``: programmes of care, their calendar, what they brought."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """Every programme."""
    from msgspec import to_builtins

    from siyu.loyalty.care import command

    return to_builtins(command.all_told(call.stores))


def add(call: Call) -> Mapping[str, Any]:
    """Keep a draft."""
    from msgspec import ValidationError, convert

    from siyu.loyalty.care import keeping
    from siyu.loyalty.care.model import Care
    from siyu.storage import BadInput

    asked = call.arguments
    names = ("name", "kind", "gift", "much", "budget", "hold_out", "a_day")
    try:
        wanted = convert({name: getattr(asked, name) for name in names} | {"tiers": asked.tier}, Care)
    except ValidationError as error:
        raise BadInput("care_unfit", f"填写不合要求：{error}", f"Not fit: {error}") from None
    return _told(call, keeping.add(call.stores, "cli", wanted))


def start(call: Call) -> Mapping[str, Any]:
    """Go on every morning."""
    from siyu.loyalty.care import keeping

    keeping.set_stage(call.stores, call.arguments.care, "live")
    return _told(call, call.arguments.care)


def pause(call: Call) -> Mapping[str, Any]:
    """Let it rest."""
    from siyu.loyalty.care import keeping

    keeping.set_stage(call.stores, call.arguments.care, "paused")
    return _told(call, call.arguments.care)


def effect(call: Call) -> Mapping[str, Any]:
    """What it brought."""
    from msgspec import to_builtins

    from siyu.loyalty.care import command

    return to_builtins(command.effect_told(call.stores, call.arguments.care))


def calendar(call: Call) -> Mapping[str, Any]:
    """The next days."""
    from msgspec import to_builtins

    from siyu.loyalty.care import command

    return to_builtins(command.calendar_told(call.stores, max(min(call.arguments.days, 60), 1)))


def _told(call: Call, number: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.loyalty.care import command

    found = command.one_told(call.stores, number)
    call.note(f"care:{number}", name=found.care.name)
    return to_builtins(found)


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("care", metavar="ID", type=int, help="关怀编号 · its number")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    parser.add_argument("--kind", choices=("birthday", "anniversary", "surprise"), required=True, help="时机 · when")
    parser.add_argument("--gift", choices=("message", "points", "coupon"), default="message", help="礼物 · the gift")
    parser.add_argument("--much", metavar="N", type=int, default=0, help="积分数或券种编号 · points, or the coupon")
    parser.add_argument("--budget", metavar="N", type=int, required=True, help="总预算 · in all")
    parser.add_argument("--hold-out", metavar="N", type=int, default=10, help="对照组百分比 · percent held out")
    parser.add_argument("--a-day", metavar="N", type=int, default=10, help="惊喜每天几位 · surprises a day")
    parser.add_argument("--tier", metavar="KEY", action="append", default=[], help="限某等级 · for a tier alone")


def _days(parser: ArgumentParser) -> None:
    parser.add_argument("--days", metavar="N", type=int, default=14, help="往后几天 · days ahead")


COMMANDS = (
    Command(("care", "list"), "列出关怀", "Programmes of care", list_all, examples=("siyu care list --json",)),
    Command(
        ("care", "add"),
        "新建关怀（草稿）：生日、周年、惊喜",
        "Keep a draft: birthdays, anniversaries, surprises",
        add,
        _add,
        ("siyu care add 生日礼 --kind birthday --gift points --much 100 --budget 50000",),
        "care_added",
    ),
    Command(("care", "start"), "开始关怀", "Start one", start, _one, ("siyu care start 1",), "care_started"),
    Command(("care", "pause"), "暂停关怀", "Let one rest", pause, _one, ("siyu care pause 1",), "care_paused"),
    Command(("care", "effect"), "查看关怀的效果", "What one brought", effect, _one, ("siyu care effect 1",)),
    Command(("care", "calendar"), "接下来几天的关怀", "The next days", calendar, _days, ("siyu care calendar",)),
)
