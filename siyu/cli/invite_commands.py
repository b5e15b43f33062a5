"""``siyu invite``: the first people, invited by name."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command, no_arguments


def list_all(call: Call) -> Mapping[str, Any]:
    """All lists."""
    from msgspec import to_builtins

    from siyu.growth.cold_start import command

    return to_builtins(command.all_told(call.stores))


def show(call: Call) -> Mapping[str, Any]:
    """One list."""
    return _told(call, call.arguments.list)


def add(call: Call) -> Mapping[str, Any]:
    """Draft one."""
    from siyu.growth.cold_start import keeping

    return _told(call, keeping.add_list(call.stores, "cli", _draft(call)).id)


def change(call: Call) -> Mapping[str, Any]:
    """Change a draft."""
    from siyu.growth.cold_start import keeping

    keeping.change_list(call.stores, call.arguments.list, _draft(call))
    return _told(call, call.arguments.list)


def start(call: Call) -> Mapping[str, Any]:
    """Give out links from here on."""
    from siyu.growth.cold_start import keeping

    keeping.start(call.stores, call.arguments.list)
    return _told(call, call.arguments.list)


def end(call: Call) -> Mapping[str, Any]:
    """End it."""
    from siyu.growth.cold_start import keeping

    keeping.end(call.stores, call.arguments.list)
    return _told(call, call.arguments.list)


def people(call: Call) -> Mapping[str, Any]:
    """Who is on it."""
    from msgspec import to_builtins

    from siyu.growth.cold_start import command

    asked = call.arguments
    return to_builtins(command.invites_told(call.stores, asked.list, asked.after, asked.limit))


def put(call: Call) -> Mapping[str, Any]:
    """Put people on it."""
    from msgspec import to_builtins

    from siyu.growth.cold_start import command, keeping
    from siyu.storage import BadInput

    asked = call.arguments
    if (asked.audience is None) is not bool(asked.person):
        raise BadInput(
            "cold_whom", "请给出客户编号，或一个人群。", "Give numbers of persons, or one audience.", field="persons"
        )
    done = (
        keeping.add_people(call.stores, asked.list, asked.person)
        if asked.audience is None
        else keeping.add_audience(call.stores, asked.list, asked.audience)
    )
    call.note(f"cold_list:{asked.list}", added=done.added)
    return to_builtins(command.added_told(done))


def remove(call: Call) -> Mapping[str, Any]:
    """Take somebody off."""
    from siyu.growth.cold_start import keeping

    keeping.take_off(call.stores, call.arguments.list, call.arguments.person)
    return _told(call, call.arguments.list)


def links(call: Call) -> Mapping[str, Any]:
    """Give out links."""
    from msgspec import to_builtins

    from siyu.growth.cold_start import command

    asked = call.arguments
    told = command.links_told(call.stores, asked.list, asked.after, asked.limit)
    call.note(f"cold_list:{asked.list}", links=len(told.invites))
    return to_builtins(told)


def _told(call: Call, number: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.cold_start import command

    told = command.list_told(call.stores, number)
    call.note(f"cold_list:{number}", name=told.name)
    return to_builtins(told)


def _draft(call: Call) -> Any:
    from siyu.growth.cold_start.model import ListDraft

    asked = call.arguments
    return ListDraft(
        asked.name, asked.kind, asked.code, asked.ask, asked.reward, asked.amount, asked.title, asked.purse
    )


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("list", metavar="ID", type=int, help="名单编号 · its number")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="名称 · its name")
    parser.add_argument(
        "--kind", choices=("core", "staff_friends", "koc"), required=True, help="邀请谁 · who is invited"
    )
    parser.add_argument("--code", metavar="ID", type=int, required=True, help="链接通向的活码 · where links lead")
    parser.add_argument("--ask", choices=("add", "join", "order"), default="add", help="权益的条件 · what it is for")
    parser.add_argument("--reward", default="", help="权益的种类，如 goods · the kind of benefit")
    parser.add_argument("--amount", metavar="N", type=int, default=0, help="数量，最小单位 · in the smallest unit")
    parser.add_argument("--title", default="", help="权益是什么 · what it is")
    parser.add_argument("--purse", metavar="ID", type=int, default=None, help="从哪个预算出 · taken from")


def _change(parser: ArgumentParser) -> None:
    _one(parser)
    _add(parser)


def _page(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--after", metavar="ID", type=int, default=0, help="上一页的 next · of the page before")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="每页条数 · people a page")


def _put(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--person", metavar="ID", type=int, action="append", default=[], help="客户编号 · a person")
    parser.add_argument("--audience", metavar="ID", type=int, default=None, help="一个人群的所有人 · an audience")


def _remove(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("person", metavar="PERSON", type=int, help="客户编号 · the person")


COMMANDS = (
    Command(
        ("invite", "list"), "列出邀请名单与进度", "Invite lists", list_all, no_arguments, ("siyu invite list --json",)
    ),
    Command(("invite", "show"), "查看一张名单的进度", "One with its progress", show, _one, ("siyu invite show 1",)),
    Command(
        ("invite", "add"),
        "新建邀请名单",
        "Draft a list of people to be invited by name",
        add,
        _add,
        ("siyu invite add 老客一百人 --kind core --code 1 --reward goods --amount 1 --title 小样 --purse 1",),
        "cold_list_added",
    ),
    Command(
        ("invite", "change"),
        "修改草稿",
        "Change a draft",
        change,
        _change,
        ("siyu invite change 1 老客 --kind core --code 1",),
        "cold_list_changed",
    ),
    Command(("invite", "start"), "启用名单", "Start it", start, _one, ("siyu invite start 1",), "cold_list_started"),
    Command(("invite", "end"), "结束名单", "End it", end, _one, ("siyu invite end 1",), "cold_list_ended"),
    Command(
        ("invite", "people"), "名单上的人和各自进度", "Who is on it", people, _page, ("siyu invite people 1 --json",)
    ),
    Command(
        ("invite", "put"),
        "把客户加入名单",
        "Put people on it",
        put,
        _put,
        ("siyu invite put 1 --audience 3",),
        "cold_people_added",
    ),
    Command(
        ("invite", "remove"),
        "移出还没有链接的客户",
        "Take somebody off who has no link yet",
        remove,
        _remove,
        ("siyu invite remove 1 12",),
        "cold_person_removed",
    ),
    Command(
        ("invite", "links"),
        "给出专属链接，从此算已邀请",
        "Give out personal links",
        links,
        _page,
        ("siyu invite links 1 --json",),
        "cold_links_given",
    ),
)
