"""``siyu aside``: bodies that were received and can't be read."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """What waits."""
    from msgspec import to_builtins

    from siyu.jobs import aside

    return {"aside": to_builtins(aside.all_aside(call.stores))}


def again(call: Call) -> Mapping[str, Any]:
    """Have one read again, or all."""
    from siyu.jobs import aside

    number = call.arguments.number
    if number is None:
        count = aside.read_all_again(call.stores, "cli")
        call.note("aside", bodies=count)
        return {"again": count}
    call.note(f"aside:{number}")
    aside.read_again(call.stores, number, "cli")
    return {"again": 1}


def drop(call: Call) -> Mapping[str, Any]:
    """Delete the content of one."""
    from siyu.jobs import aside

    number = call.arguments.number
    call.note(f"aside:{number}")
    aside.drop_aside(call.stores, number, "cli")
    return {"dropped": number}


def _one_or_all(parser: ArgumentParser) -> None:
    parser.add_argument("number", metavar="ID", type=int, nargs="?", help="编号，不填则全部 · its number; else all")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("number", metavar="ID", type=int, help="编号 · its number")


COMMANDS = (
    Command(
        ("aside", "list"),
        "列出收到后无法处理、已隔离的数据",
        "Received bodies that can't be read, with the causes",
        list_all,
        examples=("siyu aside list --json",),
    ),
    Command(
        ("aside", "again"),
        "重新读取隔离的数据（升级后使用）",
        "Have them read again, after an upgrade",
        again,
        _one_or_all,
        ("siyu aside again",),
        "body_read_again",
    ),
    Command(
        ("aside", "drop"),
        "丢弃一条隔离的数据，内容被删除",
        "Delete the content of one",
        drop,
        _one,
        ("siyu aside drop 3",),
        "body_dropped",
    ),
)
