"""``siyu points``: balances, statements, by hand, rules, liability."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command

ACTS = ("earn", "spend", "hold", "capture", "release", "take_back", "give_back")


def overview(call: Call) -> Mapping[str, Any]:
    """What is out."""
    from siyu.loyalty.points import command

    return _told(command.overview_told(call.stores))


def show(call: Call) -> Mapping[str, Any]:
    """A person's postings."""
    from siyu.loyalty.points import command

    asked = call.arguments
    return _told(command.statement_told(call.stores, asked.person, asked.before, asked.limit))


def post(call: Call) -> Mapping[str, Any]:
    """What somebody does by hand."""
    from siyu.loyalty.points import command

    asked = call.arguments
    done = command.do(
        call.stores,
        "cli",
        asked.act,
        asked.key,
        asked.why,
        person=asked.person,
        points=asked.points,
        of=asked.of,
        minutes=asked.minutes,
    )
    call.note("" if asked.person is None else f"person:{asked.person}", act=asked.act, points=asked.points)
    return _told(done)


def undo(call: Call) -> Mapping[str, Any]:
    """What stands against it."""
    from siyu.loyalty.points import command

    call.note(f"posting:{call.arguments.posting}")
    return _told(command.undo(call.stores, "cli", call.arguments.posting))


def rules(call: Call) -> Mapping[str, Any]:
    """Those that give, and those that did."""
    from siyu.loyalty.points import command

    return _told(command.rules_told(call.stores))


def begin(call: Call) -> Mapping[str, Any]:
    """Another rule."""
    from siyu.loyalty.points import command

    made = command.begin(call.stores, "cli", _rule(call), call.arguments.after)
    call.note(f"point_rule:{made.id}", name=made.rule.name)
    return _told(made)


def try_rule(call: Call) -> Mapping[str, Any]:
    """Before it begins."""
    from siyu.loyalty.points import command

    return _told(command.tried_told(call.stores, _rule(call)))


def end(call: Call) -> Mapping[str, Any]:
    """It gives no more."""
    from siyu.loyalty.points import command

    call.note(f"point_rule:{call.arguments.rule}")
    return _told(command.end(call.stores, call.arguments.rule))


def liability(call: Call) -> Mapping[str, Any]:
    """For the accountant."""
    from siyu.loyalty.points import command

    return _told(command.liability_told(call.stores, _day(call.arguments.first), _day(call.arguments.last)))


def audit(call: Call) -> Mapping[str, Any]:
    """Prove the ledger now."""
    from siyu.loyalty.points import auditing, command

    auditing.prove(call.stores)
    found = command.proof_told(call.stores)
    assert found is not None
    return _told(found)


def _told(answer: Any) -> Mapping[str, Any]:
    from msgspec import to_builtins

    return to_builtins(answer)


def _rule(call: Call) -> Any:
    import json

    from siyu.loyalty.points import command
    from siyu.storage import BadInput

    try:
        given = json.loads(call.arguments.rule)
    except ValueError:
        raise BadInput("not_json", "规则应为 JSON。", "A rule is JSON.", field="rule") from None
    return command.rule_from(given)


def _day(text: str | None) -> Any:
    from datetime import date

    from siyu.storage import BadInput

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise BadInput("not_a_day", "日期应写成 2026-01-31。", "A day is written 2026-01-31.", field="first") from None


def _show(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="ID", type=int, help="客户编号 · the person's number")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · rows a page")


def _post(parser: ArgumentParser) -> None:
    parser.add_argument("act", choices=ACTS, help="操作 · what")
    parser.add_argument("--key", required=True, help="不重复的编号 · the reason: twice is once")
    parser.add_argument("--why", required=True, help="原因，客户会看到 · the person reads it")
    parser.add_argument("--person", metavar="ID", type=int, default=None, help="客户编号 · whose")
    parser.add_argument("--points", metavar="N", type=int, default=None, help="积分 · how many")
    parser.add_argument("--of", metavar="KEY", default=None, help="原记录的 key · of which posting")
    parser.add_argument("--minutes", metavar="N", type=int, default=30, help="预留几分钟 · a hold lasts")


def _posting(parser: ArgumentParser) -> None:
    parser.add_argument("posting", metavar="ID", type=int, help="积分记录编号 · its number")


def _written(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="JSON", help="规则 · the rule")


def _begin(parser: ArgumentParser) -> None:
    _written(parser)
    parser.add_argument("--after", metavar="ID", type=int, default=None, help="代替哪条规则 · in whose place")


def _ruled(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="ID", type=int, help="规则编号 · its number")


def _period(parser: ArgumentParser) -> None:
    parser.add_argument("--first", metavar="DAY", default=None, help="从哪天 · from")
    parser.add_argument("--last", metavar="DAY", default=None, help="到哪天（含）· to, within")


_EXAMPLE = """'{"type": "order", "name": "消费积分", "rate": 100}'"""
COMMANDS = (
    Command(("points", "overview"), "积分概览", "What is out", overview, examples=("siyu points overview",)),
    Command(
        ("points", "show"), "客户的积分与明细", "A person's statement", show, _show, ("siyu points show 12 --json",)
    ),
    Command(
        ("points", "post"),
        "发放、扣减、预留、退回积分",
        "Give, spend, hold, capture, release, take back, give back",
        post,
        _post,
        ("siyu points post earn --person 12 --points 50 --key sorry-12 --why 补发",),
        "points_posted",
    ),
    Command(
        ("points", "undo"),
        "撤销一条积分记录（另记一笔相反的）",
        "Post what stands against one",
        undo,
        _posting,
        ("siyu points undo 31",),
        "points_undone",
    ),
    Command(("points", "rules"), "列出积分规则", "Rules of earning", rules, examples=("siyu points rules --json",)),
    Command(
        ("points", "begin"),
        "开始一条积分规则",
        "Begin a rule",
        begin,
        _begin,
        (f"siyu points begin {_EXAMPLE}",),
        "point_rule_begun",
    ),
    Command(
        ("points", "try"),
        "用最近 30 天试算一条规则",
        "Try a rule on the last 30 days",
        try_rule,
        _written,
        (f"siyu points try {_EXAMPLE}",),
    ),
    Command(("points", "end"), "停用一条规则", "End a rule", end, _ruled, ("siyu points end 3",), "point_rule_ended"),
    Command(
        ("points", "liability"),
        "未兑换积分报表",
        "What is outstanding, by month",
        liability,
        _period,
        ("siyu points liability --first 2026-01-01 --last 2026-06-30",),
    ),
    Command(
        ("points", "audit"),
        "立即核对积分账",
        "Prove the ledger now",
        audit,
        examples=("siyu points audit",),
        audits="points_proved",
    ),
)
