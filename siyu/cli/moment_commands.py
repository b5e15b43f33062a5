"""``siyu moment``: moments of a WeCom company."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """The latest moments."""
    from msgspec import to_builtins

    from siyu.channels.wecom.moments import command

    return to_builtins(command.all_told(call.stores))


def show(call: Call) -> Mapping[str, Any]:
    """One moment and whom it met."""
    from msgspec import to_builtins

    from siyu.channels.wecom.moments import command

    return to_builtins(command.detail(call.stores, call.arguments.moment))


def post(call: Call) -> Mapping[str, Any]:
    """Record a moment; the background work makes it."""
    from msgspec import to_builtins

    from siyu.channels.wecom.moments import command, posting

    asked = call.arguments
    pictures = [{"kind": "image", "medium": each} for each in asked.pictures or []]
    films = [{"kind": "video", "medium": asked.film}] if asked.film else []
    who = (asked.members or [], asked.departments or [], asked.tags or [])
    number = posting.post(call.stores, "cli", asked.account, posting.Draft(asked.text, [*pictures, *films], *who))
    call.note(f"moment:{number}")
    return to_builtins(command.detail(call.stores, number))


def cancel(call: Call) -> Mapping[str, Any]:
    """Stop what is not published yet."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.moments import command, posting

    number = call.arguments.moment
    call.note(f"moment:{number}")
    with closing(channels_of(call.stores)) as channels:
        posting.cancel(call.stores, exchange_of(channels), number)
    return to_builtins(command.detail(call.stores, number))


def _moment(parser: ArgumentParser) -> None:
    parser.add_argument("moment", metavar="ID", type=int, help="朋友圈编号 · the moment's number")


def _post(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")
    parser.add_argument("--text", default="", help="文字 · the text")
    parser.add_argument("--pictures", metavar="SHA256", nargs="+", help="图片素材 · pictures among the media")
    parser.add_argument("--film", metavar="SHA256", default="", help="视频素材 · a film among the media")
    parser.add_argument("--members", metavar="USERID", nargs="+", help="由谁发表 · who publishes it")
    parser.add_argument("--departments", metavar="N", nargs="+", type=int, help="由哪些部门发表 · departments")
    parser.add_argument("--tags", metavar="ID", nargs="+", help="给带这些标签的客户看 · customers with these tags")


COMMANDS = (
    Command(
        ("moment", "list"),
        "列出朋友圈及效果",
        "List moments and what came of them",
        list_all,
        examples=("siyu moment list --json",),
    ),
    Command(
        ("moment", "show"),
        "一条朋友圈：谁发表了，看到、点赞、评论的客户",
        "One moment: who published it, whom it reached, who liked and commented",
        show,
        _moment,
        ("siyu moment show 1 --json",),
    ),
    Command(
        ("moment", "post"),
        "发朋友圈（员工确认后发表）",
        "Post a moment, which members publish",
        post,
        _post,
        ("siyu moment post 1 --text 新品到店 --json",),
        "moment_posted",
    ),
    Command(
        ("moment", "cancel"),
        "停止还没发表的朋友圈",
        "Stop what is not published yet",
        cancel,
        _moment,
        ("siyu moment cancel 1 --json",),
        "moment_cancelled",
    ),
)
