"""``siyu order-link``: links to the shop, and how far people came by them."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of links."""
    from msgspec import to_builtins

    from siyu.commerce.links import command

    asked = call.arguments
    return to_builtins(command.links_told(call.stores, asked.words, "", asked.good, asked.before, asked.limit))


def show(call: Call) -> Mapping[str, Any]:
    """One of them."""
    from siyu.commerce.links import keeping

    return _told(call, keeping.get_link(call.stores, call.arguments.link))


def add(call: Call) -> Mapping[str, Any]:
    """Make a link."""
    from siyu.commerce.links import keeping
    from siyu.commerce.links.model import Draft

    asked = call.arguments
    place_kind = "live" if asked.live else "group" if asked.group else ""
    draft = Draft(
        name=asked.name,
        good=asked.good,
        place_kind=place_kind,
        place=asked.live or asked.group,
        channel=asked.channel,
        staff=asked.staff,
        url=asked.url,
    )
    return _told(call, keeping.add_link(call.stores, "cli", draft))


def give(call: Call) -> Mapping[str, Any]:
    """Personal pages."""
    from msgspec import to_builtins

    from siyu.commerce.links import command, keeping

    asked = call.arguments
    given = keeping.hand_out(call.stores, asked.link, asked.person)
    call.note(f"order_link:{asked.link}", links=len(given))
    return to_builtins(command.own_told(keeping.get_link(call.stores, asked.link), given))


def turn_off(call: Call) -> Mapping[str, Any]:
    """It leads nowhere for now."""
    from siyu.commerce.links import keeping

    return _told(call, keeping.set_stage(call.stores, call.arguments.link, "off"))


def turn_on(call: Call) -> Mapping[str, Any]:
    """It leads on again."""
    from siyu.commerce.links import keeping

    return _told(call, keeping.set_stage(call.stores, call.arguments.link, "on"))


def paths(call: Call) -> Mapping[str, Any]:
    """How far people came."""
    from datetime import date

    from msgspec import to_builtins

    from siyu.commerce.links import command
    from siyu.growth.period import span_of
    from siyu.reach.carried import carriers
    from siyu.storage import BadInput

    asked = call.arguments
    try:
        given = [date.fromisoformat(text) if text else None for text in (asked.first, asked.last)]
    except ValueError:
        raise BadInput("not_a_day", "日期应写成 2026-12-31。", "A day is written 2026-12-31.", field="first") from None
    first, last = span_of(call.stores, given[0], given[1])
    held = carriers(call.stores, asked.link)
    return to_builtins(command.paths_told(call.stores, first, last, asked.by, asked.link, held))


def _told(call: Call, link: Any) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.commerce.links import command

    call.note(f"order_link:{link.id}", name=link.name)
    return to_builtins(command.link_told(call.stores, link))


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--words", metavar="TEXT", default="", help="名称、渠道、员工 · in name, channel, staff")
    parser.add_argument("--good", metavar="ID", type=int, default=None, help="商品编号 · of one product")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="从哪里继续 · go on below this number")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="最多几个 · how many at most")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("link", metavar="ID", type=int, help="链接编号 · its number")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    parser.add_argument("good", metavar="GOOD", type=int, help="商品编号 · the product's number here")
    parser.add_argument("--live", metavar="NAME", default="", help="放在这场直播 · put up in this show")
    parser.add_argument("--group", metavar="ID", default="", help="放在这个群 · put up in this group")
    parser.add_argument("--channel", metavar="TEXT", default="", help="渠道（统计用） · for figures")
    parser.add_argument("--staff", metavar="TEXT", default="", help="员工（统计用） · for figures")
    parser.add_argument("--url", metavar="URL", default="", help="店铺页面 · the shop's page")


def _give(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("person", metavar="PERSON", type=int, nargs="+", help="客户编号 · for whom")


def _paths(parser: ArgumentParser) -> None:
    by = ("all", "link", "offer", "message", "staff", "channel", "good")
    parser.add_argument("--link", metavar="ID", type=int, default=None, help="只看一个链接 · of one link")
    parser.add_argument("--by", choices=by, default="all", help="按什么分组 · grouped by")
    parser.add_argument("--first", metavar="DAY", default="", help="第一天 · first day")
    parser.add_argument("--last", metavar="DAY", default="", help="最后一天 · last day")


COMMANDS = (
    Command(
        ("order-link", "add"),
        "新建下单链接",
        "Make an order link",
        add,
        _add,
        ("siyu order-link add 周五群发 1 --channel wecom --url https://shop.example/p/1",),
        "order_link_added",
    ),
    Command(("order-link", "list"), "列出下单链接", "Order links", list_all, _list, ("siyu order-link list --json",)),
    Command(("order-link", "show"), "查看下单链接", "One order link", show, _one, ("siyu order-link show 1",)),
    Command(
        ("order-link", "give"),
        "给出专属链接",
        "Personal links for people",
        give,
        _give,
        ("siyu order-link give 1 1 2",),
        "order_links_given",
    ),
    Command(
        ("order-link", "paths"),
        "从消息到付款，每一步到了多少人",
        "From message to payment, step by step",
        paths,
        _paths,
        ("siyu order-link paths --by offer",),
    ),
    Command(
        ("order-link", "off"),
        "停用链接",
        "Turn a link off",
        turn_off,
        _one,
        ("siyu order-link off 1",),
        "order_link_off",
    ),
    Command(
        ("order-link", "on"), "启用链接", "Turn a link on", turn_on, _one, ("siyu order-link on 1",), "order_link_on"
    ),
)
