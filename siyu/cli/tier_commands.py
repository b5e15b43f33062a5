"""``siyu tier``: where people stand, plans, trials."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """How many stand where."""
    from msgspec import to_builtins

    from siyu.loyalty.tiers import command

    return to_builtins(command.tiers_told(call.stores))


def show(call: Call) -> Mapping[str, Any]:
    """Where a person stands."""
    from msgspec import to_builtins

    from siyu.loyalty.tiers import command

    return to_builtins(command.way_told(call.stores, call.arguments.person))


def changes(call: Call) -> Mapping[str, Any]:
    """Who came to which tier."""
    from msgspec import to_builtins

    from siyu.loyalty.tiers import command

    asked = call.arguments
    return to_builtins(command.changes_told(call.stores, asked.person, asked.before, asked.limit))


def plans(call: Call) -> Mapping[str, Any]:
    """Every version of the plan."""
    from msgspec import to_builtins

    from siyu.loyalty.tiers import command

    return to_builtins(command.plans_told(call.stores))


def plan(call: Call) -> Mapping[str, Any]:
    """One version."""
    from msgspec import to_builtins

    from siyu.loyalty.tiers import command

    return to_builtins(command.plan_told(call.stores, call.arguments.plan))


def add(call: Call) -> Mapping[str, Any]:
    """Keep a draft: the default plan, or one from a file."""
    from msgspec import to_builtins

    from siyu.loyalty.tiers import command, keeping

    number = keeping.save(call.stores, "cli", _read(call), call.arguments.note)
    call.note(f"tier_plan:{number}")
    return to_builtins(command.plan_told(call.stores, number))


def begin(call: Call) -> Mapping[str, Any]:
    """Let it be in force."""
    from siyu.loyalty.tiers import keeping

    keeping.begin(call.stores, call.arguments.plan)
    call.note(f"tier_plan:{call.arguments.plan}")
    return plan(call)


def try_it(call: Call) -> Mapping[str, Any]:
    """Try a plan on the past, and wait for it."""
    from msgspec import to_builtins

    from siyu.loyalty.tiers import command, trying

    number = trying.ask(call.stores, "cli", call.arguments.plan, call.arguments.months)
    trying.run(call.stores, number)
    call.note(f"tier_plan:{call.arguments.plan}")
    return to_builtins(command.trial_told(call.stores, number))


def _read(call: Call) -> Any:
    from pathlib import Path

    import msgspec

    from siyu.loyalty.tiers.model import DEFAULT, Plan
    from siyu.storage import BadInput

    if not call.arguments.file:
        return DEFAULT
    try:
        return msgspec.json.decode(Path(call.arguments.file).read_bytes(), type=Plan)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInput(
            "tier_plan_file", f"方案文件无法读取：{error}", f"Can't read the plan: {error}", field="file"
        ) from None


def _person(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="ID", type=int, help="客户编号 · the person's number")


def _plan(parser: ArgumentParser) -> None:
    parser.add_argument("plan", metavar="ID", type=int, help="方案版本 · its version")


def _changes(parser: ArgumentParser) -> None:
    parser.add_argument("--person", metavar="ID", type=int, default=None, help="客户 · of one person")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · rows a page")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--file", metavar="FILE", default="", help="方案（JSON），不填用默认 · a plan; else the default"
    )
    parser.add_argument("--note", default="", help="备注 · a note")


def _try(parser: ArgumentParser) -> None:
    _plan(parser)
    parser.add_argument("--months", metavar="N", type=int, default=12, help="过去几个月 · months of the past")


COMMANDS = (
    Command(
        ("tier", "add"),
        "新建等级方案（草稿）",
        "Keep a draft of a plan",
        add,
        _add,
        ("siyu tier add --note 默认方案",),
        "tier_plan_added",
    ),
    Command(
        ("tier", "try"),
        "在过去的订单上试算",
        "Try a plan on the past",
        try_it,
        _try,
        ("siyu tier try 1 --months 12 --json",),
        "tier_plan_tried",
    ),
    Command(
        ("tier", "begin"), "启用等级方案", "Let one begin", begin, _plan, ("siyu tier begin 1",), "tier_plan_began"
    ),
    Command(("tier", "plans"), "列出等级方案", "Every version of the plan", plans, examples=("siyu tier plans",)),
    Command(("tier", "plan"), "查看一版等级方案", "One version", plan, _plan, ("siyu tier plan 1 --json",)),
    Command(("tier", "list"), "各等级人数", "How many stand where", list_all, examples=("siyu tier list --json",)),
    Command(("tier", "show"), "客户的等级与下一步", "Where a person stands", show, _person, ("siyu tier show 1",)),
    Command(("tier", "changes"), "等级变化", "Who came to which tier", changes, _changes, ("siyu tier changes",)),
)
