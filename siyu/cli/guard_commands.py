"""``siyu guard``: the rules that every message passes, the operator's own caps, what a change would have held."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command, no_arguments, pairs

CAP = ("kind", "channel", "tone", "messages", "days")


def show(call: Call) -> Mapping[str, Any]:
    """Every rule."""
    from siyu.reach import guard_command

    return guard_command.show(call.stores)


def change(call: Call) -> Mapping[str, Any]:
    """Set a rule."""
    from siyu.reach import guard_command

    asked = call.arguments
    given = pairs("set", asked.given)
    call.note(f"guard:{asked.rule}", settings=given, enabled=asked.on)
    return guard_command.change(call.stores, asked.rule, given, asked.on)


def add_cap(call: Call) -> Mapping[str, Any]:
    """A new cap."""
    from siyu.reach import guard_command

    given = {name: value for name, value in vars(call.arguments).items() if name in CAP}
    name, answer = guard_command.add_cap(call.stores, given)
    call.note(f"guard:{name}", settings=given)
    return answer


def try_out(call: Call) -> Mapping[str, Any]:
    """What a change would have done."""
    from siyu.reach import guard_command

    asked = call.arguments
    return guard_command.try_out(call.stores, asked.rule, pairs("set", asked.given), asked.on, asked.days)


def remove_cap(call: Call) -> Mapping[str, Any]:
    """Take one away."""
    from siyu.reach import guard_command

    call.note(f"guard:{call.arguments.cap}")
    return guard_command.remove_cap(call.stores, call.arguments.cap)


def _rule_argument(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE", help="规则名，如 cap · the rule's name, such as cap")
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="given",
        action="append",
        default=[],
        help="设置，如 messages=3，可写多次 · a setting; may be given several times",
    )


def _change_arguments(parser: ArgumentParser) -> None:
    _rule_argument(parser)
    parser.add_argument("--on", action=BooleanOptionalAction, default=None, help="启用或关闭 · switch it on or off")


def _try_arguments(parser: ArgumentParser) -> None:
    _change_arguments(parser)
    parser.add_argument("--days", metavar="N", type=int, default=30, help="最近多少天 · of how many days")


def _cap_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--kind", default=SUPPRESS, help="marketing、service 或 any · which messages count")
    parser.add_argument(
        "--channel", default=SUPPRESS, help="any 合计、each 分别计，或渠道名 · any together, each, or a channel's name"
    )
    parser.add_argument("--tone", default=SUPPRESS, help="any 或 promotional · any, or only what sells")
    parser.add_argument("--messages", metavar="N", default=SUPPRESS, help="最多条数 · messages, at most")
    parser.add_argument("--days", metavar="N", default=SUPPRESS, help="在多少天内 · in so many days")


def _cap_argument(parser: ArgumentParser) -> None:
    parser.add_argument("cap", metavar="CAP", help="如 cap_1 · such as cap_1")


COMMANDS = (
    Command(
        ("guard", "show"),
        "分寸的规则、设置，和近 7 天、30 天各拦下多少",
        "The guard's rules as they are set, and what each held in 7 and 30 days",
        show,
        no_arguments,
        ("siyu guard show --json",),
    ),
    Command(
        ("guard", "set"),
        "修改一条规则，对之后的每条消息生效",
        "Set a rule; it holds for every message from now on",
        change,
        _change_arguments,
        ("siyu guard set cap --set messages=3", "siyu guard set ratio --no-on"),
        "guard_rule_set",
    ),
    Command(
        ("guard", "what-if"),
        "试算：改一条规则（或新增一条上限 new），近 30 天会拦下多少，不保存",
        "What the last 30 days would have held if a rule were set otherwise (new: one cap more); saves nothing",
        try_out,
        _try_arguments,
        ("siyu guard what-if cap --set messages=3 --json", "siyu guard what-if new --set tone=promotional --days 14"),
    ),
    Command(
        ("guard", "add-cap"),
        "新增一条频次上限",
        "Add a cap of your own",
        add_cap,
        _cap_arguments,
        ("siyu guard add-cap --tone promotional --messages 1 --days 3 --json",),
        "guard_cap_added",
    ),
    Command(
        ("guard", "remove-cap"),
        "删除一条自定义上限",
        "Take a cap of your own away",
        remove_cap,
        _cap_argument,
        ("siyu guard remove-cap cap_1",),
        "guard_cap_removed",
    ),
)
