"""``siyu picture``: any link as a code to be printed."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from siyu.cli.command import Call, Command


def make(call: Call) -> Mapping[str, Any]:
    """Draw it into a file."""
    from siyu.growth.pictures.command import Wanted, made
    from siyu.storage import BadInput

    given = call.arguments
    content = made(
        call.stores,
        Wanted(given.link, given.sheet, given.size_mm, given.format, given.colours, given.caption, given.logo),
    )
    path = call.path(given.out or f"code-{given.sheet}.{given.format}")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadInput(
            "file_not_written", f"无法写入 {path.name}。", f"{path.name} can't be written.", field="out"
        ) from error
    return {"file": str(path), "bytes": len(content)}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("link", metavar="LINK", help="链接 · the link")
    parser.add_argument(
        "--sheet",
        choices=("square", "parcel", "counter", "a4", "a3"),
        default="square",
        help="印刷尺寸；square 只要码 · print size; square: the code alone",
    )
    parser.add_argument("--size-mm", type=float, default=30.0, help="只要码时的边长 · side of the code alone")
    parser.add_argument("--format", choices=("png", "svg", "pdf"), default="png", help="格式 · format")
    parser.add_argument("--colours", default="black", help="配色 · black, teal, navy, wine, kraft")
    parser.add_argument("--caption", default="", help="说明 · a caption below the code")
    parser.add_argument("--logo", default="", help="标志：素材编号 · the number of a picture among the media")
    parser.add_argument("--out", default="", help="写到哪个文件 · the file to write")


COMMANDS = (
    Command(
        ("picture", "make"),
        "把链接做成可以送印的二维码",
        "Any link as a code to be printed",
        make,
        _arguments,
        ("siyu picture make https://shop.example.com/ --sheet a4 --format pdf --caption 扫码加顾问 --json",),
    ),
)
