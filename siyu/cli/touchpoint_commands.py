"""``siyu touchpoint``, ``siyu path``: where people come from, what it costs, how far they come."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command, no_arguments

_KINDS = ("code", "way", "state", "utm", "campaign")


def list_all(call: Call) -> Mapping[str, Any]:
    """All of them."""
    from msgspec import to_builtins

    from siyu.growth.touchpoints import command

    return to_builtins(command.all_told(call.stores, archived=call.arguments.archived))


def show(call: Call) -> Mapping[str, Any]:
    """One of them."""
    return _told(call, call.arguments.touchpoint)


def add(call: Call) -> Mapping[str, Any]:
    """Name a place."""
    from siyu.growth.touchpoints import keeping

    asked = call.arguments
    made = keeping.add_touchpoint(call.stores, "cli", asked.name, asked.kind, asked.note, _marks(call))
    return _told(call, made.id)


def change(call: Call) -> Mapping[str, Any]:
    """All of it anew."""
    from siyu.growth.touchpoints import keeping

    asked = call.arguments
    keeping.change_touchpoint(call.stores, asked.touchpoint, asked.name, asked.kind, asked.note, _marks(call))
    return _told(call, asked.touchpoint)


def archive(call: Call) -> Mapping[str, Any]:
    """Offer it no more."""
    from siyu.growth.touchpoints import keeping

    keeping.archive_touchpoint(call.stores, call.arguments.touchpoint, archived=True)
    return _told(call, call.arguments.touchpoint)


def restore(call: Call) -> Mapping[str, Any]:
    """Offer it again."""
    from siyu.growth.touchpoints import keeping

    keeping.archive_touchpoint(call.stores, call.arguments.touchpoint, archived=False)
    return _told(call, call.arguments.touchpoint)


def costs(call: Call) -> Mapping[str, Any]:
    """What was spent."""
    from msgspec import to_builtins

    from siyu.growth.touchpoints import command

    return to_builtins(command.costs_told(call.stores, call.arguments.touchpoint))


def spend(call: Call) -> Mapping[str, Any]:
    """Write down what was spent."""
    from msgspec import to_builtins

    from siyu.growth.touchpoints import command, keeping
    from siyu.storage import BadInput

    asked = call.arguments
    first = _day(call, "first")
    if first is None:
        raise BadInput("not_a_day", "请给出 --first。", "Give --first.", field="first")
    made = keeping.add_cost(
        call.stores, "cli", asked.touchpoint, first, _day(call, "last") or first, _yuan(asked.amount), asked.note
    )
    call.note(f"touchpoint:{asked.touchpoint}", cost=made.id, cents=made.cents)
    return to_builtins(command.cost_told(made))


def unspend(call: Call) -> Mapping[str, Any]:
    """Take away what was written down wrongly."""
    from msgspec import to_builtins

    from siyu.growth.touchpoints import command, keeping

    asked = call.arguments
    gone = keeping.remove_cost(call.stores, asked.touchpoint, asked.cost)
    call.note(f"touchpoint:{asked.touchpoint}", cost=gone.id, cents=gone.cents)
    return to_builtins(command.cost_told(gone))


def figures(call: Call) -> Mapping[str, Any]:
    """Figures of all of them."""
    from msgspec import to_builtins

    from siyu.insight import coming

    return to_builtins(coming.touchpoints_told(call.stores, _day(call, "first"), _day(call, "last")))


def paths(call: Call) -> Mapping[str, Any]:
    """All entry paths."""
    from msgspec import to_builtins

    from siyu.growth.paths import command

    return to_builtins(command.all_told(call.stores))


def path_show(call: Call) -> Mapping[str, Any]:
    """One entry path."""
    from msgspec import to_builtins

    from siyu.growth.paths import command, keeping

    return to_builtins(command.path_told(keeping.get_path(call.stores, call.arguments.path)))


def path_add(call: Call) -> Mapping[str, Any]:
    """Say what people meet after the scan."""
    from msgspec import to_builtins

    from siyu.growth.paths import command, keeping

    made = keeping.add_path(call.stores, "cli", _draft(call))
    call.note(f"path:{made.id}", name=made.name)
    return to_builtins(command.path_told(made))


def path_change(call: Call) -> Mapping[str, Any]:
    """All of it anew."""
    from msgspec import to_builtins

    from siyu.growth.paths import command, keeping

    changed = keeping.change_path(call.stores, call.arguments.path, _draft(call))
    call.note(f"path:{changed.id}", name=changed.name)
    return to_builtins(command.path_told(changed))


def path_remove(call: Call) -> Mapping[str, Any]:
    """Look at it no more."""
    from msgspec import to_builtins

    from siyu.growth.paths import command, keeping

    gone = keeping.remove_path(call.stores, call.arguments.path)
    call.note(f"path:{gone.id}", name=gone.name)
    return to_builtins(command.path_told(gone))


def path_figures(call: Call) -> Mapping[str, Any]:
    """How far people come."""
    from msgspec import to_builtins

    from siyu.insight import coming

    return to_builtins(coming.path_told(call.stores, call.arguments.path, _day(call, "first"), _day(call, "last")))


def _told(call: Call, number: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.touchpoints import command

    told = command.touchpoint_told(call.stores, number)
    call.note(f"touchpoint:{number}", name=told.name)
    return to_builtins(told)


def _marks(call: Call) -> Any:
    from siyu.growth.touchpoints.model import Mark

    return [Mark(kind, value) for kind in _KINDS for value in getattr(call.arguments, kind)]


def _draft(call: Call) -> Any:
    from siyu.audiences.conditions.sequence import Step
    from siyu.growth.paths.model import PathDraft

    asked = call.arguments
    steps = [Step(event) for event in asked.step]
    return PathDraft(asked.name, asked.entry, steps, asked.days, asked.touchpoint, asked.code)


def _yuan(text: str) -> Any:
    from decimal import Decimal, InvalidOperation

    from siyu.storage import BadInput

    try:
        return Decimal(text)
    except InvalidOperation:
        raise BadInput("not_a_number", "金额应为数字。", "An amount is a number.", field="amount") from None


def _day(call: Call, name: str) -> Any:
    from datetime import date

    from siyu.storage import BadInput

    text = getattr(call.arguments, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(
            "not_a_day", f"--{name} 应写成 2026-12-31。", f"--{name} is written 2026-12-31.", field=name
        ) from None


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--archived", action="store_true", help="也列出停用的 · those put away too")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("touchpoint", metavar="ID", type=int, help="触点编号 · its number")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    parser.add_argument("--kind", default="other", help="种类，如 douyin、counter、parcel · what kind of place")
    parser.add_argument("--note", default="", help="备注 · a note")
    words = (
        "活码编号 · a live code",
        "渠道码编号 · a code at WeCom",
        "渠道标识 · a channel state",
        "链接的 utm_source · of links",
        "活动地址 · a campaign's slug",
    )
    for kind, help_text in zip(_KINDS, words, strict=True):
        parser.add_argument(f"--{kind}", metavar="MARK", action="append", default=[], help=help_text)


def _change(parser: ArgumentParser) -> None:
    _one(parser)
    _add(parser)


def _spend(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("amount", metavar="AMOUNT", help="金额（元） · in yuan")
    parser.add_argument("--first", metavar="DAY", default="", help="第一天 · first day")
    parser.add_argument("--last", metavar="DAY", default="", help="最后一天，默认同一天 · last day")
    parser.add_argument("--note", default="", help="备注 · a note")


def _unspend(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("cost", metavar="COST", type=int, help="花费编号 · the cost")


def _period(parser: ArgumentParser) -> None:
    parser.add_argument("--first", metavar="DAY", default="", help="第一天 · first day")
    parser.add_argument("--last", metavar="DAY", default="", help="最后一天 · last day")


def _path(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar="ID", type=int, help="路径编号 · its number")


def _path_add(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    parser.add_argument("--entry", default="friend_added", help="从哪一步开始 · the event a scan leads to")
    parser.add_argument(
        "--step", metavar="EVENT", action="append", default=[], help="之后的步骤，按顺序 · then, in order"
    )
    parser.add_argument("--days", metavar="N", type=int, default=30, help="几天内 · within so many days")
    parser.add_argument("--touchpoint", metavar="ID", type=int, default=None, help="只看一个触点 · of one touchpoint")
    parser.add_argument("--code", metavar="ID", type=int, default=None, help="只看一个活码 · of one live code")


def _path_change(parser: ArgumentParser) -> None:
    _path(parser)
    _path_add(parser)


def _path_figures(parser: ArgumentParser) -> None:
    _path(parser)
    _period(parser)


COMMANDS = (
    Command(("touchpoint", "list"), "列出触点", "Touchpoints", list_all, _list, ("siyu touchpoint list --json",)),
    Command(("touchpoint", "show"), "查看触点", "One touchpoint", show, _one, ("siyu touchpoint show 1",)),
    Command(
        ("touchpoint", "add"),
        "新建触点，并归入活码、链接、活动",
        "Name a place where people come from",
        add,
        _add,
        ("siyu touchpoint add 抖音直播间 --kind douyin --utm douyin --code 1",),
        "touchpoint_added",
    ),
    Command(
        ("touchpoint", "change"),
        "修改触点（整体替换）",
        "All of it anew",
        change,
        _change,
        ("siyu touchpoint change 1 抖音 --kind douyin --utm douyin",),
        "touchpoint_changed",
    ),
    Command(
        ("touchpoint", "archive"),
        "停用触点，数据保留",
        "Offer it no more",
        archive,
        _one,
        ("siyu touchpoint archive 1",),
        "touchpoint_archived",
    ),
    Command(
        ("touchpoint", "restore"),
        "恢复触点",
        "Offer it again",
        restore,
        _one,
        ("siyu touchpoint restore 1",),
        "touchpoint_restored",
    ),
    Command(("touchpoint", "costs"), "触点的花费", "What was spent", costs, _one, ("siyu touchpoint costs 1 --json",)),
    Command(
        ("touchpoint", "spend"),
        "记录一笔花费",
        "Write down what was spent",
        spend,
        _spend,
        ("siyu touchpoint spend 1 3000 --first 2026-11-01 --last 2026-11-30",),
        "touchpoint_cost_added",
    ),
    Command(
        ("touchpoint", "unspend"),
        "删除一笔记错的花费",
        "Take away what was written down wrongly",
        unspend,
        _unspend,
        ("siyu touchpoint unspend 1 2",),
        "touchpoint_cost_removed",
    ),
    Command(
        ("touchpoint", "figures"),
        "各触点的好友、成本、留存、复购与终身价值",
        "Friends, cost, retention, repeat rate, lifetime value",
        figures,
        _period,
        ("siyu touchpoint figures --first 2026-11-01 --last 2026-11-30 --json",),
    ),
    Command(("path", "list"), "列出入池路径", "Entry paths", paths, no_arguments, ("siyu path list --json",)),
    Command(("path", "show"), "查看入池路径", "One entry path", path_show, _path, ("siyu path show 1",)),
    Command(
        ("path", "add"),
        "新建入池路径：扫码之后的每一步",
        "Say what people meet after the scan",
        path_add,
        _path_add,
        ("siyu path add 进群到下单 --entry group_joined --step product_viewed --step order_paid --code 1",),
        "path_added",
    ),
    Command(
        ("path", "change"),
        "修改入池路径（整体替换）",
        "All of it anew",
        path_change,
        _path_change,
        ("siyu path change 1 进群到下单 --entry group_joined --step order_paid",),
        "path_changed",
    ),
    Command(
        ("path", "remove"),
        "删除入池路径，数据不受影响",
        "Look at it no more",
        path_remove,
        _path,
        ("siyu path remove 1",),
        "path_removed",
    ),
    Command(
        ("path", "figures"),
        "每一步多少人、停了多少人",
        "How many came to each step",
        path_figures,
        _path_figures,
        ("siyu path figures 1 --json",),
    ),
)
