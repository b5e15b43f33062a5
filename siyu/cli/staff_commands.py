"""``siyu key``: keys for programs, made by whoever may read the home folder."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def write_key(call: Call) -> Mapping[str, Any]:
    """A key under which events come in."""
    from siyu.people import write_keys

    made = write_keys.create(call.stores, call.arguments.name, call.arguments.source, call.arguments.kind)
    call.note(f"write_key:{made.id}", name=call.arguments.name, kind=made.kind)
    return {"number": made.id, "key": made.key, "source": made.source, "kind": made.kind}


def narrow_write_key(call: Call) -> Mapping[str, Any]:
    """A server key that stands in a page becomes a page key, for good."""
    from siyu.people import write_keys

    made = write_keys.narrow(call.stores, call.arguments.number)
    call.note(f"write_key:{made.id}", name=made.name)
    return {"number": made.id, "key": f"{made.prefix}…", "source": made.source, "kind": made.kind}


def snippet(call: Call) -> Mapping[str, Any]:
    """What to put into a page, mini program, app or server, with the newest key of a source."""
    from siyu.people import collecting, write_keys
    from siyu.storage import NotFound

    source = call.arguments.source
    keys = [key for key in write_keys.all_of(call.stores) if key.source == source and key.revoked is None]
    if not keys:
        raise NotFound(
            "no_write_key",
            f"来源“{source}”没有可用的写入密钥，请先用 siyu key write 新建。",
            f"The source “{source}” has no write key in use: make one with siyu key write.",
        )
    code = collecting.code_for(call.arguments.place, call.arguments.address, keys[-1])
    return {"place": call.arguments.place, "code": code}


def api_key(call: Call) -> Mapping[str, Any]:
    """A key for the JSON API. It is shown this once."""
    from siyu.staff import actions
    from siyu.staff.model import SYSTEM

    number, secret = actions.create_key(call.stores, SYSTEM, name=call.arguments.name, role=call.arguments.role)
    call.note(f"key:{number}", name=call.arguments.name)
    return {"key": secret, "role": call.arguments.role}


def _write_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--source", default="web", help="事件的来源名称 · the source that its events get")
    parser.add_argument(
        "--kind",
        required=True,
        choices=("page", "server"),
        help="page：放在网页里，人人看得见，只报行为；server：秘密，可报订单与资料 · "
        "page: public, behaviour only; server: a secret, orders and profiles too",
    )


def _narrow_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("number", metavar="KEY", type=int, help="写入密钥的编号 · the number of the write key")


def _snippet_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("place", metavar="PLACE", help="web, mini, app, server")
    parser.add_argument("--source", default="web", help="写入密钥的来源名称 · the source of the write key")
    parser.add_argument("--address", required=True, help="本系统的公开地址 · where customers reach this installation")


def _api_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--role", default="owner", help="权限 · what it may do")


COMMANDS = (
    Command(
        ("key", "write"),
        "新建写入密钥，用于 /v1 上报事件",
        "Make a write key, for events sent to /v1",
        write_key,
        _write_arguments,
        ("siyu key write website --source web --kind page --json", "siyu key write shop --source shop --kind server"),
        "write_key_created",
    ),
    Command(
        ("key", "narrow"),
        "把服务器密钥改为页面密钥，不能改回",
        "Make a server key a page key, for good",
        narrow_write_key,
        _narrow_arguments,
        ("siyu key narrow 2",),
        "write_key_narrowed",
    ),
    Command(
        ("key", "snippet"),
        "打印网页、小程序、App 或服务器的接入代码",
        "Print the code to put into a web page, mini program, app or server",
        snippet,
        _snippet_arguments,
        ("siyu key snippet web --source web --address https://siyu.example.com",),
    ),
    Command(
        ("key", "api"),
        "新建 API 密钥，只显示这一次",
        "Make an API key; it is shown this once",
        api_key,
        _api_arguments,
        ("siyu key api warehouse --role analyst",),
        "api_key_created",
    ),
)
