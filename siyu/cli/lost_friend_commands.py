"""``siyu lost-friends``: when customers leave their advisers, and who wishes to hear of it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command

KINDS = ("shop", "adviser", "tag", "layer")


def list_all(call: Call) -> Mapping[str, Any]:
    """Alerts, the newest first."""
    from msgspec import to_builtins

    from siyu.reach.lost_friends import command

    return to_builtins(command.alerts_told(call.stores, unseen=call.arguments.unseen))


def see(call: Call) -> Mapping[str, Any]:
    """Note that alerts were seen."""
    from siyu.reach.lost_friends import watching

    return {"seen": watching.see(call.stores, "cli", call.arguments.alerts or None)}


def rules(call: Call) -> Mapping[str, Any]:
    """What is watched."""
    from msgspec import to_builtins

    from siyu.reach.lost_friends import command

    return to_builtins(command.rules_told(call.stores))


def add(call: Call) -> Mapping[str, Any]:
    """Wish to hear."""
    from msgspec import to_builtins

    from siyu.reach.lost_friends import command
    from siyu.reach.lost_friends import rules as kept

    asked = call.arguments
    draft = kept.Draft(asked.kind, asked.least, asked.tag, asked.scheme, asked.layer)
    number = kept.add_rule(call.stores, "cli", draft)
    call.note(f"watch:{number}", kind=asked.kind)
    return to_builtins(command.rule_told(call.stores, number))


def change(call: Call) -> Mapping[str, Any]:
    """Wish for something else instead."""
    from msgspec import to_builtins

    from siyu.reach.lost_friends import command
    from siyu.reach.lost_friends import rules as kept

    asked = call.arguments
    call.note(f"watch:{asked.rule}")
    kept.change_rule(call.stores, asked.rule, kept.Draft(asked.kind, asked.least, asked.tag, asked.scheme, asked.layer))
    return to_builtins(command.rule_told(call.stores, asked.rule))


def remove(call: Call) -> Mapping[str, Any]:
    """No longer wish to hear."""
    from siyu.reach.lost_friends import rules as kept

    call.note(f"watch:{call.arguments.rule}")
    kept.remove_rule(call.stores, call.arguments.rule)
    return {"removed": call.arguments.rule}


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--unseen", action="store_true", help="只看未阅的 · only those nobody has seen")


def _see(parser: ArgumentParser) -> None:
    parser.add_argument("alerts", metavar="ID", type=int, nargs="*", help="提醒编号，不填为全部 · all without")


def _rule(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="ID", type=int, help="规则编号 · the rule's number")


def _what(parser: ArgumentParser) -> None:
    parser.add_argument("--kind", choices=KINDS, required=True, help="全店、同一员工、标签或分层 · what is watched")
    parser.add_argument(
        "--least", metavar="N", type=int, default=0, help="一天达到几位（全店、同一员工）· so many in a day"
    )
    parser.add_argument("--tag", metavar="ID", type=int, help="标签编号 · a tag's number")
    parser.add_argument("--scheme", metavar="KEY", default="", help="分层方案 · a scheme of layers")
    parser.add_argument("--layer", metavar="KEY", default="", help="其中一层 · one of its layers")


def _change(parser: ArgumentParser) -> None:
    _rule(parser)
    _what(parser)


COMMANDS = (
    Command(
        ("lost-friends", "list"),
        "列出流失提醒",
        "List alerts for lost friends",
        list_all,
        _list,
        ("siyu lost-friends list --unseen --json",),
    ),
    Command(
        ("lost-friends", "see"),
        "标为已阅",
        "Note that alerts were seen",
        see,
        _see,
        ("siyu lost-friends see 3 --json",),
        "alerts_seen",
    ),
    Command(
        ("lost-friends", "rules"),
        "列出何时提醒",
        "List what is watched",
        rules,
        examples=("siyu lost-friends rules --json",),
    ),
    Command(
        ("lost-friends", "add"),
        "新建提醒",
        "Wish to hear of lost friends",
        add,
        _what,
        ("siyu lost-friends add --kind adviser --least 5 --json",),
        "watch_added",
    ),
    Command(
        ("lost-friends", "change"),
        "修改提醒",
        "Change what is watched",
        change,
        _change,
        ("siyu lost-friends change 1 --kind shop --least 20 --json",),
        "watch_changed",
    ),
    Command(
        ("lost-friends", "remove"),
        "删除提醒",
        "No longer hear of it",
        remove,
        _rule,
        ("siyu lost-friends remove 1 --json",),
        "watch_removed",
    ),
)
