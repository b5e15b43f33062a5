"""``siyu group-welcome``: what somebody who joins a group is told."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """Every group welcome."""
    from msgspec import to_builtins

    from siyu.channels.wecom.group_welcomes import command

    return to_builtins(command.all_told(call.stores))


def make(call: Call) -> Mapping[str, Any]:
    """A new one."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.group_welcomes import making

    asked = call.arguments
    draft = making.Draft(asked.name, asked.text, _attachment(asked.attachment), not asked.quietly)
    with closing(channels_of(call.stores)) as channels:
        number = making.make(call.stores, exchange_of(channels), "cli", asked.account, draft)
    call.note(f"group_welcome:{number}", name=asked.name)
    return to_builtins(making.get(call.stores, number))


def change(call: Call) -> Mapping[str, Any]:
    """Change what is given."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.group_welcomes import making

    asked = call.arguments
    call.note(f"group_welcome:{asked.group_welcome}")
    before = making.get(call.stores, asked.group_welcome)
    attachment = before.attachment if asked.attachment is None else _attachment(asked.attachment)
    name = before.name if asked.name is None else asked.name
    text = before.text if asked.text is None else asked.text
    with closing(channels_of(call.stores)) as channels:
        making.change(call.stores, exchange_of(channels), before.id, making.Draft(name, text, attachment))
    return to_builtins(making.get(call.stores, before.id))


def remove(call: Call) -> Mapping[str, Any]:
    """Remove one."""
    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.group_welcomes import making

    number = call.arguments.group_welcome
    call.note(f"group_welcome:{number}")
    with closing(channels_of(call.stores)) as channels:
        making.remove(call.stores, exchange_of(channels), number)
    return {"removed": number}


def _attachment(text: str | None) -> dict[str, str]:
    from siyu.storage import BadInput

    if not text:
        return {}
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        words = "--attachment 应为一个 JSON 对象。", "--attachment takes one JSON object."
        raise BadInput("attachment_not_json", *words, field="attachment")
    return {str(name): str(value) for name, value in found.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("group_welcome", metavar="ID", type=int, help="编号 · its number")


def _make(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")
    parser.add_argument("--name", required=True, help="名称，给同事看 · a name for colleagues")
    parser.add_argument("--text", default="", help="文字，可用 %%NICKNAME%% · the text")
    parser.add_argument("--attachment", metavar="JSON", help="一个附件 · one attachment")
    parser.add_argument("--quietly", action="store_true", help="不通知群主 · tell no owners")


def _change(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--name", help="名称 · its name")
    parser.add_argument("--text", help="文字 · the text")
    parser.add_argument("--attachment", metavar="JSON", help="一个附件，留空去掉 · one attachment; empty: none")


COMMANDS = (
    Command(
        ("group-welcome", "list"),
        "列出入群欢迎语",
        "List group welcomes",
        list_all,
        examples=("siyu group-welcome list --json",),
    ),
    Command(
        ("group-welcome", "make"),
        "新建入群欢迎语",
        "Make a group welcome",
        make,
        _make,
        ("siyu group-welcome make 1 --name 会员群 --text 欢迎 --json",),
        "group_welcome_made",
    ),
    Command(
        ("group-welcome", "change"),
        "修改入群欢迎语",
        "Change a group welcome",
        change,
        _change,
        ("siyu group-welcome change 1 --text 欢迎入群 --json",),
        "group_welcome_changed",
    ),
    Command(
        ("group-welcome", "remove"),
        "删除入群欢迎语",
        "Remove a group welcome",
        remove,
        _one,
        ("siyu group-welcome remove 1 --json",),
        "group_welcome_removed",
    ),
)
