"""``siyu poster``: posters that carry one person's own link, name and portrait."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siyu.cli.command import Call, Command

if TYPE_CHECKING:
    from siyu.growth.posters.model import Draft


def list_all(call: Call) -> Mapping[str, Any]:
    """All of them."""
    from msgspec import to_builtins

    from siyu.growth.posters import command

    return to_builtins(command.all_told(call.stores, archived=call.arguments.archived))


def show(call: Call) -> Mapping[str, Any]:
    """One."""
    return _told(call, call.arguments.poster)


def add(call: Call) -> Mapping[str, Any]:
    """From a file."""
    from siyu.growth.posters import keeping

    return _told(call, keeping.add_poster(call.stores, "cli", _draft(call)).id)


def change(call: Call) -> Mapping[str, Any]:
    """What a file says instead."""
    from siyu.growth.posters import keeping

    keeping.change_poster(call.stores, call.arguments.poster, _draft(call))
    return _told(call, call.arguments.poster)


def archive(call: Call) -> Mapping[str, Any]:
    """Put it away."""
    from siyu.growth.posters import keeping

    keeping.archive_poster(call.stores, call.arguments.poster, archived=True)
    return _told(call, call.arguments.poster)


def restore(call: Call) -> Mapping[str, Any]:
    """Offer it again."""
    from siyu.growth.posters import keeping

    keeping.archive_poster(call.stores, call.arguments.poster, archived=False)
    return _told(call, call.arguments.poster)


def use(call: Call) -> Mapping[str, Any]:
    """Which one a campaign offers."""
    from msgspec import to_builtins

    from siyu.growth.posters import command, keeping

    given = call.arguments
    call.note(f"campaign:{given.campaign}", poster=given.poster)
    keeping.choose(call.stores, given.campaign, given.poster)
    return to_builtins(command.chosen_told(call.stores, given.campaign))


def make(call: Call) -> Mapping[str, Any]:
    """Draw it into a file."""
    from siyu.growth.posters import command, keeping
    from siyu.growth.posters.drawing import NOBODY
    from siyu.storage import BadInput

    given = call.arguments
    link, person = given.link, given.person
    if given.effort:
        link, person = command.link_of(call.stores, given.site, given.effort)
    face = NOBODY if person is None else keeping.face_of(call.stores, person)
    content = command.drawn(call.stores, given.poster, link, face, given.format)
    path = call.path(given.out or f"poster-{given.poster}.{given.format}")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadInput(
            "file_not_written", f"无法写入 {path.name}。", f"{path.name} can't be written.", field="out"
        ) from error
    return {"file": str(path), "bytes": len(content)}


def face(call: Call) -> Mapping[str, Any]:
    """How somebody is shown."""
    from msgspec import to_builtins

    from siyu.growth.posters import command, keeping
    from siyu.storage import BadInput

    given = call.arguments
    call.note(f"person:{given.person}")
    if given.clear:
        keeping.clear_face(call.stores, given.person)
        return to_builtins(command.face_told(given.person, keeping.face_of(call.stores, given.person)))
    try:
        picture = call.path(given.picture).read_bytes() if given.picture else None
    except OSError as error:
        raise BadInput("file_not_read", "读不了这个文件。", "The file can't be read.", field="picture") from error
    made = keeping.set_face(call.stores, "cli", given.person, name=given.name, picture=picture)
    return to_builtins(command.face_told(given.person, made))


def _told(call: Call, poster: int) -> Mapping[str, Any]:
    from msgspec import to_builtins

    from siyu.growth.posters import command

    told = command.poster_told(call.stores, poster)
    call.note(f"poster:{poster}", name=told.name)
    return to_builtins(told)


def _draft(call: Call) -> Draft:
    import msgspec

    from siyu.growth.posters.model import Draft
    from siyu.storage import BadInput

    try:
        return msgspec.json.decode(call.path(call.arguments.file).read_bytes(), type=Draft)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInput(
            "poster_file", f"读不了这个文件：{error}", f"The file can't be read: {error}", field="file"
        ) from None


def _all(parser: ArgumentParser) -> None:
    parser.add_argument("--archived", action="store_true", help="连停用的 · those put away too")


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("poster", metavar="ID", type=int, help="海报编号 · its number")


def _file(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="JSON 文件，字段同接口 · JSON, as the API takes it")


def _change(parser: ArgumentParser) -> None:
    _one(parser)
    _file(parser)


def _use(parser: ArgumentParser) -> None:
    parser.add_argument("campaign", metavar="CAMPAIGN", type=int, help="活动编号 · the campaign's number")
    parser.add_argument("poster", metavar="ID", type=int, nargs="?", help="海报编号；不写为不用 · none: no poster")


def _make(parser: ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("--link", default="", help="码里的链接 · what the code says")
    parser.add_argument(
        "--person", metavar="N", type=int, default=None, help="谁的名字和头像 · whose name and portrait"
    )
    parser.add_argument("--effort", default="", help="或某次发起的地址 · or the slug of what somebody started")
    parser.add_argument("--site", default="", help="同 --effort：网站地址 · with --effort: https://…")
    parser.add_argument("--format", choices=("jpg", "png", "svg", "pdf"), default="jpg", help="格式 · format")
    parser.add_argument("--out", default="", help="写到哪个文件 · the file to write")


def _face(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="PERSON", type=int, help="客户编号 · the person's number")
    parser.add_argument("--name", default=None, help="显示的名字；空为资料里的 · empty: the profile's")
    parser.add_argument("--picture", metavar="FILE", default="", help="头像文件，PNG 或 JPEG · PNG or JPEG")
    parser.add_argument("--clear", action="store_true", help="清除 · take both away")


COMMANDS = (
    Command(("poster", "list"), "列出海报", "Posters", list_all, _all, ("siyu poster list --json",)),
    Command(("poster", "show"), "查看海报", "One poster", show, _one, ("siyu poster show 1",)),
    Command(
        ("poster", "add"),
        "从文件新建海报：尺寸、背景，码、头像、名字的位置",
        "A poster from a file: size, background, places of code, portrait and name",
        add,
        _file,
        ("siyu poster add spring.json",),
        "poster_added",
    ),
    Command(
        ("poster", "change"),
        "修改海报",
        "Change all of it",
        change,
        _change,
        ("siyu poster change 1 spring.json",),
        "poster_changed",
    ),
    Command(
        ("poster", "archive"),
        "停用海报",
        "Offer it no more",
        archive,
        _one,
        ("siyu poster archive 1",),
        "poster_archived",
    ),
    Command(
        ("poster", "restore"),
        "恢复海报",
        "Offer it again",
        restore,
        _one,
        ("siyu poster restore 1",),
        "poster_restored",
    ),
    Command(
        ("poster", "use"),
        "选定活动里可保存的海报",
        "Which poster people may save in a campaign",
        use,
        _use,
        ("siyu poster use 1 1",),
        "campaign_poster_chosen",
    ),
    Command(
        ("poster", "make"),
        "为一位客户出图：带其链接、名字和头像",
        "Draw one person's: their link, name and portrait",
        make,
        _make,
        ("siyu poster make 1 --link https://m.shop.example.com/m/spring --person 7 --format pdf",),
    ),
    Command(
        ("poster", "face"),
        "设置客户在海报上的名字和头像",
        "How somebody is shown on posters",
        face,
        _face,
        ("siyu poster face 7 --name 小雨 --picture portrait.jpg",),
        "face_set",
    ),
)
