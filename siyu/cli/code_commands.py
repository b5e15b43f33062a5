"""``siyu code``: live codes, one address for ever, and who stands behind it."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command
from siyu.cli.values import day_in, moment_in, words_in


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of codes."""
    from msgspec import to_builtins

    from siyu.growth.codes import command

    asked = call.arguments
    return to_builtins(command.page_told(call.stores, asked.words, asked.stage, asked.before, asked.limit))


def show(call: Call) -> Mapping[str, Any]:
    """One code."""
    return _told(call, call.arguments.code)


def add(call: Call) -> Mapping[str, Any]:
    """A new code."""
    from siyu.growth.codes import command, keeping
    from siyu.growth.codes.keeping import CodeDraft

    draft = command.drafted(CodeDraft(call.arguments.name), _given(call, _OF_CODE))
    return _told(call, keeping.add_code(call.stores, "cli", draft).id)


def change(call: Call) -> Mapping[str, Any]:
    """Change what is given."""
    from siyu.growth.codes import command, keeping
    from siyu.growth.codes.reading import get_code

    number = call.arguments.code
    draft = command.drafted(command.draft_of(get_code(call.stores, number)), _given(call, _OF_CODE))
    keeping.change_code(call.stores, number, draft)
    return _told(call, number)


def add_target(call: Call) -> Mapping[str, Any]:
    """One more behind it."""
    from siyu.growth.codes import command, keeping
    from siyu.growth.codes.keeping import TargetDraft

    number = call.arguments.code
    draft = command.target_drafted(TargetDraft(), _given(call, _OF_TARGET))
    keeping.add_targets(call.stores, number, [draft])
    return _told(call, number)


def change_target(call: Call) -> Mapping[str, Any]:
    """Change one behind it."""
    from siyu.growth.codes import command, keeping

    number = call.arguments.code
    given = _given(call, _OF_TARGET)
    keeping.change_target(
        call.stores, number, command.changed_target(call.stores, number, call.arguments.target, given)
    )
    return _told(call, number)


def make_ways(call: Call) -> Mapping[str, Any]:
    """Codes at WeCom for members or groups, as a job."""
    from siyu.growth.codes import tasks

    asked = call.arguments
    call.note(f"scan_code:{asked.code}")
    return {"job": tasks.make_ways(call.stores, "cli", asked.code, asked.account, words_in(asked.ids))}


def use(call: Call) -> Mapping[str, Any]:
    """Put it to use."""
    from siyu.growth.codes import keeping

    return _told(call, keeping.put_to_use(call.stores, call.arguments.code).id)


def pause(call: Call) -> Mapping[str, Any]:
    """Let it rest."""
    from siyu.growth.codes import keeping

    return _told(call, keeping.pause(call.stores, call.arguments.code).id)


def end(call: Call) -> Mapping[str, Any]:
    """End it for good, its address said as a confirmation."""
    from siyu.growth.codes import keeping
    from siyu.growth.codes.reading import get_code
    from siyu.storage import BadInput

    number = call.arguments.code
    if get_code(call.stores, number).slug != call.arguments.confirm:
        raise BadInput(
            "not_confirmed",
            "请用 --confirm 写出活码的地址（slug）。结束后不能恢复，已印出的码只会显示“已经结束”。",
            "Say the code's slug with --confirm: once ended it can't come back, and printed codes only say so.",
            field="confirm",
        )
    return _told(call, keeping.end(call.stores, number).id)


def figures(call: Call) -> Mapping[str, Any]:
    """What it brought."""
    from msgspec import to_builtins

    from siyu.growth.codes import command

    asked = call.arguments
    first, last = day_in("first", asked.first), day_in("last", asked.last)
    return to_builtins(command.figures_told(call.stores, asked.code, first, last))


def _told(call: Call, code: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.codes import command

    told = command.told(call.stores, code)
    call.note(f"scan_code:{code}", name=told.name)
    return to_builtins(told)


_OF_CODE = ("name", "kind", "mode", "slug", "owner", "welcome", "starts", "ends")
_OF_TARGET = (
    *("name", "way", "picture", "link", "tag", "weight", "day_cap", "seats", "regions", "hours", "starts", "ends"),
    *("backup", "off", "follower"),
)
_NUMBERS = ("owner", "way", "tag", "day_cap", "seats", "follower")


def _given(call: Call, names: tuple[str, ...]) -> dict[str, Any]:
    """What the command line says, under the names of a draft; 0 and an empty moment mean none."""
    asked = vars(call.arguments)
    given: dict[str, Any] = {name: asked[name] for name in names if name in asked}
    for name, value in given.items():
        if name in ("starts", "ends"):
            given[name] = moment_in(call, name, value) if value else None
        elif name in _NUMBERS:
            given[name] = value or None
        elif name == "regions":
            given[name] = words_in(value)
        elif name == "hours":
            given[name] = [span.strip() for span in value.split(";") if span.strip()]
    return given


def _code(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="ID", type=int, help="编号 · its number")


def _list_arguments(parser: ArgumentParser) -> None:
    stages = ("", "draft", "live", "paused", "ended")
    parser.add_argument("--words", default="", help="按名称、地址搜索 · in name or address")
    parser.add_argument("--stage", choices=stages, default="", help="状态 · the stage")
    parser.add_argument(
        "--before", metavar="ID", type=int, default=None, help="上一页的 next · next of the page before"
    )
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · codes a page")


def _draft_arguments(parser: ArgumentParser) -> None:
    modes = ("turn", "capacity", "weight")
    parser.add_argument("--mode", choices=modes, default=SUPPRESS, help="轮流、满了换、按权重 · whose turn it is")
    parser.add_argument("--owner", metavar="ID", type=int, default=SUPPRESS, help="负责人（成员编号） · a member")
    parser.add_argument("--welcome", metavar="TEXT", default=SUPPRESS, help="页面上的欢迎语 · what the page says")
    _span_arguments(parser)


def _span_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--starts", metavar="TIME", default=SUPPRESS, help="开始时间，空为不限 · from then on")
    parser.add_argument("--ends", metavar="TIME", default=SUPPRESS, help="结束时间，空为不限 · until then")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    kinds = ("staff", "group", "choice")
    parser.add_argument("--kind", choices=kinds, default=SUPPRESS, help="加员工、进群、自选群 · the kind")
    parser.add_argument("--slug", default=SUPPRESS, help="地址 /c/…，留空自动生成 · made up if not given")
    _draft_arguments(parser)


def _change_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("--name", default=SUPPRESS, help="名称 · its name")
    _draft_arguments(parser)


def _target_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--way", metavar="ID", type=int, default=SUPPRESS, help="渠道码 · a code at WeCom")
    parser.add_argument("--picture", metavar="SHA256", default=SUPPRESS, help="素材里的图片 · a picture of the media")
    parser.add_argument("--link", metavar="URL", default=SUPPRESS, help="链接 · a link")
    parser.add_argument(
        "--tag", metavar="ID", type=int, default=SUPPRESS, help="选它的人得到的标签 · given to who chooses it"
    )
    parser.add_argument("--weight", metavar="N", type=int, default=SUPPRESS, help="权重 · its weight")
    parser.add_argument("--day-cap", metavar="N", type=int, default=SUPPRESS, help="每天上限，0 为不限 · people a day")
    parser.add_argument("--seats", metavar="N", type=int, default=SUPPRESS, help="总上限，0 为不限 · people in all")
    parser.add_argument("--regions", metavar="A,B", default=SUPPRESS, help="只给这些城市 · for these cities alone")
    parser.add_argument("--hours", metavar="SPANS", default=SUPPRESS, help="时段，分号隔开 · such as '1-5 09:00-18:00'")
    _span_arguments(parser)
    parser.add_argument(
        "--backup", action=BooleanOptionalAction, default=SUPPRESS, help="只作备用 · only when none is free"
    )
    parser.add_argument("--off", action=BooleanOptionalAction, default=SUPPRESS, help="停用 · out of use")
    parser.add_argument("--follower", metavar="ID", type=int, default=SUPPRESS, help="到期后由谁接替 · who stands in")


def _add_target_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    _target_arguments(parser)


def _change_target_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("target", metavar="TARGET", type=int, help="承接对象编号 · number of the target")
    parser.add_argument("--name", default=SUPPRESS, help="名称 · its name")
    _target_arguments(parser)


def _making_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("ids", metavar="A,B", help="成员账号或群编号 · members or groups")
    parser.add_argument("--account", metavar="ID", type=int, required=True, help="企业微信账号 · the WeCom account")


def _end_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("--confirm", metavar="SLUG", default="", help="写出地址以确认 · its slug, to confirm")


def _figures_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("--first", metavar="DAY", default="", help="第一天 · first day")
    parser.add_argument("--last", metavar="DAY", default="", help="最后一天 · last day")


COMMANDS = (
    Command(
        ("code", "list"),
        "列出活码与近 30 天的扫码、分配、流失",
        "Live codes, and their scans of 30 days",
        list_all,
        _list_arguments,
        ("siyu code list --words 门店 --json",),
    ),
    Command(
        ("code", "show"), "查看一个活码和承接对象", "One live code and its targets", show, _code, ("siyu code show 1",)
    ),
    Command(
        ("code", "add"),
        "新建活码（草稿）",
        "A new live code, as a draft",
        add,
        _add_arguments,
        ("siyu code add 杭州店门口 --kind group --owner 1 --welcome 欢迎光临 --json",),
        "scan_code_added",
    ),
    Command(
        ("code", "change"),
        "修改活码，没给的不变",
        "Change what is given; the rest stays",
        change,
        _change_arguments,
        ("siyu code change 1 --mode weight",),
        "scan_code_changed",
    ),
    Command(
        ("code", "target-add"),
        "添加承接对象",
        "One more target behind it",
        add_target,
        _add_target_arguments,
        ("siyu code target-add 1 李顾问 --link https://example.com/li --hours '1-5 09:00-18:00'",),
        "scan_code_targets",
    ),
    Command(
        ("code", "target-change"),
        "修改或停用承接对象",
        "Change a target, or switch it off",
        change_target,
        _change_target_arguments,
        ("siyu code target-change 1 7 --off --follower 8",),
        "scan_code_targets",
    ),
    Command(
        ("code", "ways"),
        "为成员或群各建一个渠道码并挂到活码后面",
        "Codes at WeCom for members or groups, put behind it",
        make_ways,
        _making_arguments,
        ("siyu code ways 1 zhangsan,lisi --account 1",),
        "scan_code_targets",
    ),
    Command(
        ("code", "use"),
        "启用活码：须有负责人、欢迎语和承接对象",
        "Put it to use: it needs an owner, a welcome, a target",
        use,
        _code,
        ("siyu code use 1",),
        "scan_code_used",
    ),
    Command(("code", "pause"), "暂停活码", "Let it rest", pause, _code, ("siyu code pause 1",), "scan_code_paused"),
    Command(
        ("code", "end"),
        "结束活码：不能恢复，数据保留",
        "End it for good; its figures stay",
        end,
        _end_arguments,
        ("siyu code end 1 --confirm parcel-card",),
        "scan_code_ended",
    ),
    Command(
        ("code", "figures"),
        "按承接对象、按天看扫码、分配、流失和僵尸好友",
        "Scans, people placed, lost, zombies, by target and day",
        figures,
        _figures_arguments,
        ("siyu code figures 1 --first 2026-11-01 --last 2026-11-30 --json",),
    ),
)
