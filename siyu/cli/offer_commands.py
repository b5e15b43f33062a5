"""``siyu offer``: which price for whom."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of offers."""
    from msgspec import to_builtins

    from siyu.commerce.offers import command

    asked = call.arguments
    return to_builtins(
        command.offers_told(call.stores, asked.words, asked.stage, asked.good, asked.before, asked.limit)
    )


def show(call: Call) -> Mapping[str, Any]:
    """One of them."""
    from msgspec import to_builtins

    from siyu.commerce.offers import command, keeping

    return to_builtins(command.offer_told(keeping.get_offer(call.stores, call.arguments.offer)))


def add(call: Call) -> Mapping[str, Any]:
    """Make an offer."""
    from msgspec import to_builtins

    from siyu.commerce.offers import command, keeping
    from siyu.commerce.offers.model import Draft

    asked = call.arguments
    kind = "price" if asked.coupon is None else "coupon"
    draft = Draft(
        name=asked.name,
        kind=kind,
        to=asked.to,
        whom=asked.whom,
        good=asked.good,
        cents=asked.cents,
        coupon=asked.coupon,
        begins=_moment(call, "begins"),
        ends=_moment(call, "ends"),
        stock=asked.stock,
        note=asked.note,
    )
    made = keeping.add_offer(call.stores, "cli", draft)
    call.note(f"offer:{made.id}", name=made.name)
    return to_builtins(command.offer_told(made))


def pause(call: Call) -> Mapping[str, Any]:
    """Nobody gets it for now."""
    return _staged(call, "paused")


def resume(call: Call) -> Mapping[str, Any]:
    """It goes on."""
    return _staged(call, "on")


def end(call: Call) -> Mapping[str, Any]:
    """Over for good."""
    return _staged(call, "ended")


def best(call: Call) -> Mapping[str, Any]:
    """What is best for a person."""
    from msgspec import to_builtins

    from siyu.commerce.offers import command

    asked = call.arguments
    return to_builtins(command.price_told(call.stores, asked.good, asked.person, live=asked.live, group=asked.group))


def _staged(call: Call, stage: Any) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.commerce.offers import command, keeping

    found = keeping.set_stage(call.stores, call.arguments.offer, stage)
    call.note(f"offer:{found.id}", name=found.name)
    return to_builtins(command.offer_told(found))


def _moment(call: Call, name: str) -> Any:
    from datetime import UTC, datetime

    from siyu.jobs import preferences
    from siyu.storage import BadInput

    text = getattr(call.arguments, name)
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            "not_a_moment", f"--{name} 应写成 2026-12-31T20:00。", f"--{name} is 2026-12-31T20:00.", field=name
        ) from None
    return (value if value.tzinfo else value.replace(tzinfo=preferences.timezone(call.stores))).astimezone(UTC)


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--words", metavar="TEXT", default="", help="名称、对象、备注 · in name, whom, note")
    parser.add_argument("--stage", choices=("on", "paused", "ended"), default="", help="状态 · of a state")
    parser.add_argument("--good", metavar="ID", type=int, default=None, help="商品编号 · of one product")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="从哪里继续 · go on below this number")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="最多几个 · how many at most")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("offer", metavar="ID", type=int, help="优惠编号 · its number")


def _add(parser: ArgumentParser) -> None:
    to = ("everybody", "live", "group", "attribute", "audience", "person")
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    parser.add_argument("--good", metavar="ID", type=int, default=None, help="商品编号 · the product's number here")
    parser.add_argument("--cents", metavar="N", type=int, default=None, help="优惠价（分） · the price in cents")
    parser.add_argument("--coupon", metavar="ID", type=int, default=None, help="或：券种编号 · or a kind of coupon")
    parser.add_argument("--to", choices=to, default="everybody", help="给谁 · for whom")
    parser.add_argument("--whom", metavar="TEXT", default="", help="具体是谁 · which of these")
    parser.add_argument("--begins", metavar="TIME", default="", help="开始 · from")
    parser.add_argument("--ends", metavar="TIME", default="", help="结束 · until")
    parser.add_argument("--stock", metavar="N", type=int, default=None, help="限量 · how many there are")
    parser.add_argument("--note", metavar="TEXT", default="", help="备注 · a note")


def _best(parser: ArgumentParser) -> None:
    parser.add_argument("good", metavar="GOOD", type=int, help="商品编号 · the product's number here")
    parser.add_argument("--person", metavar="ID", type=int, default=None, help="客户编号 · for whom")
    parser.add_argument("--live", metavar="NAME", default="", help="直播名称 · in a live show")
    parser.add_argument("--group", metavar="ID", default="", help="群编号 · in a group")


COMMANDS = (
    Command(
        ("offer", "add"),
        "新建优惠：价格或券，给谁，到何时",
        "Make an offer",
        add,
        _add,
        ("siyu offer add 直播价 --good 1 --cents 199 --to live --whom 周五直播 --stock 200",),
        "offer_added",
    ),
    Command(("offer", "list"), "列出优惠", "Offers", list_all, _list, ("siyu offer list --stage on --json",)),
    Command(("offer", "show"), "查看优惠", "One offer", show, _one, ("siyu offer show 1",)),
    Command(
        ("offer", "best"),
        "一位客户现在什么价，为什么",
        "What a person pays now, and why",
        best,
        _best,
        ("siyu offer best 1 --live 周五直播",),
    ),
    Command(
        ("offer", "pause"), "暂停优惠", "Nobody gets it for now", pause, _one, ("siyu offer pause 1",), "offer_paused"
    ),
    Command(("offer", "resume"), "继续优惠", "It goes on", resume, _one, ("siyu offer resume 1",), "offer_resumed"),
    Command(("offer", "end"), "结束优惠", "Over for good", end, _one, ("siyu offer end 1",), "offer_ended"),
)
