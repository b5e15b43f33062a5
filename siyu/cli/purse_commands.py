"""``siyu purse``, ``siyu reward``: what rewards may cost, and what became of each."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of purses."""
    from msgspec import to_builtins

    from siyu.growth.purses import command

    return to_builtins(command.purses_told(call.stores, call.arguments.before, call.arguments.limit))


def add(call: Call) -> Mapping[str, Any]:
    """Set something aside."""
    from siyu.growth.purses import keeping

    asked = call.arguments
    made = keeping.open_purse(call.stores, "cli", asked.name, asked.currency, _amount(asked.total))
    return _purse(call, made.id)


def total(call: Call) -> Mapping[str, Any]:
    """Raise or lower it."""
    from siyu.growth.purses import keeping

    keeping.set_total(call.stores, call.arguments.purse, _amount(call.arguments.total))
    return _purse(call, call.arguments.purse)


def close(call: Call) -> Mapping[str, Any]:
    """Take nothing from it any more."""
    from siyu.growth.purses import keeping

    keeping.close_purse(call.stores, call.arguments.purse, closed=True)
    return _purse(call, call.arguments.purse)


def reopen(call: Call) -> Mapping[str, Any]:
    """Take from it again."""
    from siyu.growth.purses import keeping

    keeping.close_purse(call.stores, call.arguments.purse, closed=False)
    return _purse(call, call.arguments.purse)


def rewards(call: Call) -> Mapping[str, Any]:
    """A page of rewards."""
    from msgspec import to_builtins

    from siyu.growth.purses import command

    asked = call.arguments
    return to_builtins(
        command.rewards_told(call.stores, asked.purse, asked.person, asked.stage, asked.before, asked.limit)
    )


def reward(call: Call) -> Mapping[str, Any]:
    """One reward with its steps."""
    from msgspec import to_builtins

    from siyu.growth.purses import command

    return to_builtins(command.reward_told(call.stores, call.arguments.reward))


def settle(call: Call) -> Mapping[str, Any]:
    """What staff do with one."""
    from siyu.growth.purses import keeping

    asked = call.arguments
    keeping.settle(call.stores, "cli", asked.reward, asked.to, asked.why)
    call.note(f"reward:{asked.reward}", to=asked.to)
    return reward(call)


def _purse(call: Call, number: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.purses import command, keeping

    found = keeping.get_purse(call.stores, number)
    call.note(f"purse:{number}", name=found.name)
    return to_builtins(command.purse_told(found))


def _amount(text: str) -> Any:
    from decimal import Decimal, InvalidOperation

    from siyu.storage import BadInput

    try:
        return Decimal(text)
    except InvalidOperation:
        raise BadInput("not_a_number", "金额应为数字。", "An amount is a number.", field="total") from None


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("purse", metavar="ID", type=int, help="预算编号 · its number")


def _page(parser: ArgumentParser) -> None:
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · rows a page")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    parser.add_argument("--currency", choices=("yuan", "points", "pieces"), required=True, help="单位 · its unit")
    parser.add_argument("--total", metavar="AMOUNT", required=True, help="总额 · in all")


def _total(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("total", metavar="AMOUNT", help="总额 · in all")


def _rewards(parser: ArgumentParser) -> None:
    parser.add_argument("--purse", metavar="ID", type=int, default=None, help="预算 · of one purse")
    parser.add_argument("--person", metavar="ID", type=int, default=None, help="客户 · of one person")
    parser.add_argument("--stage", default="", help="状态 · in this stage")
    _page(parser)


def _reward(parser: ArgumentParser) -> None:
    parser.add_argument("reward", metavar="ID", type=int, help="奖励编号 · its number")


def _settle(parser: ArgumentParser) -> None:
    _reward(parser)
    parser.add_argument("to", choices=("granted", "dropped", "paid", "taken_back"), help="处理为 · what becomes of it")
    parser.add_argument("--why", default="", help="说明 · why")


COMMANDS = (
    Command(("purse", "list"), "列出预算", "Purses", list_all, _page, ("siyu purse list --json",)),
    Command(
        ("purse", "add"),
        "新建预算：活动奖励从这里出，发完即止",
        "Set money, points or pieces aside",
        add,
        _add,
        ("siyu purse add 春季礼品 --currency pieces --total 200",),
        "purse_opened",
    ),
    Command(
        ("purse", "total"),
        "调整预算总额",
        "Raise or lower it",
        total,
        _total,
        ("siyu purse total 1 300",),
        "purse_changed",
    ),
    Command(("purse", "close"), "停用预算", "Take nothing more", close, _one, ("siyu purse close 1",), "purse_closed"),
    Command(
        ("purse", "reopen"),
        "重新启用预算",
        "Take from it again",
        reopen,
        _one,
        ("siyu purse reopen 1",),
        "purse_reopened",
    ),
    Command(("reward", "list"), "列出奖励", "Rewards", rewards, _rewards, ("siyu reward list --stage held --json",)),
    Command(("reward", "show"), "查看奖励与每一步", "One with its steps", reward, _reward, ("siyu reward show 1",)),
    Command(
        ("reward", "settle"),
        "处理奖励：放行、取消、已发放、收回",
        "Let go, drop, given by hand, take back",
        settle,
        _settle,
        ("siyu reward settle 1 paid --why 已当面交付",),
        "reward_settled",
    ),
)
