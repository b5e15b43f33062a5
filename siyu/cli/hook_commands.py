"""``siyu hook``: event webhooks."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from functools import partial
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """Every subscription."""
    from siyu.hooks import command

    return command.list_all(call.stores)


def add(call: Call) -> Mapping[str, Any]:
    """A new subscription with its secret."""
    from siyu.hooks import command
    from siyu.hooks.model import Wish
    from siyu.storage import BadInput

    asked = call.arguments
    try:
        where = [json.loads(text) for text in asked.where]
    except json.JSONDecodeError as error:
        raise BadInput(
            "where_not_json", f"--where 不是 JSON：{error}。", f"--where is not JSON: {error}.", field="where"
        ) from error
    wish = Wish(
        asked.name,
        asked.url,
        _split(asked.events),
        asked.audience,
        where,
        _split(asked.identifiers),
        asked.personal,
        asked.imports,
    )
    made = command.add(call.stores, wish)
    call.note(f"hook:{made['id']}", name=wish.name, personal=wish.personal)
    return made


def act(action: str, call: Call) -> Mapping[str, Any]:
    """One of the plain actions on a subscription."""
    from siyu.hooks import command

    call.note(f"hook:{call.arguments.hook}")
    return command.act(call.stores, action, call.arguments.hook)


def replay(call: Call) -> Mapping[str, Any]:
    """Send again since a moment."""
    from siyu.hooks import command

    call.note(f"hook:{call.arguments.hook}", since=call.arguments.since)
    return command.replay(call.stores, call.arguments.hook, call.arguments.since)


def log(call: Call) -> Mapping[str, Any]:
    """The log of a subscription."""
    from siyu.hooks import command

    asked = call.arguments
    return command.log(call.stores, asked.hook, asked.find, asked.state)


def resend(call: Call) -> Mapping[str, Any]:
    """Send one delivery again."""
    from siyu.hooks import command

    call.note(f"hook_delivery:{call.arguments.delivery}")
    return command.resend(call.stores, call.arguments.delivery)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="接收地址 · the receiver's address")
    parser.add_argument("--name", default="webhook", help="名称 · a name for colleagues")
    parser.add_argument("--events", metavar="A,B", default="*", help="哪些事件，* 为全部 · names of events, * for all")
    parser.add_argument("--audience", metavar="ID", type=int, help="只推送该人群成员的事件 · only of its members")
    parser.add_argument(
        "--where",
        metavar="JSON",
        action="append",
        default=[],
        help='筛选，如 {"field": "amount", "op": "gte", "value": 100} · a filter on the event',
    )
    parser.add_argument(
        "--identifiers", metavar="A,B", default="user_id", help="附带的身份标识 · kinds of identifiers that go along"
    )
    parser.add_argument("--personal", action="store_true", help="带完整手机号与邮箱 · phones and e-mails whole")
    parser.add_argument("--imports", action="store_true", help="也推送导入的文件 · also what imported files hold")


def _hook_argument(parser: ArgumentParser) -> None:
    parser.add_argument("hook", metavar="ID", type=int, help="编号 · its number")


def _replay_arguments(parser: ArgumentParser) -> None:
    _hook_argument(parser)
    parser.add_argument("since", metavar="SINCE", help="从何时起，如 2026-11-22T08:00 · from when on")


def _log_arguments(parser: ArgumentParser) -> None:
    _hook_argument(parser)
    parser.add_argument("--state", default="", choices=("waiting", "sending", "delivered", "failed", "skipped"))
    parser.add_argument(
        "--find", metavar="WORDS", default="", help="webhook-id、客户编号或应答码 · a webhook-id, a person, a code"
    )


def _delivery_argument(parser: ArgumentParser) -> None:
    parser.add_argument("delivery", metavar="DELIVERY", type=int, help="推送记录的编号 · a number of the log")


_PLAIN = (
    ("test", "试发一次", "Send a test", "hook_tested"),
    ("pause", "暂停", "Send nothing for now", "hook_paused"),
    ("enable", "启用，从停下的地方继续", "Send again from where it stopped", "hook_enabled"),
    (
        "secret",
        "更换签名密钥，旧密钥 24 小时内仍有效",
        "A new signing secret; the old one signs too for 24 hours",
        "hook_secret_renewed",
    ),
)

COMMANDS = (
    Command(("hook", "list"), "列出事件推送", "List event webhooks", list_all, examples=("siyu hook list --json",)),
    Command(
        ("hook", "add"),
        "新建事件推送，密钥只显示这一次",
        "Subscribe an address to events; its secret is shown this once",
        add,
        _add_arguments,
        ("siyu hook add https://erp.example.com/siyu --events order_paid,person_merged --json",),
        "hook_created",
    ),
    *(
        Command(("hook", word), zh, en, partial(act, word), _hook_argument, (f"siyu hook {word} 1 --json",), audits)
        for word, zh, en, audits in _PLAIN
    ),
    Command(
        ("hook", "replay"),
        "从某时起重新推送",
        "Send again what happened since a moment",
        replay,
        _replay_arguments,
        ("siyu hook replay 1 2025-12-31T08:00",),
        "hook_replayed",
    ),
    Command(
        ("hook", "log"),
        "推送记录",
        "The log of deliveries",
        log,
        _log_arguments,
        ("siyu hook log 1 --state failed --json",),
    ),
    Command(
        ("hook", "resend"),
        "重发一条推送",
        "Send one delivery again",
        resend,
        _delivery_argument,
        ("siyu hook resend 12",),
        "hook_delivery_resent",
    ),
    Command(
        ("hook", "remove"),
        "删除",
        "Remove it",
        partial(act, "remove"),
        _hook_argument,
        ("siyu hook remove 1",),
        "hook_removed",
    ),
)
