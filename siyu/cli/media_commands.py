"""``siyu media``: pictures, films and files to send."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from siyu.cli.command import Call, Command


def list_all(call: Call) -> Mapping[str, Any]:
    """Every medium, the newest first."""
    from siyu.channels import media

    return {"media": [asdict(each) for each in media.all_media(call.stores)]}


def add(call: Call) -> Mapping[str, Any]:
    """Keep a file's content."""
    from siyu.channels import media
    from siyu.storage import BadInput

    path = call.path(call.arguments.file)
    if not path.is_file():
        raise BadInput("file_missing", f"找不到文件 {path.name}。", f"There is no file {path.name}.", field="file")
    sha256 = media.add_medium(call.stores, "cli", path.name, path.read_bytes())
    call.note(f"medium:{sha256[:12]}", name=path.name)
    return asdict(media.get_medium(call.stores, sha256)[0])


def remove(call: Call) -> Mapping[str, Any]:
    """Throw one away."""
    from siyu.channels import media

    call.note(f"medium:{call.arguments.sha256[:12]}")
    media.remove_medium(call.stores, call.arguments.sha256)
    return {"removed": call.arguments.sha256}


def _file_argument(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="图片、视频或文件 · a picture, a film or a file")


def _sha_argument(parser: ArgumentParser) -> None:
    parser.add_argument("sha256", metavar="SHA256", help="素材编号 · its number")


COMMANDS = (
    Command(("media", "list"), "列出素材", "List media", list_all, examples=("siyu media list --json",)),
    Command(
        ("media", "add"),
        "上传素材，供欢迎语、群发和朋友圈使用",
        "Keep a picture, a film or a file, to be sent",
        add,
        _file_argument,
        ("siyu media add cover.jpg --json",),
        "medium_added",
    ),
    Command(
        ("media", "remove"),
        "删除素材",
        "Throw a medium away",
        remove,
        _sha_argument,
        ("siyu media remove 2c26b46b68ff…",),
        "medium_removed",
    ),
)
