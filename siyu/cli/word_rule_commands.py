"""``siyu word-rule``: what advisers may not write to customers on WeCom."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from siyu.cli.command import Call, Command

KINDS = ("phone", "email", "red_packet")


def list_all(call: Call) -> Mapping[str, Any]:
    """The rules that there are."""
    from msgspec import to_builtins

    from siyu.channels.wecom.word_rules import command

    return to_builtins(command.all_told(call.stores, call.arguments.account))


def read(call: Call) -> Mapping[str, Any]:
    """Read the rules as the platform has them, to the end."""
    from siyu.channels.wecom.word_rules import command

    call.note(f"account:{call.arguments.account}")
    return command.read_now(call.stores, call.arguments.account, alone=call.alone)


def make(call: Call) -> Mapping[str, Any]:
    """A new rule."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.word_rules import command, rules

    asked = call.arguments
    draft = rules.Draft(
        asked.name,
        asked.words or [],
        asked.kinds or [],
        not asked.warn,
        asked.members or [],
        asked.departments or [],
    )
    with closing(channels_of(call.stores)) as channels:
        number = rules.make_rule(call.stores, exchange_of(channels), "cli", asked.account, draft)
    call.note(f"word_rule:{number}", name=asked.name)
    return to_builtins(command.told(call.stores, number))


def change(call: Call) -> Mapping[str, Any]:
    """Change what is given."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.word_rules import command, rules

    asked = call.arguments
    call.note(f"word_rule:{asked.rule}")
    names = ("name", "words", "kinds", "blocks", "members", "departments")
    given = {name: value for name in names if (value := getattr(asked, name)) is not None}
    with closing(channels_of(call.stores)) as channels:
        draft = command.changed(call.stores, asked.rule, given)
        rules.change_rule(call.stores, exchange_of(channels), asked.rule, draft)
    return to_builtins(command.told(call.stores, asked.rule))


def remove(call: Call) -> Mapping[str, Any]:
    """End a rule."""
    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.word_rules import rules

    call.note(f"word_rule:{call.arguments.rule}")
    with closing(channels_of(call.stores)) as channels:
        rules.remove_rule(call.stores, exchange_of(channels), call.arguments.rule)
    return {"removed": call.arguments.rule}


def _account(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")


def _any_account(parser: ArgumentParser) -> None:
    parser.add_argument("--account", metavar="ID", type=int, help="只看这个账号 · of this account only")


def _rule(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="ID", type=int, help="规则编号 · the rule's number")


def _what(parser: ArgumentParser) -> None:
    parser.add_argument("--words", metavar="WORD", nargs="*", help="敏感词 · words")
    parser.add_argument(
        "--kinds", nargs="*", choices=KINDS, help="同时拦截手机号、邮箱、红包 · what is stopped besides words"
    )
    parser.add_argument("--members", metavar="USERID", nargs="*", help="适用成员 · members to whom it applies")
    parser.add_argument("--departments", metavar="N", nargs="*", type=int, help="适用部门 · departments")


def _make(parser: ArgumentParser) -> None:
    _account(parser)
    parser.add_argument("--name", required=True, help="规则名称 · its name")
    _what(parser)
    parser.add_argument("--warn", action="store_true", help="仅提醒，不拦截 · warn only")


def _change(parser: ArgumentParser) -> None:
    _rule(parser)
    parser.add_argument("--name", help="规则名称 · its name")
    _what(parser)
    parser.add_argument(
        "--warn", dest="blocks", action="store_false", default=None, help="改为仅提醒 · warn only from now on"
    )
    parser.add_argument("--stop", dest="blocks", action="store_true", default=None, help="改为拦截 · stop from now on")


COMMANDS = (
    Command(
        ("word-rule", "list"),
        "列出敏感词规则",
        "List rules for sensitive words",
        list_all,
        _any_account,
        ("siyu word-rule list --json",),
    ),
    Command(
        ("word-rule", "read"),
        "从企业微信读取敏感词规则",
        "Read the rules as WeCom has them",
        read,
        _account,
        ("siyu word-rule read 1 --json",),
        "word_rules_read",
    ),
    Command(
        ("word-rule", "make"),
        "建一条敏感词规则",
        "Have a rule made",
        make,
        _make,
        ("siyu word-rule make 1 --name 飞单 --words 加我微信 私下转账 --kinds phone --members zhangsan --json",),
        "word_rule_made",
    ),
    Command(
        ("word-rule", "change"),
        "修改敏感词规则",
        "Change a rule",
        change,
        _change,
        ("siyu word-rule change 1 --warn --json",),
        "word_rule_changed",
    ),
    Command(
        ("word-rule", "remove"),
        "删除敏感词规则",
        "End a rule",
        remove,
        _rule,
        ("siyu word-rule remove 1 --json",),
        "word_rule_removed",
    ),
)
