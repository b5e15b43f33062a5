"""``siyu group-post``: mass messages to groups of a WeCom company."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

from siyu.cli.command import Call, Command

if TYPE_CHECKING:
    from siyu.channels.wecom.group_posts.posting import Draft


def list_all(call: Call) -> Mapping[str, Any]:
    """The latest posts."""
    from msgspec import to_builtins

    from siyu.channels.wecom.group_posts import command

    return to_builtins(command.all_told(call.stores))


def show(call: Call) -> Mapping[str, Any]:
    """One post, its tasks and its groups."""
    from msgspec import to_builtins

    from siyu.channels.wecom.group_posts import command

    return to_builtins(command.detail(call.stores, call.arguments.post))


def count(call: Call) -> Mapping[str, Any]:
    """What would become of a post now."""
    from msgspec import to_builtins

    from siyu.channels.wecom.group_posts import posting

    return to_builtins(posting.forecast(call.stores, call.arguments.account, _draft(call)))


def post(call: Call) -> Mapping[str, Any]:
    """Record a post; the background work hands it over."""
    from msgspec import to_builtins

    from siyu.channels.wecom.group_posts import command, posting

    number = posting.post(call.stores, "cli", call.arguments.account, _draft(call))
    call.note(f"group_post:{number}")
    return to_builtins(command.detail(call.stores, number))


def cancel(call: Call) -> Mapping[str, Any]:
    """Call back what has not gone out."""
    from msgspec import to_builtins

    from siyu.channels.wecom.group_posts import command, posting

    number = call.arguments.post
    call.note(f"group_post:{number}")
    posting.cancel(call.stores, number)
    return to_builtins(command.detail(call.stores, number))


def remind(call: Call) -> Mapping[str, Any]:
    """Remind owners who have not confirmed."""
    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.group_posts import posting

    asked = call.arguments
    call.note(f"group_post:{asked.post}")
    with closing(channels_of(call.stores)) as channels:
        return {"reminded": posting.remind(call.stores, exchange_of(channels), asked.post, asked.task)}


def _draft(call: Call) -> Draft:
    from siyu.channels.wecom.group_posts.posting import Draft

    asked = call.arguments
    said = (getattr(asked, "text", ""), [_attachment(each) for each in getattr(asked, "attachments", None) or []])
    return Draft(*said, asked.groups or [], asked.owners or [], _moment(call, getattr(asked, "starts", "")))


def _attachment(text: str) -> dict[str, str]:
    from siyu.storage import BadInput

    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        words = "--attachment 应为一个 JSON 对象。", "--attachment takes one JSON object."
        raise BadInput("attachment_not_json", *words, field="attachment")
    return {str(name): str(value) for name, value in found.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _moment(call: Call, text: str) -> datetime | None:
    """A time without a zone is the installation's."""
    from siyu.jobs import preferences
    from siyu.storage import BadInput

    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        words = "--starts 应为时间，如 2026-12-01T10:00。", "--starts takes a time such as 2026-12-01T10:00."
        raise BadInput("not_a_moment", *words, field="starts") from None
    if found.tzinfo:
        return found
    with call.stores.ledger.read() as conn:
        return found.replace(tzinfo=preferences.timezone(conn))


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("post", metavar="ID", type=int, help="编号 · its number")


def _whom(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")
    parser.add_argument("--groups", metavar="CHAT_ID", nargs="+", help="哪些群；不填：全部 · which groups; none: all")
    parser.add_argument("--owners", metavar="USERID", nargs="+", help="只发这些群主的群 · only groups of these owners")


def _post(parser: ArgumentParser) -> None:
    _whom(parser)
    parser.add_argument("--text", default="", help="文字 · the text")
    parser.add_argument(
        "--attachment",
        dest="attachments",
        metavar="JSON",
        action="append",
        help='附件，如 {"kind": "link", "title": "新品", "url": "https://…"} · an attachment',
    )
    parser.add_argument("--starts", metavar="TIME", default="", help="不早于 · not before, as 2026-12-01T10:00")


def _remind(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--task", type=int, help="只提醒这个任务 · only this task")


COMMANDS = (
    Command(
        ("group-post", "list"),
        "列出社群群发及结果",
        "List posts to groups and what became of them",
        list_all,
        examples=("siyu group-post list --json",),
    ),
    Command(
        ("group-post", "show"),
        "一次社群群发：等谁确认，每个群的结果",
        "One post: for whom it waits, and each group's result",
        show,
        _one,
        ("siyu group-post show 1 --json",),
    ),
    Command(
        ("group-post", "count"),
        "现在发会到多少个群，拦下多少、为什么",
        "How many groups a post would reach now, how many are held and why",
        count,
        _whom,
        ("siyu group-post count 1 --json",),
    ),
    Command(
        ("group-post", "post"),
        "群发到客户群（群主确认后发出）",
        "Post to groups, whose owners confirm it",
        post,
        _post,
        ("siyu group-post post 1 --text 今晚八点直播 --json",),
        "group_post_recorded",
    ),
    Command(
        ("group-post", "cancel"),
        "撤回还没发出的",
        "Call back what has not gone out",
        cancel,
        _one,
        ("siyu group-post cancel 1 --json",),
        "group_post_cancelled",
    ),
    Command(
        ("group-post", "remind"),
        "提醒还没确认的群主（24 小时内最多 3 次）",
        "Remind owners who have not confirmed, at most three times in 24 hours",
        remind,
        _remind,
        ("siyu group-post remind 1 --json",),
        "group_owners_reminded",
    ),
)
