"""``siyu audience``: who a rule means, and why."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def count(call: Call) -> Mapping[str, Any]:
    """How many people a rule means, and the rule as a sentence."""
    from siyu.audiences import command

    return command.count(call.stores, _rule(call))


def explain(call: Call) -> Mapping[str, Any]:
    """Why a person is meant by a rule, or is not."""
    from siyu.audiences import command

    return command.explain(call.stores, _rule(call), call.arguments.person)


def _rule(call: Call) -> bytes:
    from siyu.storage import BadInput

    path = call.path(call.arguments.rule)
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            "file_not_readable",
            f"无法读取 {path}：{error.strerror}。",
            f"Can't read {path}: {error.strerror}.",
            field="rule",
        ) from error


def _count_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE.json", help="规则文件 · the file of the rule")


def _explain_arguments(parser: ArgumentParser) -> None:
    _count_arguments(parser)
    parser.add_argument(
        "person", metavar="PERSON", help="客户编号，或 phone=… 这样的身份标识 · a person's number, or an identifier"
    )


COMMANDS = (
    Command(
        ("audience", "count"),
        "规则圈出多少人",
        "How many people a rule means",
        count,
        _count_arguments,
        ("siyu audience count rule.json --json",),
    ),
    Command(
        ("audience", "explain"),
        "某人为什么在或不在",
        "Why a person is meant by a rule, or is not",
        explain,
        _explain_arguments,
        ("siyu audience explain rule.json 123 --json", "siyu audience explain rule.json customer:shop=17850"),
    ),
)
