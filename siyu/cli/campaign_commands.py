"""``siyu campaign``: campaigns of friends who help and invite each other."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siyu.cli.command import Call, Command
from siyu.cli.values import day_in

if TYPE_CHECKING:
    from siyu.growth.campaigns.keeping import Wanted


def mechanics(_: Call) -> Mapping[str, Any]:
    """What a campaign chooses from."""
    from msgspec import to_builtins

    from siyu.growth.campaigns import command

    return to_builtins(command.mechanics_told())


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of campaigns."""
    from msgspec import to_builtins

    from siyu.growth.campaigns import command

    asked = call.arguments
    return to_builtins(command.page_told(call.stores, asked.stage, asked.before, asked.limit))


def show(call: Call) -> Mapping[str, Any]:
    """One campaign, and what is found of a draft."""
    return _told(call, call.arguments.campaign)


def add(call: Call) -> Mapping[str, Any]:
    """A draft from a file."""
    from siyu.growth.campaigns import keeping

    made = keeping.draft(call.stores, "cli", _wanted(call))
    call.note(f"campaign:{made.id}", name=made.name)
    return _told(call, made.id)


def change(call: Call) -> Mapping[str, Any]:
    """What a file says instead."""
    from siyu.growth.campaigns import keeping

    keeping.change(call.stores, "cli", call.arguments.campaign, _wanted(call))
    return _told(call, call.arguments.campaign)


def start(call: Call) -> Mapping[str, Any]:
    """Start it."""
    from siyu.growth.campaigns import keeping

    keeping.start(call.stores, call.arguments.campaign)
    return _told(call, call.arguments.campaign)


def pause(call: Call) -> Mapping[str, Any]:
    """Let it rest."""
    from siyu.growth.campaigns import keeping

    keeping.pause(call.stores, call.arguments.campaign, paused=True)
    return _told(call, call.arguments.campaign)


def resume(call: Call) -> Mapping[str, Any]:
    """Go on."""
    from siyu.growth.campaigns import keeping

    keeping.pause(call.stores, call.arguments.campaign, paused=False)
    return _told(call, call.arguments.campaign)


def end(call: Call) -> Mapping[str, Any]:
    """End it for good."""
    from siyu.growth.campaigns import keeping

    keeping.end(call.stores, call.arguments.campaign)
    return _told(call, call.arguments.campaign)


def figures(call: Call) -> Mapping[str, Any]:
    """How it goes."""
    from msgspec import to_builtins

    from siyu.growth.campaigns import results

    return to_builtins(results.figures_told(call.stores, call.arguments.campaign))


def compare(call: Call) -> Mapping[str, Any]:
    """Campaigns side by side."""
    from msgspec import to_builtins

    from siyu.growth.campaigns import results

    asked = call.arguments
    return to_builtins(results.compared(call.stores, asked.purpose, asked.mechanic, asked.before, asked.limit))


def layers(call: Call) -> Mapping[str, Any]:
    """Which mechanic works for whom."""
    from msgspec import to_builtins

    from siyu.growth.campaigns import results

    asked = call.arguments
    first, last = day_in("first", asked.first), day_in("last", asked.last)
    return to_builtins(results.layers_told(call.stores, asked.scheme, first, last))


def efforts(call: Call) -> Mapping[str, Any]:
    """What people started in it."""
    from msgspec import to_builtins

    from siyu.growth.campaigns import command

    asked = call.arguments
    return to_builtins(command.efforts_told(call.stores, asked.campaign, asked.stage, asked.before, asked.limit))


def _told(call: Call, campaign: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.campaigns import command

    told = command.told(call.stores, campaign)
    call.note(f"campaign:{campaign}", name=told.name)
    return to_builtins(told)


def _wanted(call: Call) -> Wanted:
    import msgspec

    from siyu.growth.campaigns.keeping import Wanted
    from siyu.storage import BadInput

    try:
        return msgspec.json.decode(call.path(call.arguments.file).read_bytes(), type=Wanted)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInput(
            "campaign_file", f"读不了这个文件：{error}", f"The file can't be read: {error}", field="file"
        ) from None


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("campaign", metavar="ID", type=int, help="活动编号 · its number")


def _file(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="JSON 文件，字段同接口 · JSON, as the API takes it")


def _change(parser: ArgumentParser) -> None:
    _one(parser)
    _file(parser)


def _page(parser: ArgumentParser) -> None:
    parser.add_argument("--stage", default="", help="状态 · in this stage")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · rows a page")


def _compare(parser: ArgumentParser) -> None:
    parser.add_argument("--purpose", default="", help="目的 · of this purpose")
    parser.add_argument("--mechanic", default="", help="玩法 · of this mechanic")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=20, help="每页个数 · rows a page")


def _layers(parser: ArgumentParser) -> None:
    parser.add_argument("--scheme", default="lifecycle", help="分层方案 · a scheme of layers")
    parser.add_argument("--first", metavar="DAY", default="", help="从哪天起发起的 · started from this day")
    parser.add_argument("--last", metavar="DAY", default="", help="到哪天为止发起的 · started up to this day")


def _efforts(parser: ArgumentParser) -> None:
    _one(parser)
    _page(parser)


COMMANDS = (
    Command(
        ("campaign", "mechanics"),
        "列出玩法、规则字段与可选项",
        "Mechanics, the schema of their rules, and choices",
        mechanics,
        examples=("siyu campaign mechanics --json",),
    ),
    Command(
        ("campaign", "list"), "列出活动", "Campaigns", list_all, _page, ("siyu campaign list --stage live --json",)
    ),
    Command(
        ("campaign", "show"), "查看活动与发布前检查", "One, with what is found", show, _one, ("siyu campaign show 1",)
    ),
    Command(
        ("campaign", "add"),
        "从文件新建活动草稿",
        "A draft from a file",
        add,
        _file,
        ("siyu campaign add spring.json",),
        "campaign_added",
    ),
    Command(
        ("campaign", "change"),
        "修改活动；发布后只能改名称、文案、入口和延后结束",
        "Change a draft, or the little that may change later",
        change,
        _change,
        ("siyu campaign change 1 spring.json",),
        "campaign_changed",
    ),
    Command(
        ("campaign", "start"),
        "发布活动：先过法规与平台检查，规则从此不变",
        "Start it: checked first, its rules stay",
        start,
        _one,
        ("siyu campaign start 1",),
        "campaign_started",
    ),
    Command(
        ("campaign", "pause"), "暂停活动", "Let it rest", pause, _one, ("siyu campaign pause 1",), "campaign_paused"
    ),
    Command(("campaign", "resume"), "继续活动", "Go on", resume, _one, ("siyu campaign resume 1",), "campaign_resumed"),
    Command(("campaign", "end"), "结束活动", "End it for good", end, _one, ("siyu campaign end 1",), "campaign_ended"),
    Command(
        ("campaign", "figures"),
        "活动的实时数据与逐步流失",
        "Every jump, and what it cost, now",
        figures,
        _one,
        ("siyu campaign figures 1 --json",),
    ),
    Command(
        ("campaign", "compare"),
        "对比活动：K、流失、成本、新客户质量",
        "Campaigns side by side: K, drop-off, cost, quality",
        compare,
        _compare,
        ("siyu campaign compare --purpose join --json",),
    ),
    Command(
        ("campaign", "layers"),
        "哪种玩法适合哪层客户",
        "Which mechanic works for which layer",
        layers,
        _layers,
        ("siyu campaign layers --scheme lifecycle --json",),
    ),
    Command(
        ("campaign", "efforts"),
        "列出活动里的发起",
        "What people started in it",
        efforts,
        _efforts,
        ("siyu campaign efforts 1 --stage done --json",),
    ),
)
