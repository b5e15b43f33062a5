"""``siyu link``: acquisition links of WeCom."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """The links that there are, with what came of them."""
    from msgspec import to_builtins

    from siyu.channels.wecom.acquisition import command

    return to_builtins(command.all_told(call.stores, call.arguments.account))


def read(call: Call) -> Mapping[str, Any]:
    """Read links, who came and the quota to the end."""
    from siyu.channels.wecom.acquisition import command

    call.note(f"account:{call.arguments.account}")
    return command.read_now(call.stores, call.arguments.account, alone=call.alone)


def make(call: Call) -> Mapping[str, Any]:
    """A new link."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.acquisition import command, links

    asked = call.arguments
    draft = links.Draft(asked.name, asked.members or [], asked.departments or [], asked.preferred or [], not asked.ask)
    with closing(channels_of(call.stores)) as channels:
        number = links.make_link(call.stores, exchange_of(channels), "cli", asked.account, draft)
    call.note(f"link:{number}", name=asked.name)
    return to_builtins(command.told(call.stores, number))


def change(call: Call) -> Mapping[str, Any]:
    """Change what is given."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.acquisition import command, links

    asked = call.arguments
    call.note(f"link:{asked.link}")
    names = ("name", "members", "departments", "preferred")
    given = {name: value for name in names if (value := getattr(asked, name)) is not None}
    with closing(channels_of(call.stores)) as channels:
        draft = command.changed(call.stores, asked.link, given)
        links.change_link(call.stores, exchange_of(channels), asked.link, draft)
    return to_builtins(command.told(call.stores, asked.link))


def remove(call: Call) -> Mapping[str, Any]:
    """End a link."""
    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.acquisition import links

    call.note(f"link:{call.arguments.link}")
    with closing(channels_of(call.stores)) as channels:
        links.remove_link(call.stores, exchange_of(channels), call.arguments.link)
    return {"removed": call.arguments.link}


def people(call: Call) -> Mapping[str, Any]:
    """Who came by a link."""
    from msgspec import to_builtins

    from siyu.channels.wecom.acquisition import command

    return to_builtins(command.people_told(call.stores, call.arguments.link, call.arguments.after))


def statistic(call: Call) -> Mapping[str, Any]:
    """The platform's count of the last days."""
    from msgspec import to_builtins

    from siyu.channels.registry import channels_of, exchange_of
    from siyu.channels.wecom.acquisition import command

    asked = call.arguments
    with closing(channels_of(call.stores)) as channels:
        return to_builtins(command.statistic_told(call.stores, exchange_of(channels), asked.link, asked.days))


def _account(parser: ArgumentParser) -> None:
    parser.add_argument("account", metavar="ID", type=int, help="账号编号 · the account's number")


def _any_account(parser: ArgumentParser) -> None:
    parser.add_argument("--account", metavar="ID", type=int, help="只看这个账号 · of this account only")


def _link(parser: ArgumentParser) -> None:
    parser.add_argument("link", metavar="ID", type=int, help="链接编号 · the link's number")


def _whom(parser: ArgumentParser) -> None:
    parser.add_argument("--members", metavar="USERID", nargs="+", help="接待成员 · members people are led to")
    parser.add_argument("--departments", metavar="N", nargs="+", type=int, help="接待部门 · departments")
    parser.add_argument("--preferred", metavar="USERID", nargs="*", help="优先的成员 · of them first")


def _make(parser: ArgumentParser) -> None:
    _account(parser)
    parser.add_argument("--name", required=True, help="名称 · its name")
    _whom(parser)
    parser.add_argument("--ask", action="store_true", help="须成员通过验证 · members have to accept first")


def _change(parser: ArgumentParser) -> None:
    _link(parser)
    parser.add_argument("--name", help="名称 · its name")
    _whom(parser)


def _people(parser: ArgumentParser) -> None:
    _link(parser)
    parser.add_argument("--after", metavar="EXTERNAL_USERID", default="", help="从谁之后 · from behind whom")


def _days(parser: ArgumentParser) -> None:
    _link(parser)
    parser.add_argument(
        "--days", metavar="N", type=int, default=30, choices=range(1, 31), help="天数，最多 30 · days, 30 at most"
    )


COMMANDS = (
    Command(
        ("link", "list"),
        "列出获客链接、来了多少人、剩余额度",
        "List acquisition links, who came, and what is left of the quota",
        list_all,
        _any_account,
        ("siyu link list --json",),
    ),
    Command(
        ("link", "read"),
        "从平台读取获客链接、来的人与额度",
        "Read links, who came and the quota",
        read,
        _account,
        ("siyu link read 1 --json",),
        "links_read",
    ),
    Command(
        ("link", "make"),
        "建一个获客链接",
        "Have an acquisition link made",
        make,
        _make,
        ("siyu link make 1 --name 双十一 --members zhangsan --json",),
        "link_made",
    ),
    Command(
        ("link", "change"),
        "修改获客链接",
        "Change a link",
        change,
        _change,
        ("siyu link change 1 --members zhangsan lisi --json",),
        "link_changed",
    ),
    Command(
        ("link", "remove"),
        "删除获客链接",
        "End a link",
        remove,
        _link,
        ("siyu link remove 1 --json",),
        "link_removed",
    ),
    Command(
        ("link", "people"),
        "列出通过链接来的人",
        "List who came by a link",
        people,
        _people,
        ("siyu link people 1 --json",),
    ),
    Command(
        ("link", "statistic"),
        "平台统计的点击与新增",
        "The platform's count of visits and new friends",
        statistic,
        _days,
        ("siyu link statistic 1 --days 7 --json",),
    ),
)
