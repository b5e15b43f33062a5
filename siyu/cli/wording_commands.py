"""``siyu wording`` and ``siyu calendar``: the wording check and its words, the content calendar."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date
from typing import Any

from siyu.cli.command import Call, Command, no_arguments


def check(call: Call) -> Mapping[str, Any]:
    """What could be better about a text."""
    from msgspec import to_builtins

    from siyu.content.wording import command

    return to_builtins(command.findings_told(call.stores, call.arguments.text))


def list_words(call: Call) -> Mapping[str, Any]:
    """The shop's own words."""
    from msgspec import to_builtins

    from siyu.content.wording import command

    return to_builtins(command.words_told(call.stores))


def add_word(call: Call) -> Mapping[str, Any]:
    """Keep a word."""
    from msgspec import to_builtins

    from siyu.content.wording import command, words

    asked = call.arguments
    draft = words.Draft(asked.list, asked.word, asked.why, tuple(asked.instead or ()))
    number = words.add_word(call.stores, "cli", draft)
    call.note(f"wording_word:{number}", name=asked.word)
    return to_builtins(command.word_told(call.stores, number))


def remove_word(call: Call) -> Mapping[str, Any]:
    """Take a word out."""
    from siyu.content.wording import words

    call.note(f"wording_word:{call.arguments.word}")
    words.remove_word(call.stores, call.arguments.word)
    return {"removed": call.arguments.word}


def month(call: Call) -> Mapping[str, Any]:
    """A month of the calendar."""
    from msgspec import to_builtins

    from siyu.content.calendar import command

    return to_builtins(command.month_told(call.stores, call.arguments.month))


def add_plan(call: Call) -> Mapping[str, Any]:
    """Plan something."""
    from msgspec import to_builtins

    from siyu.content.calendar import command, keeping
    from siyu.content.calendar.model import Draft

    asked = call.arguments
    classes = {name: value for name in _CLASSES if (value := getattr(asked, name)) is not None}
    draft = Draft(asked.day, asked.channel, asked.title, asked.brief, asked.piece, **classes)
    number = keeping.add_plan(call.stores, "cli", draft)
    call.note(f"content_plan:{number}", name=asked.title)
    return to_builtins(command.plan_told(call.stores, number))


def move_plan(call: Call) -> Mapping[str, Any]:
    """To another day."""
    from siyu.content.calendar import keeping

    asked = call.arguments
    call.note(f"content_plan:{asked.plan}")
    was = keeping.move_plan(call.stores, asked.plan, asked.day)
    return {"id": asked.plan, "was": was.isoformat(), "day": asked.day.isoformat()}


def remove_plan(call: Call) -> Mapping[str, Any]:
    """Take it out."""
    from siyu.content.calendar import keeping

    call.note(f"content_plan:{call.arguments.plan}")
    keeping.remove_plan(call.stores, call.arguments.plan)
    return {"removed": call.arguments.plan}


_CLASSES: Mapping[str, tuple[str, ...]] = {
    "tone": ("useful", "promotional"),
    "pillar": ("brand", "ugc", "interactive"),
    "lasting": ("evergreen", "topical"),
    "question": ("why_kind", "why_this", "what_i_get"),
    "value": ("knowledge", "benefit", "feeling"),
}


def _text(parser: ArgumentParser) -> None:
    parser.add_argument("text", help="一段话 · a text")


def _add_word(parser: ArgumentParser) -> None:
    parser.add_argument("list", choices=("forbidden", "jargon", "allowed"), help="词表 · list")
    parser.add_argument("word", help="词 · the word")
    parser.add_argument("--why", default="", help="原因 · why")
    parser.add_argument("--instead", nargs="*", metavar="WORD", help="换成 · what to say instead")


def _word(parser: ArgumentParser) -> None:
    parser.add_argument("word", metavar="ID", type=int, help="词的编号 · the word's number")


def _month(parser: ArgumentParser) -> None:
    parser.add_argument("month", help="月份，如 2026-11 · a month, such as 2026-11")


def _plan(parser: ArgumentParser) -> None:
    parser.add_argument("plan", metavar="ID", type=int, help="计划编号 · the plan's number")


def _day(parser: ArgumentParser) -> None:
    parser.add_argument("day", type=date.fromisoformat, metavar="DAY", help="日期 · a day, such as 2026-11-22")


def _move(parser: ArgumentParser) -> None:
    _plan(parser)
    _day(parser)


def _add_plan(parser: ArgumentParser) -> None:
    _day(parser)
    parser.add_argument("channel", choices=("broadcast", "group_post", "moment", "article", "live"), help="渠道 · way")
    parser.add_argument("title", nargs="?", default="", help="标题 · title")
    parser.add_argument("--brief", default="", help="想法 · brief")
    parser.add_argument("--piece", type=int, metavar="ID", help="素材编号 · piece of the library")
    for name, values in _CLASSES.items():
        parser.add_argument(f"--{name}", choices=values, help="分类 · class")


COMMANDS = (
    Command(
        ("wording", "check"),
        "检查一段话的用词",
        "Check the wording of a text",
        check,
        _text,
        ("siyu wording check 全网最低价 --json",),
    ),
    Command(
        ("wording", "words"),
        "列出本店的用词规则",
        "List the shop's own words",
        list_words,
        no_arguments,
        ("siyu wording words --json",),
    ),
    Command(
        ("wording", "add"),
        "加一个词",
        "Keep a word",
        add_word,
        _add_word,
        ("siyu wording add jargon 盘货 --instead 看看货 --json",),
        "wording_word_added",
    ),
    Command(
        ("wording", "remove"),
        "删除一个词",
        "Take a word out",
        remove_word,
        _word,
        ("siyu wording remove 1 --json",),
        "wording_word_removed",
    ),
    Command(
        ("calendar", "show"),
        "看一个月的内容日历",
        "A month of the content calendar",
        month,
        _month,
        ("siyu calendar show 2026-11 --json",),
    ),
    Command(
        ("calendar", "add"),
        "排一条内容",
        "Plan content",
        add_plan,
        _add_plan,
        ("siyu calendar add 2026-11-22 broadcast 面膜怎么选 --json",),
        "content_plan_added",
    ),
    Command(
        ("calendar", "move"),
        "把一条计划移到另一天",
        "Move a plan to another day",
        move_plan,
        _move,
        ("siyu calendar move 1 2026-11-23 --json",),
        "content_plan_moved",
    ),
    Command(
        ("calendar", "remove"),
        "从日历删除一条计划",
        "Take a plan out",
        remove_plan,
        _plan,
        ("siyu calendar remove 1 --json",),
        "content_plan_removed",
    ),
)
