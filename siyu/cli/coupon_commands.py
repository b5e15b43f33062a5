"""``siyu coupons``: coupon kinds, giving, redeeming, taking back."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command

READY_NAMES = ("points_50", "welcome_20", "birthday_88", "every_200", "shipping")
"""Of ``siyu.loyalty.coupons.ready``, written again here so that help loads no room; a test holds them together."""


def kinds(call: Call) -> Mapping[str, Any]:
    """A page of kinds."""
    from msgspec import to_builtins

    from siyu.loyalty.coupons import command

    return to_builtins(command.kinds_told(call.stores, call.arguments.before, call.arguments.limit))


def ready(call: Call) -> Mapping[str, Any]:
    """Make a ready-made kind."""
    from siyu.loyalty.coupons.kinds import make
    from siyu.loyalty.coupons.ready import READY

    return _kind(call, make(call.stores, "cli", READY[call.arguments.name][1]).id)


def add(call: Call) -> Mapping[str, Any]:
    """Make a kind from JSON."""
    import msgspec

    from siyu.loyalty.coupons.kinds import Wanted, make
    from siyu.storage import BadInput

    try:
        wanted = msgspec.json.decode(call.arguments.kind.encode(), type=Wanted)
    except msgspec.MsgspecError as error:
        raise BadInput(
            "coupon_json", f"券的 JSON 无法读取：{error}。", f"The kind's JSON can't be read: {error}.", field="kind"
        ) from None
    return _kind(call, make(call.stores, "cli", wanted).id)


def stop(call: Call) -> Mapping[str, Any]:
    """Give none any more."""
    from siyu.loyalty.coupons.kinds import stop as stop_kind

    stop_kind(call.stores, call.arguments.kind, stopped=True)
    return _kind(call, call.arguments.kind)


def resume(call: Call) -> Mapping[str, Any]:
    """Give it again."""
    from siyu.loyalty.coupons.kinds import stop as stop_kind

    stop_kind(call.stores, call.arguments.kind, stopped=False)
    return _kind(call, call.arguments.kind)


def give(call: Call) -> Mapping[str, Any]:
    """Give a person one."""
    from msgspec import to_builtins

    from siyu.loyalty.coupons import command, hand

    asked = call.arguments
    if asked.points:
        taken = hand.exchange_points(call.stores, "cli", asked.kind, asked.person, asked.key)
    else:
        taken = hand.give(call.stores, "cli", asked.kind, asked.person, asked.why, asked.key)
    call.note(f"coupon:{taken.coupon}", person=asked.person)
    return to_builtins(command.taken_told(taken))


def listed(call: Call) -> Mapping[str, Any]:
    """A page of coupons."""
    from msgspec import to_builtins

    from siyu.loyalty.coupons import command

    asked = call.arguments
    return to_builtins(
        command.coupons_told(call.stores, asked.kind, asked.person, asked.stage, asked.before, asked.limit)
    )


def redeem(call: Call) -> Mapping[str, Any]:
    """Use codes for an order."""
    from msgspec import to_builtins

    from siyu.loyalty.coupons import command
    from siyu.loyalty.coupons.command import LineAsked, OrderAsked

    asked = call.arguments
    order = OrderAsked(order=asked.order, codes=asked.codes, lines=[LineAsked(cents=asked.cents)], person=asked.person)
    call.note(order=asked.order)
    return to_builtins(command.redeemed(call.stores, "cli", order))


def cancel(call: Call) -> Mapping[str, Any]:
    """An order is cancelled."""
    from msgspec import to_builtins

    from siyu.loyalty.coupons import command

    call.note(order=call.arguments.order)
    return to_builtins(command.cancelled(call.stores, "cli", call.arguments.order))


def take_back(call: Call) -> Mapping[str, Any]:
    """Take an open coupon back."""
    from msgspec import to_builtins

    from siyu.loyalty.coupons import command, hand

    found = hand.take_back(call.stores, "cli", call.arguments.coupon, call.arguments.why)
    call.note(f"coupon:{found.id}")
    return to_builtins(command.coupon_told(found))


def _kind(call: Call, number: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.loyalty.coupons import command
    from siyu.loyalty.coupons.kinds import get

    found = get(call.stores, number)
    call.note(f"coupon_kind:{number}", name=found.name)
    return to_builtins(command.kind_told(call.stores, found))


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="ID", type=int, help="券种编号 · the kind's number")


def _page(parser: ArgumentParser) -> None:
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · rows a page")


def _ready(parser: ArgumentParser) -> None:
    parser.add_argument("name", choices=READY_NAMES, help="哪一种 · which")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="JSON", help="与 API 相同的 JSON · as the API takes it")


def _give(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("person", metavar="PERSON", type=int, help="客户编号 · the person's number")
    parser.add_argument("--key", default="", help="同一原因只发一张 · the reason: twice is once")
    parser.add_argument("--why", default="", help="说明 · why")
    parser.add_argument("--points", action="store_true", help="用积分兑换 · for its price in points")


def _listed(parser: ArgumentParser) -> None:
    parser.add_argument("--kind", metavar="ID", type=int, default=None, help="券种 · of one kind")
    parser.add_argument("--person", metavar="ID", type=int, default=None, help="客户 · of one person")
    parser.add_argument("--stage", default="", help="状态 · open, used, ended, taken_back")
    _page(parser)


def _redeem(parser: ArgumentParser) -> None:
    parser.add_argument("order", metavar="ORDER", help="订单号 · the order's number")
    parser.add_argument("codes", metavar="CODE", nargs="+", help="券码 · codes")
    parser.add_argument(
        "--cents", metavar="N", type=int, required=True, help="订单金额（分） · what it costs, in cents"
    )
    parser.add_argument("--person", metavar="ID", type=int, default=None, help="客户（通用码需要） · for shared codes")


def _cancel(parser: ArgumentParser) -> None:
    parser.add_argument("order", metavar="ORDER", help="订单号 · the order's number")


def _take_back(parser: ArgumentParser) -> None:
    parser.add_argument("coupon", metavar="ID", type=int, help="券编号 · the coupon's number")
    parser.add_argument("--why", default="", help="说明 · why")


COMMANDS = (
    Command(("coupons", "kinds"), "列出券种", "Coupon kinds", kinds, _page, ("siyu coupons kinds --json",)),
    Command(
        ("coupons", "ready"),
        "建一种现成的券",
        "Make a ready-made kind",
        ready,
        _ready,
        ("siyu coupons ready points_50",),
        "coupon_kind_made",
    ),
    Command(
        ("coupons", "add"),
        "新建券种",
        "Make a kind",
        add,
        _add,
        (
            'siyu coupons add \'{"name":"满200减50","terms":{"gives":{"type":"amount","cents":5000},'
            '"threshold":20000},"days":30}\'',
        ),
        "coupon_kind_made",
    ),
    Command(
        ("coupons", "stop"), "停发", "Give none any more", stop, _one, ("siyu coupons stop 1",), "coupon_kind_stopped"
    ),
    Command(
        ("coupons", "resume"),
        "恢复发放",
        "Give it again",
        resume,
        _one,
        ("siyu coupons resume 1",),
        "coupon_kind_resumed",
    ),
    Command(
        ("coupons", "give"),
        "给客户发一张券",
        "Give a person one",
        give,
        _give,
        ("siyu coupons give 1 7 --why 售后补偿",),
        "coupon_given",
    ),
    Command(("coupons", "list"), "列出券", "Coupons", listed, _listed, ("siyu coupons list --person 7 --json",)),
    Command(
        ("coupons", "redeem"),
        "为一笔订单核销券码",
        "Use codes for an order",
        redeem,
        _redeem,
        ("siyu coupons redeem A1 7KQ2M9XAD4PT --cents 25000",),
        "coupon_redeemed",
    ),
    Command(
        ("coupons", "cancel"),
        "订单取消，券按规则退回",
        "An order is cancelled: its coupons come back",
        cancel,
        _cancel,
        ("siyu coupons cancel A1",),
        "coupon_order_cancelled",
    ),
    Command(
        ("coupons", "take-back"),
        "收回未用的券",
        "Take an open coupon back",
        take_back,
        _take_back,
        ("siyu coupons take-back 12 --why 发错了",),
        "coupon_taken_back",
    ),
)
