"""``siyu audience``: who a rule means, and why."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command, pairs


def count(call: Call) -> Mapping[str, Any]:
    """How many people a rule means, and the rule as a sentence."""
    from siyu.audiences import command

    return command.count(call.stores, _rule(call))


def explain(call: Call) -> Mapping[str, Any]:
    """Why a person is meant by a rule, or is not."""
    from siyu.audiences import command

    return command.explain(call.stores, _rule(call), call.arguments.person)


def from_report(call: Call) -> Mapping[str, Any]:
    """The audience made of the people behind a number."""
    from siyu.audiences import queries
    from siyu.insight.as_audience import make_audience
    from siyu.jobs import preferences
    from siyu.staff import audit

    asked = call.arguments
    zone = asked.timezone or preferences.timezone(call.stores).key
    given = pairs("param", asked.param)
    number = make_audience(call.stores, "cli", asked.name, asked.report, given, asked.cell, zone, asked.kind)
    made = queries.get(call.stores, number)
    zh, en = queries.said(call.stores, made.rule)
    with call.stores.ledger.write() as conn:
        audit.record(
            conn, call.stores.clock.now(), "cli", "audience_created", f"audience:{number}", {"name": made.name}
        )
    people = made.size if made.kind == "snapshot" else queries.count(call.stores, made.rule)
    return {"audience": number, "name": made.name, "kind": made.kind, "people": people, "zh": zh, "en": en}


def show(call: Call) -> Mapping[str, Any]:
    """Every audience that is not archived."""
    from siyu.audiences import queries

    return {
        "audiences": [
            {"id": each.id, "name": each.name, "kind": each.kind, "size": each.size}
            for each in queries.all_audiences(call.stores)
        ]
    }


def refresh(call: Call) -> Mapping[str, Any]:
    """Bring a live audience up to date; who joined and left, in numbers."""
    from siyu.audiences import actions

    found = actions.refresh(call.stores, call.arguments.audience)
    _audit(call, "audience_refreshed")
    return found


def archive(call: Call) -> Mapping[str, Any]:
    """Put an audience away."""
    return _archived(call, True)


def restore(call: Call) -> Mapping[str, Any]:
    """Bring an archived audience back."""
    return _archived(call, False)


def _archived(call: Call, archived: bool) -> Mapping[str, Any]:
    from siyu.audiences import actions

    actions.archive(call.stores, call.arguments.audience, archived=archived)
    _audit(call, "audience_archived" if archived else "audience_restored")
    return {"audience": call.arguments.audience, "archived": archived}


def _audit(call: Call, action: str) -> None:
    from siyu.staff import audit

    with call.stores.ledger.write() as conn:
        audit.record(conn, call.stores.clock.now(), "cli", action, f"audience:{call.arguments.audience}", {})


def _number(parser: ArgumentParser) -> None:
    parser.add_argument("audience", metavar="AUDIENCE", type=int, help="人群编号 · the audience's number")


def _rule(call: Call) -> bytes:
    return read_file(call, call.arguments.rule, "rule")


def read_file(call: Call, name: str, field: str) -> bytes:
    """What a file holds. Raises :class:`BadInput` where it can't be read."""
    from siyu.storage import BadInput

    path = call.path(name)
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            "file_not_readable",
            f"无法读取 {path}：{error.strerror}。",
            f"Can't read {path}: {error.strerror}.",
            field=field,
        ) from error


def _count_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE.json", help="规则文件 · the file of the rule")


def _explain_arguments(parser: ArgumentParser) -> None:
    _count_arguments(parser)
    parser.add_argument(
        "person", metavar="PERSON", help="客户编号，或 phone=… 这样的身份标识 · a person's number, or an identifier"
    )


def _report_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("report", metavar="REPORT", help="报表名 · the report's name")
    parser.add_argument("cell", metavar="CELL", help="哪个数字，如 reached:2、2026-03-01:1、5:4、orders · which number")
    parser.add_argument("--name", required=True, help="人群名称 · the audience's name")
    parser.add_argument("--param", metavar="KEY=VALUE", action="append", default=[], help="报表参数 · a parameter")
    parser.add_argument("--timezone", metavar="ZONE", help="按哪个时区算一天 · where a day begins (settings: timezone)")
    parser.add_argument(
        "--kind",
        choices=("live", "list"),
        help="按规则，或固定名单；默认能用规则就用规则 · by rule or a fixed list; by rule where there is one",
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
        ("siyu audience explain rule.json 123 --json", "siyu audience explain rule.json customer:import=17850"),
    ),
    Command(
        ("audience", "from-report"),
        "把报表里一个数字背后的人建成人群",
        "Make an audience of the people behind a number",
        from_report,
        _report_arguments,
        ("siyu audience from-report funnel stopped:2 --name 加购未付款 --json",),
    ),
    Command(("audience", "list"), "列出人群", "Show the audiences", show),
    Command(
        ("audience", "refresh"),
        "立即更新一个人群",
        "Bring an audience up to date",
        refresh,
        _number,
        ("siyu audience refresh 1",),
    ),
    Command(
        ("audience", "archive"), "归档人群", "Put an audience away", archive, _number, ("siyu audience archive 1",)
    ),
    Command(
        ("audience", "restore"),
        "恢复已归档的人群",
        "Bring an archived audience back",
        restore,
        _number,
        ("siyu audience restore 1",),
    ),
)
