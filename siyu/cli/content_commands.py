"""``siyu content``: the library of what the brand says."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command, no_arguments, pairs

_CLASSES = ("tone", "pillar", "lasting", "question", "value")


def list_all(call: Call) -> Mapping[str, Any]:
    """Pieces, the newest first."""
    from msgspec import to_builtins

    from siyu.content.pieces import command
    from siyu.content.pieces.model import Asked

    asked = call.arguments
    wanted = Asked(asked.words, asked.kind, asked.tag, usable=asked.usable, archived=asked.archived, holder="")
    return to_builtins(command.pieces_told(call.stores, wanted, before=asked.before, limit=asked.limit))


def show(call: Call) -> Mapping[str, Any]:
    """One piece."""
    return _told(call, call.arguments.piece)


def versions(call: Call) -> Mapping[str, Any]:
    """What it says, version by version."""
    from msgspec import to_builtins

    from siyu.content.pieces import command

    return to_builtins(command.versions_told(call.stores, call.arguments.piece))


def uses(call: Call) -> Mapping[str, Any]:
    """Where it was used."""
    from msgspec import to_builtins

    from siyu.reach import piece_command

    return to_builtins(piece_command.uses_told(call.stores, call.arguments.piece))


def mix(call: Call) -> Mapping[str, Any]:
    """What is wanting."""
    from msgspec import to_builtins

    from siyu.content.pieces import command

    return to_builtins(command.mix_told(call.stores))


def add(call: Call) -> Mapping[str, Any]:
    """A new piece."""
    from siyu.content.pieces import keeping
    from siyu.content.pieces.model import Draft

    asked = call.arguments
    classes = {name: getattr(asked, name) for name in _CLASSES if getattr(asked, name)}
    draft = Draft(asked.kind, asked.title, **classes, tags=tuple(asked.tag), suits=asked.suits)
    made = keeping.add_piece(call.stores, "cli", draft, pairs("body", asked.body))
    return _told(call, made.id)


def submit(call: Call) -> Mapping[str, Any]:
    """Ask for approval."""
    from siyu.content.pieces import keeping

    keeping.submit(call.stores, "cli", call.arguments.piece)
    return _told(call, call.arguments.piece)


def approve(call: Call) -> Mapping[str, Any]:
    """Publish it."""
    from siyu.content.pieces import keeping

    asked = call.arguments
    keeping.approve(call.stores, "cli", asked.piece, asked.number, asked.comment)
    return _told(call, asked.piece)


def send_back(call: Call) -> Mapping[str, Any]:
    """Not as it is."""
    from siyu.content.pieces import keeping

    asked = call.arguments
    keeping.send_back(call.stores, "cli", asked.piece, asked.number, asked.comment)
    return _told(call, asked.piece)


def archive(call: Call) -> Mapping[str, Any]:
    """Offer it no more."""
    from siyu.content.pieces import keeping

    keeping.archive(call.stores, call.arguments.piece, archived=True)
    return _told(call, call.arguments.piece)


def restore(call: Call) -> Mapping[str, Any]:
    """Offer it again."""
    from siyu.content.pieces import keeping

    keeping.archive(call.stores, call.arguments.piece, archived=False)
    return _told(call, call.arguments.piece)


def _told(call: Call, piece: int) -> dict[str, Any]:
    from msgspec import to_builtins

    from siyu.content.pieces import command, reading

    found = reading.get_piece(call.stores, piece)
    call.note(f"piece:{piece}", name=found.draft.title)
    return to_builtins(command.piece_told(found, call.stores.clock.now()))


def _list(parser: ArgumentParser) -> None:
    parser.add_argument("--words", default="", help="标题、标签里的字 · words in title and tags")
    parser.add_argument("--kind", default="", help="类型，如 article、link、script · the kind")
    parser.add_argument("--tag", default="", help="标签 · a tag")
    parser.add_argument("--usable", action="store_true", help="只看现在可发送的 · only what may be sent now")
    parser.add_argument("--archived", action="store_true", help="看已归档的 · those put away")
    parser.add_argument("--before", metavar="ID", type=int, default=None, help="从这个编号往前 · before this number")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="最多几份 · at most so many")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("piece", metavar="ID", type=int, help="素材编号 · its number")


def _add(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help="类型，如 article、link、script · the kind")
    parser.add_argument("title", metavar="TITLE", help="标题 · its title")
    parser.add_argument(
        "--body", metavar="FIELD=TEXT", action="append", default=[], help="内容 · what it says, by field"
    )
    parser.add_argument("--tag", metavar="TAG", action="append", default=[], help="标签 · a tag")
    parser.add_argument("--suits", default="", help="适合谁、什么时候用 · for whom, and when")
    words = (
        "useful、promotional · useful or promotional",
        "brand、ugc、interactive · whose it is",
        "evergreen、topical · how long it holds",
        "why_kind、why_this、what_i_get · the question it answers",
        "knowledge、benefit、feeling · what it gives",
    )
    for name, help_text in zip(_CLASSES, words, strict=True):
        parser.add_argument(f"--{name}", default="", help=help_text)


def _decide(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("number", metavar="VERSION", type=int, help="看过的版本 · the version that was looked at")
    parser.add_argument("--comment", default="", help="意见，退回时必填 · a comment, needed to send it back")


COMMANDS = (
    Command(
        ("content", "add"),
        "新建素材（草稿）",
        "A new piece, a draft",
        add,
        _add,
        (
            "siyu content add link 面膜怎么选 --body link=https://shop.example/masks --tag 面膜 --question why_kind",
            "siyu content add script 什么时候发货 --body 'text={{ person.name }}，今天发' --body asked=快递",
        ),
        "piece_added",
    ),
    Command(
        ("content", "list"), "列出素材", "Pieces of content", list_all, _list, ("siyu content list --usable --json",)
    ),
    Command(("content", "show"), "查看素材", "One piece", show, _one, ("siyu content show 1",)),
    Command(
        ("content", "versions"), "素材的各个版本", "Its versions", versions, _one, ("siyu content versions 1 --json",)
    ),
    Command(("content", "uses"), "素材用在哪里、效果如何", "Where it was used", uses, _one, ("siyu content uses 1",)),
    Command(
        ("content", "mix"),
        "素材配比与缺口",
        "How the library is put together, and what is wanting",
        mix,
        no_arguments,
        ("siyu content mix --json",),
    ),
    Command(
        ("content", "submit"),
        "提交审批",
        "Ask for approval",
        submit,
        _one,
        ("siyu content submit 1", "siyu content submit 2"),
        "piece_submitted",
    ),
    Command(
        ("content", "approve"),
        "批准并发布",
        "Approve and publish",
        approve,
        _decide,
        ("siyu content approve 1 1",),
        "piece_approved",
    ),
    Command(
        ("content", "send-back"),
        "退回",
        "Send it back",
        send_back,
        _decide,
        ("siyu content send-back 2 1 --comment 太像广告",),
        "piece_sent_back",
    ),
    Command(
        ("content", "archive"),
        "归档素材",
        "Offer it no more",
        archive,
        _one,
        ("siyu content archive 1",),
        "piece_archived",
    ),
    Command(
        ("content", "restore"),
        "恢复素材",
        "Offer it again",
        restore,
        _one,
        ("siyu content restore 1",),
        "piece_restored",
    ),
)
