"""``siyu review``: who is suspected of cheating, and what waits because of it; ``siyu campaign limits``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command

LIMITS = (
    ("device_people", "每台设备最多人数 · people a device"),
    ("address_people", "每个网络地址每天最多人数 · people an address and day"),
    ("account_people", "每个收款账户最多人数 · people a pay account"),
    ("person_helps", "每人每天最多帮几次 · helps a person and day"),
    ("review_from", "风险分达到多少转人工审核 · the score from which rewards wait for review"),
    ("wait_hours", "奖励先暂扣几小时 · hours that rewards wait"),
    ("money_wait_hours", "现金先暂扣几小时 · hours that money waits"),
)


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of reviews."""
    from msgspec import to_builtins

    from siyu.growth.cheating import command

    asked = call.arguments
    return to_builtins(command.page_told(call.stores, asked.stage, asked.campaign, asked.before, asked.limit))


def show(call: Call) -> Mapping[str, Any]:
    """One with its reasons."""
    return _told(call)


def release(call: Call) -> Mapping[str, Any]:
    """In the person's favour."""
    from siyu.growth.cheating import reviewing

    reviewing.release(call.stores, "cli", call.arguments.review, call.arguments.why)
    return _told(call)


def drop(call: Call) -> Mapping[str, Any]:
    """Against the person."""
    from siyu.growth.cheating import reviewing

    asked = call.arguments
    reviewing.drop(call.stores, "cli", asked.review, asked.why, take_back=asked.take_back)
    return _told(call)


def figures(call: Call) -> Mapping[str, Any]:
    """What was held, paid and saved."""
    from msgspec import to_builtins

    from siyu.growth.cheating import command

    return to_builtins(command.figures_told(call.stores, call.arguments.campaign))


def limits(call: Call) -> Mapping[str, Any]:
    """The limits of a campaign."""
    from msgspec import to_builtins

    from siyu.growth.cheating import command

    return to_builtins(command.limits_told(call.stores, call.arguments.campaign))


def set_limits(call: Call) -> Mapping[str, Any]:
    """Change those that are given."""
    from msgspec import to_builtins

    from siyu.growth.cheating import command

    asked = call.arguments
    changes = {name: value for name, _ in LIMITS if (value := getattr(asked, name)) is not None}
    call.note(f"campaign:{asked.campaign}", **changes)
    return to_builtins(command.set_limits(call.stores, "cli", asked.campaign, changes))


def _told(call: Call) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.cheating import command

    call.note(f"review:{call.arguments.review}")
    return to_builtins(command.told(call.stores, call.arguments.review))


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("review", metavar="ID", type=int, help="审核编号 · its number")


def _decide(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--why", default="", help="说明 · why")


def _drop(parser: ArgumentParser) -> None:
    _decide(parser)
    parser.add_argument(
        "--take-back", action="store_true", help="连同已到账、未发出的一起收回 · what was granted and not given, too"
    )


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--stage", default="open", help="open、watched、released、dropped、all · in this stage")
    parser.add_argument("--campaign", metavar="ID", type=int, default=None, help="活动 · of one campaign")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · rows a page")


def _figures(parser: ArgumentParser) -> None:
    parser.add_argument("--campaign", metavar="ID", type=int, default=None, help="活动 · of one campaign")


def _campaign(parser: ArgumentParser) -> None:
    parser.add_argument("campaign", metavar="ID", type=int, help="活动编号 · its number")


def _set(parser: ArgumentParser) -> None:
    _campaign(parser)
    for name, words in LIMITS:
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="N", type=int, default=None, help=words)


COMMANDS = (
    Command(
        ("review", "list"),
        "列出待审核的参与者",
        "Who is to be reviewed",
        list_all,
        _list,
        ("siyu review list --json",),
    ),
    Command(("review", "show"), "查看风险分与理由", "One with its reasons", show, _one, ("siyu review show 1",)),
    Command(
        ("review", "release"),
        "放行：奖励照发，本活动不再暂扣此人",
        "In their favour: rewards go on",
        release,
        _decide,
        ("siyu review release 1 --why 会场活动",),
        "review_released",
    ),
    Command(
        ("review", "drop"),
        "取消：暂扣的奖励退回预算",
        "Against them: what waits goes back to the purse",
        drop,
        _drop,
        ("siyu review drop 1 --why 一机多号 --take-back",),
        "review_dropped",
    ),
    Command(
        ("review", "figures"),
        "暂扣、放行、省下各多少",
        "What was held, paid and saved",
        figures,
        _figures,
        ("siyu review figures --json",),
    ),
    Command(
        ("campaign", "limits"), "查看活动的防作弊限额", "Its limits", limits, _campaign, ("siyu campaign limits 1",)
    ),
    Command(
        ("campaign", "set-limits"),
        "设置活动的防作弊限额",
        "Set its limits",
        set_limits,
        _set,
        ("siyu campaign set-limits 1 --device-people 4 --wait-hours 24",),
        "limits_set",
    ),
)
