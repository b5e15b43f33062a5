"""``siyu welcome``: what new friends are told."""

from __future__ import annotations

import json
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Mapping
from functools import partial
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """Every welcome."""
    from siyu.reach import welcome_command

    return welcome_command.list_all(call.stores)


def add(call: Call) -> Mapping[str, Any]:
    """A new welcome."""
    from siyu.reach import welcome_command
    from siyu.reach.welcomes import WelcomeDraft

    made = welcome_command.add(call.stores, WelcomeDraft(**_given(call)))
    call.note(f"welcome:{made['id']}", name=made["name"])
    return made


def change(call: Call) -> Mapping[str, Any]:
    """Change what is given."""
    from siyu.reach import welcome_command

    call.note(f"welcome:{call.arguments.welcome}")
    return welcome_command.change(call.stores, call.arguments.welcome, _given(call))


def switch(enabled: bool, call: Call) -> Mapping[str, Any]:
    """Switch one on or off."""
    from siyu.reach import welcome_command

    call.note(f"welcome:{call.arguments.welcome}")
    return welcome_command.switch(call.stores, call.arguments.welcome, enabled=enabled)


def remove(call: Call) -> Mapping[str, Any]:
    """Throw one away."""
    from siyu.reach import welcome_command

    call.note(f"welcome:{call.arguments.welcome}")
    return welcome_command.remove(call.stores, call.arguments.welcome)


def _given(call: Call) -> dict[str, Any]:
    """What the command line says, under the names of a draft."""
    from siyu.storage import BadInput

    asked = vars(call.arguments)
    given = {name: asked[name] for name in ("name", "text", "account") if name in asked}
    for name in ("channels", "advisers"):
        if name in asked:
            given[name] = [word for word in asked[name].split(",") if word.strip()]
    if "attachments" in asked:
        try:
            given["attachments"] = [json.loads(text) for text in asked["attachments"] if text]
        except json.JSONDecodeError as error:
            raise BadInput(
                "attachment_not_json",
                f"--attachment 不是 JSON：{error}。",
                f"--attachment is not JSON: {error}.",
                field="attachment",
            ) from error
    return given


def _draft_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--text", default=SUPPRESS, help="欢迎语，可用字段 {{ person.name }} · the text, in Liquid")
    parser.add_argument(
        "--account", metavar="ID", type=int, default=SUPPRESS, help="只用于该账号，0 为全部 · of one account, 0: of all"
    )
    parser.add_argument("--channels", metavar="A,B", default=SUPPRESS, help="只用于这些渠道码 · only for these codes")
    parser.add_argument("--advisers", metavar="A,B", default=SUPPRESS, help="只用于这些成员 · only for these members")
    parser.add_argument(
        "--attachment",
        metavar="JSON",
        dest="attachments",
        action="append",
        default=SUPPRESS,
        help='附件，如 {"kind": "link", "title": "新人礼", "url": "https://…"} · an attachment',
    )


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称，只有同事看得到 · a name for colleagues")
    _draft_arguments(parser)


def _welcome_argument(parser: ArgumentParser) -> None:
    parser.add_argument("welcome", metavar="ID", type=int, help="编号 · its number")


def _change_arguments(parser: ArgumentParser) -> None:
    _welcome_argument(parser)
    parser.add_argument("--name", default=SUPPRESS, help="名称 · its name")
    _draft_arguments(parser)


COMMANDS = (
    Command(
        ("welcome", "list"),
        "列出欢迎语与近 30 天的结果",
        "Welcomes, and what became of them in 30 days",
        list_all,
        examples=("siyu welcome list --json",),
    ),
    Command(
        ("welcome", "add"),
        "新建欢迎语：新好友 20 秒内自动收到",
        "What new friends are told, within 20 seconds",
        add,
        _add_arguments,
        ("siyu welcome add 新人 --text '{{ person.name }}你好，欢迎！' --json",),
        "welcome_added",
    ),
    Command(
        ("welcome", "change"),
        "修改欢迎语，没给的不变",
        "Change what is given; the rest stays",
        change,
        _change_arguments,
        ("siyu welcome change 1 --channels spring,summer",),
        "welcome_changed",
    ),
    Command(
        ("welcome", "on"),
        "启用",
        "Switch it on",
        partial(switch, True),
        _welcome_argument,
        ("siyu welcome on 1",),
        "welcome_enabled",
    ),
    Command(
        ("welcome", "off"),
        "停用",
        "Switch it off",
        partial(switch, False),
        _welcome_argument,
        ("siyu welcome off 1",),
        "welcome_disabled",
    ),
    Command(
        ("welcome", "remove"),
        "删除",
        "Remove it",
        remove,
        _welcome_argument,
        ("siyu welcome remove 1",),
        "welcome_removed",
    ),
)
