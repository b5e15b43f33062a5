"""``siyu wechat``: official accounts and mini programs. Who opened a mini program is asked by API alone: the code
comes from a running mini program and is good for minutes."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def show(call: Call) -> Mapping[str, Any]:
    """How an account stands."""
    from msgspec import to_builtins

    from siyu.channels.wechat import commands

    return to_builtins(commands.how_it_stands(call.stores, call.arguments.account))


def codes(call: Call) -> Mapping[str, Any]:
    """The codes and links of an account."""
    from msgspec import to_builtins

    from siyu.channels.wechat import commands

    return to_builtins(commands.codes_of(call.stores, call.arguments.account))


def code(call: Call) -> Mapping[str, Any]:
    """A new code or link."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, wechat_exchange
    from siyu.channels.wechat import commands
    from siyu.channels.wechat.codes import Wanted

    asked = call.arguments
    channels = channels_of(call.stores)
    try:
        wanted = Wanted(asked.name, asked.kind, asked.scene, asked.page, asked.days)
        made = commands.new_code(call.stores, wechat_exchange(channels), "cli", asked.account, wanted)
    finally:
        channels.close()
    call.note(f"account:{asked.account}", name=asked.name, scene=made.scene)
    return to_builtins(made)


def read(call: Call) -> Mapping[str, Any]:
    """Have the list of followers read."""
    from msgspec import to_builtins

    from siyu.channels.wechat import commands

    call.note(f"account:{call.arguments.account}")
    return to_builtins(commands.read_followers(call.stores, call.arguments.account))


def _account(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")


def _code(parser: ArgumentParser) -> None:
    _account(parser)
    parser.add_argument("--name", required=True, help="名称 · its name")
    parser.add_argument(
        "--kind",
        required=True,
        choices=("temporary", "permanent", "page", "link", "scheme"),
        help="公众号：temporary、permanent；小程序：page、link、scheme · the kind",
    )
    parser.add_argument("--scene", default="", help="场景值，留空自动生成 · its scene; made up if not given")
    parser.add_argument("--page", default="", help="小程序页面 · page of the mini program")
    parser.add_argument("--days", metavar="N", type=int, default=30, help="有效天数，最长 30 · days it lasts")


COMMANDS = (
    Command(
        ("wechat", "show"),
        "公众号或小程序的粉丝、剩余同意与发送情况",
        "How an official account or a mini program stands",
        show,
        _account,
        ("siyu wechat show 1 --json",),
    ),
    Command(
        ("wechat", "codes"),
        "列出带场景值的二维码与链接",
        "List codes and links with their scenes",
        codes,
        _account,
        ("siyu wechat codes 1 --json",),
    ),
    Command(
        ("wechat", "code"),
        "生成带场景值的二维码或链接",
        "Have a code or link with a scene made",
        code,
        _code,
        ("siyu wechat code 1 --name 门店海报 --kind temporary --days 30 --json",),
        "code_made",
    ),
    Command(
        ("wechat", "read"),
        "在后台读取公众号粉丝列表",
        "Read the followers of an official account, in the background",
        read,
        _account,
        ("siyu wechat read 1 --json",),
        "followers_read",
    ),
)
