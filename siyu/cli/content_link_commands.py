"""``siyu content-link``: what people read, and who passed it on."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """A page of links."""
    from msgspec import to_builtins

    from siyu.content.links import command

    asked = call.arguments
    return to_builtins(command.links_told(call.stores, asked.words, asked.before, asked.limit))


def show(call: Call) -> Mapping[str, Any]:
    """One of them."""
    from siyu.content.links import keeping

    return _told(call, keeping.get_link(call.stores, call.arguments.link))


def add(call: Call) -> Mapping[str, Any]:
    """Make a link."""
    from siyu.content.links import keeping
    from siyu.content.links.model import Draft

    asked = call.arguments
    draft = Draft(asked.title, asked.text, "", asked.url, asked.tag, asked.alert)
    return _told(call, keeping.add_link(call.stores, "cli", draft))


def give(call: Call) -> Mapping[str, Any]:
    """Personal pages."""
    from msgspec import to_builtins

    from siyu.content.links import command, keeping

    asked = call.arguments
    given = keeping.own_paths(call.stores, asked.link, asked.person)
    call.note(f"content_link:{asked.link}", links=len(given))
    return to_builtins(command.pages_told(given))


def readers(call: Call) -> Mapping[str, Any]:
    """Who has it from whom."""
    from msgspec import to_builtins

    from siyu.content.links import command

    return to_builtins(command.readers_told(call.stores, call.arguments.link))


def _told(call: Call, link: Any) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.content.links import command

    call.note(f"content_link:{link.id}", title=link.title)
    return to_builtins(command.link_told(call.stores, link))


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--words", metavar="TEXT", default="", help="标题里的字 · in the title")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="从哪里继续 · go on below this number")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="最多几个 · how many at most")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("link", metavar="ID", type=int, help="链接编号 · its number")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("title", metavar="TITLE", help="标题 · its title")
    parser.add_argument("--text", metavar="TEXT", default="", help="正文 · its text")
    parser.add_argument("--url", metavar="URL", default="", help="原文地址 · where it goes on")
    parser.add_argument("--tag", metavar="TAG", action="append", default=[], help="内容标签 · what it is about")
    parser.add_argument("--alert", action="store_true", help="客户打开时告诉顾问 · tell the adviser who opens it")


def _give(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("person", metavar="PERSON", type=int, nargs="+", help="客户编号 · for whom")


COMMANDS = (
    Command(
        ("content-link", "add"),
        "新建内容链接",
        "Make a content link",
        add,
        _add,
        ("siyu content-link add 换季护肤 --text 先清洁，再保湿。 --tag 敏感肌",),
        "content_link_added",
    ),
    Command(
        ("content-link", "list"), "列出内容链接", "Content links", list_all, _list, ("siyu content-link list --json",)
    ),
    Command(("content-link", "show"), "查看内容链接", "One content link", show, _one, ("siyu content-link show 1",)),
    Command(
        ("content-link", "give"),
        "给出专属内容链接",
        "Personal links for people",
        give,
        _give,
        ("siyu content-link give 1 1 2",),
        "content_links_given",
    ),
    Command(
        ("content-link", "readers"),
        "谁打开了，从谁那里来",
        "Who opened it, and from whom",
        readers,
        _one,
        ("siyu content-link readers 1",),
    ),
)
