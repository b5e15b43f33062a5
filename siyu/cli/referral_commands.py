"""``siyu referral``: who brought whom."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def k(call: Call) -> Mapping[str, Any]:
    """K by day."""
    from msgspec import to_builtins

    from siyu.growth.referral import command

    return to_builtins(command.k_told(call.stores, _day(call, "first"), _day(call, "last")))


def top(call: Call) -> Mapping[str, Any]:
    """Who brought the most."""
    from msgspec import to_builtins

    from siyu.growth.referral import command

    asked = call.arguments
    return to_builtins(command.top_told(call.stores, asked.order, asked.cursor, asked.limit))


def person(call: Call) -> Mapping[str, Any]:
    """One person's place."""
    from msgspec import to_builtins

    from siyu.growth.referral import command

    asked = call.arguments
    return to_builtins(command.person_told(call.stores, asked.person, asked.before, asked.limit))


def bring(call: Call) -> Mapping[str, Any]:
    """Keep who brought whom."""
    from msgspec import to_builtins

    from siyu.growth.referral import command

    asked = call.arguments
    call.note(f"person:{asked.person}", inviter=asked.inviter)
    return to_builtins(command.bring(call.stores, "cli", asked.person, asked.inviter, None, asked.campaign))


def _day(call: Call, name: str) -> Any:
    from datetime import date

    from siyu.storage import BadInput

    text = getattr(call.arguments, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(
            "not_a_day", f"--{name} 应写成 2026-12-31。", f"--{name} is written 2026-12-31.", field=name
        ) from None


def _k(parser: ArgumentParser) -> None:
    parser.add_argument("--first", metavar="DAY", default="", help="第一天 · first day")
    parser.add_argument("--last", metavar="DAY", default="", help="最后一天 · last day")


def _top(parser: ArgumentParser) -> None:
    parser.add_argument("--order", choices=("direct", "size", "deepest"), default="direct", help="排序 · by what")
    parser.add_argument("--cursor", default="", help="上一页的 next · next of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · people a page")


def _person(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="ID", type=int, help="客户编号 · the person")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · people a page")


def _bring(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="ID", type=int, help="被带来的客户 · who was brought")
    parser.add_argument("--inviter", metavar="ID", type=int, required=True, help="邀请人 · by whom")
    parser.add_argument("--campaign", default="", help="活动地址 · the campaign's slug")


COMMANDS = (
    Command(
        ("referral", "k"),
        "裂变系数 K 及其组成，按天",
        "K and its parts, by day",
        k,
        _k,
        ("siyu referral k --first 2026-11-01 --last 2026-11-30 --json",),
    ),
    Command(
        ("referral", "top"),
        "带来客户最多的人",
        "Who brought the most",
        top,
        _top,
        ("siyu referral top --order size --json",),
    ),
    Command(
        ("referral", "person"),
        "一位客户的上下级关系",
        "One person's place in the graph",
        person,
        _person,
        ("siyu referral person 12 --json",),
    ),
    Command(
        ("referral", "bring"),
        "记录谁带来了谁，只记一次",
        "Keep who brought whom, once",
        bring,
        _bring,
        ("siyu referral bring 34 --inviter 12",),
        "referral_told",
    ),
)
