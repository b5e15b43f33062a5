"""``siyu way``: codes at WeCom, to advisers and to groups."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from siyu.cli.command import Call, Command
from siyu.cli.values import day_in, moment_in, words_in

if TYPE_CHECKING:
    from siyu.channels.platform.exchange import Exchange


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of codes."""
    from msgspec import to_builtins

    from siyu.growth.ways import command
    from siyu.growth.ways.ways import Wanted

    asked = call.arguments
    wanted = Wanted(asked.words, asked.kind, asked.account, asked.removed, asked.before, asked.limit)
    return to_builtins(command.page_told(call.stores, wanted))


def show(call: Call) -> Mapping[str, Any]:
    """One code."""
    from msgspec import to_builtins

    from siyu.growth.ways import command

    return to_builtins(command.told(call.stores, call.arguments.code))


def add(call: Call) -> Mapping[str, Any]:
    """A new code."""
    from siyu.growth.ways import command, ways
    from siyu.growth.ways.model import WayDraft

    draft = command.drafted(WayDraft(call.arguments.name, call.arguments.account), _given(call))

    def act(exchange: Exchange) -> int:
        return ways.add_way(call.stores, exchange, "cli", draft).id

    return _done(call, act)


def change(call: Call) -> Mapping[str, Any]:
    """Change what is given."""
    from siyu.growth.ways import command, ways

    number = call.arguments.code
    draft = command.changed(call.stores, number, _given(call))
    return _done(call, lambda exchange: ways.change_way(call.stores, exchange, "cli", number, draft).id)


def again(call: Call) -> Mapping[str, Any]:
    """Have one made that was refused or is unknown."""
    from siyu.growth.ways import ways

    return _done(call, lambda exchange: ways.try_again(call.stores, exchange, call.arguments.code).id)


def remove(call: Call) -> Mapping[str, Any]:
    """Remove it at the platform, its state said as a confirmation."""
    from siyu.growth.ways import ways
    from siyu.storage import BadInput

    number = call.arguments.code
    if ways.get_way(call.stores, number).state != call.arguments.confirm:
        raise BadInput(
            "not_confirmed",
            "请用 --confirm 写出这个码的渠道标识（state）。删除后扫码无效，不能恢复。",
            "Say the code's state with --confirm: once removed, scanning it leads nowhere, for ever.",
            field="confirm",
        )
    return _done(call, lambda exchange: ways.remove_way(call.stores, exchange, number).id)


def figures(call: Call) -> Mapping[str, Any]:
    """What it brought."""
    from msgspec import to_builtins

    from siyu.growth.ways import command

    first, last = day_in("first", call.arguments.first), day_in("last", call.arguments.last)
    return to_builtins(command.figures_told(call.stores, call.arguments.code, first, last))


def audience(call: Call) -> Mapping[str, Any]:
    """Everybody who came through it, as an audience."""
    from msgspec import to_builtins

    from siyu.growth.ways import command

    made = command.audience_told(call.stores, "cli", call.arguments.code, call.arguments.name)
    call.note(f"audience:{made.audience}")
    return to_builtins(made)


def _done(call: Call, act: Callable[[Exchange], int]) -> Mapping[str, Any]:
    """Do it through WeCom; the code as it is then."""
    from msgspec import to_builtins

    from siyu.channels import channels_of
    from siyu.channels.registry import exchange_of
    from siyu.growth.ways import command

    channels = channels_of(call.stores)
    try:
        number = act(exchange_of(channels))
    finally:
        channels.close()
    told = command.told(call.stores, number)
    call.note(f"way:{number}", name=told.name)
    return to_builtins(told)


_WORDS = ("users", "groups")
_NUMBERS = ("departments", "tags")
_PLAIN = ("kind", "state", "remark", "skip_verify", "auto_create", "room_name", "room_number")


def _given(call: Call) -> dict[str, Any]:
    """What the command line says, under the names of a draft."""
    asked = vars(call.arguments)
    given: dict[str, Any] = {name: asked[name] for name in (*_PLAIN, "name") if name in asked}
    for name in (*_WORDS, *_NUMBERS):
        if name in asked:
            words = tuple(words_in(asked[name]))
            given[name] = tuple(_whole(name, word) for word in words) if name in _NUMBERS else words
    if "welcome" in asked:
        given["welcome"] = asked["welcome"] or None
    if "expires" in asked:
        given["expires"] = moment_in(call, "expires", asked["expires"]) if asked["expires"] else None
    return given


def _whole(name: str, word: str) -> int:
    from siyu.storage import BadInput

    if not (word.isascii() and word.isdigit() and len(word) < 16):
        raise BadInput(
            "not_whole", f"--{name} 只能是编号：{word!r}。", f"--{name} takes numbers, not {word!r}.", field=name
        )
    return int(word)


def _code(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="ID", type=int, help="编号 · its number")


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--words", default="", help="按名称、渠道标识、备注搜索 · in name, state or remark")
    parser.add_argument("--kind", choices=("", "contact", "join"), default="", help="种类 · the kind")
    parser.add_argument("--account", metavar="ID", type=int, default=None, help="账号 · of one account")
    parser.add_argument("--removed", action="store_true", help="包括已删除的 · removed ones too")
    parser.add_argument(
        "--before", metavar="ID", type=int, default=None, help="上一页的 next · next of the page before"
    )
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · codes a page")


def _draft_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--users", metavar="A,B", default=SUPPRESS, help="成员账号 · members")
    parser.add_argument("--departments", metavar="1,2", default=SUPPRESS, help="部门编号 · departments")
    parser.add_argument("--groups", metavar="A,B", default=SUPPRESS, help="入群码：群编号，最多 5 个 · chat ids")
    parser.add_argument("--remark", default=SUPPRESS, help="备注，最多 30 字 · a remark")
    parser.add_argument("--tags", metavar="1,2", default=SUPPRESS, help="自动打的标签编号 · tags to give")
    parser.add_argument("--welcome", metavar="ID", type=int, default=SUPPRESS, help="欢迎语，0 为不指定 · a welcome")
    parser.add_argument("--expires", metavar="TIME", default=SUPPRESS, help="到期时间，空为长期 · removed then")
    parser.add_argument(
        "--skip-verify",
        action=BooleanOptionalAction,
        default=SUPPRESS,
        help="加好友无需员工通过 · friends at once",
    )
    parser.add_argument(
        "--auto-create",
        action=BooleanOptionalAction,
        default=SUPPRESS,
        help="群满后自动建新群 · found further groups",
    )
    parser.add_argument("--room-name", default=SUPPRESS, help="新群的群名前缀 · what they are called")
    parser.add_argument("--room-number", metavar="N", type=int, default=SUPPRESS, help="起始编号 · counted from")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    parser.add_argument("--account", metavar="ID", type=int, required=True, help="企业微信账号 · the WeCom account")
    parser.add_argument("--kind", choices=("contact", "join"), default=SUPPRESS, help="加员工或进群 · the kind")
    parser.add_argument("--state", default=SUPPRESS, help="渠道标识，留空自动生成 · made up if not given")
    _draft_arguments(parser)


def _change_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("--name", default=SUPPRESS, help="名称 · its name")
    _draft_arguments(parser)


def _remove_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("--confirm", metavar="STATE", default="", help="写出渠道标识以确认 · its state, to confirm")


def _figures_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("--first", metavar="DAY", default="", help="第一天 · first day")
    parser.add_argument("--last", metavar="DAY", default="", help="最后一天 · last day")


def _audience_arguments(parser: ArgumentParser) -> None:
    _code(parser)
    parser.add_argument("--name", default="", help="人群名称 · its name")


COMMANDS = (
    Command(
        ("way", "list"),
        "列出渠道码与近 30 天的新增、流失、留存",
        "Codes at WeCom, and what they brought in 30 days",
        list_all,
        _list_arguments,
        ("siyu way list --words 门店 --json",),
    ),
    Command(("way", "show"), "查看一个渠道码", "One code", show, _code, ("siyu way show 1 --json",)),
    Command(
        ("way", "add"),
        "新建渠道码或入群码",
        "A new code to advisers, or to groups",
        add,
        _add_arguments,
        ("siyu way add 杭州店门口 --account 1 --users zhangsan,lisi --tags 3 --json",),
        "way_added",
    ),
    Command(
        ("way", "change"),
        "修改渠道码，没给的不变",
        "Change what is given; the rest stays",
        change,
        _change_arguments,
        ("siyu way change 1 --users zhangsan",),
        "way_changed",
    ),
    Command(
        ("way", "again"),
        "重试创建被拒绝或没有应答的渠道码",
        "Have one made that was refused or unanswered",
        again,
        _code,
        ("siyu way again 1",),
        "way_tried_again",
    ),
    Command(
        ("way", "remove"),
        "删除渠道码：扫码不再有效，数据保留",
        "Remove it: scanning leads nowhere, figures stay",
        remove,
        _remove_arguments,
        ("siyu way remove 1 --confirm c1a2b3c4",),
        "way_removed",
    ),
    Command(
        ("way", "figures"),
        "按天、按员工看新增、流失、留存",
        "Added, left, still there by day and adviser",
        figures,
        _figures_arguments,
        ("siyu way figures 1 --first 2026-11-01 --last 2026-11-30 --json",),
    ),
    Command(
        ("way", "audience"),
        "把扫这个码来的客户存为人群",
        "Keep who came through it as an audience",
        audience,
        _audience_arguments,
        ("siyu way audience 1",),
        "audience_created",
    ),
)
