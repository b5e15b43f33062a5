"""``siyu tag``: tags that a platform (WeCom, an official account) knows too."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.account_commands import account_argument, numbered
from siyu.cli.command import Call, Command


def links(call: Call) -> Mapping[str, Any]:
    """Which of the platform's tags is which of ours."""
    from msgspec import to_builtins

    from siyu.reach.tagging import command

    return to_builtins(command.table_told(call.stores, numbered(call)))


def link(call: Call) -> Mapping[str, Any]:
    """Say that two tags are one."""
    from msgspec import to_builtins

    from siyu.reach.tagging import command

    asked, number = call.arguments, numbered(call)
    call.note(f"account:{number}", tag=asked.tag)
    return to_builtins(command.link_named(call.stores, "cli", number, asked.outside, asked.tag))


def unlink(call: Call) -> Mapping[str, Any]:
    """Let two tags go separate ways."""
    from msgspec import to_builtins

    from siyu.reach.tagging import command

    number = numbered(call)
    call.note(f"account:{number}")
    return to_builtins(command.unlink_named(call.stores, number, call.arguments.outside))


def choose(call: Call) -> Mapping[str, Any]:
    """Whether missing tags are made here and there."""
    from msgspec import to_builtins

    from siyu.reach.tagging import command

    asked, number = call.arguments, numbered(call)
    call.note(f"account:{number}")
    return to_builtins(command.choose(call.stores, number, asked.here, asked.there))


def _outside(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument("outside", metavar="THEIRS", help="平台上的标签：编号或名称 · the platform's tag: id or name")


def _link(parser: ArgumentParser) -> None:
    _outside(parser)
    parser.add_argument("tag", metavar="OURS", help="这里的标签：编号、名称或“组：名称” · our tag: number or name")


def _choose(parser: ArgumentParser) -> None:
    account_argument(parser)
    parser.add_argument("--here", action="store_true", help="平台有、这里没有的，在这里创建 · make here what is there")
    parser.add_argument("--there", action="store_true", help="这里有、平台没有的，在平台创建 · make there what is here")


COMMANDS = (
    Command(
        ("tag", "links"),
        "查看平台标签与这里的标签如何对应",
        "Which of a platform's tags is which of ours",
        links,
        account_argument,
        ("siyu tag links 1 --json",),
    ),
    Command(
        ("tag", "link"),
        "把平台的标签与这里的标签对应起来，之后双向同步",
        "Say that a platform's tag and ours are one; both are kept in step",
        link,
        _link,
        ("siyu tag link 1 油性 肤质：油性 --json",),
        "tag_linked",
    ),
    Command(
        ("tag", "unlink"),
        "取消对应，双方已有的标签都保留",
        "Let two tags go separate ways; who has them keeps them",
        unlink,
        _outside,
        ("siyu tag unlink 1 油性 --json",),
        "tag_unlinked",
    ),
    Command(
        ("tag", "choose"),
        "缺少的标签是否在这里、在平台自动创建",
        "Whether missing tags are made here and there",
        choose,
        _choose,
        ("siyu tag choose 1 --here --json",),
        "tag_sync_chosen",
    ),
)
