"""Files from a browser or the API, streamed to disk: never whole in memory, never larger than told.

    @submit("/imports", "import", audits="import_begun", request_max_body_size=None)
    async def upload(request: AnyRequest, stores: Stores, view: View) -> Html:
        received = await receive(request, stores.home / "uploads", bytes_max=IMPORT_BYTES_MAX)

Takes ``multipart/form-data`` (the first file, and the text fields beside it) and, from programs, a bare body with its
name in ``X-File-Name``.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

import anyio.to_thread
from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from siyu.storage import BadInput, SiyuError, Unavailable
from siyu.storage.space import Watched

FIELD_BYTES_MAX = 100_000
FIELDS_MAX = 100

COPIES = 2
"""An upload is copied to where it is kept, and only then removed."""


class TooLarge(SiyuError):
    """A file above its limit."""

    status = 413


@dataclass
class Received:
    """One file on disk. ``path`` is ours, ``name`` what the sender calls it (shown, never used as a path)."""

    path: Path
    name: str
    bytes: int = 0
    sha256: str = ""
    fields: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class _Target:
    """Where the bytes go, and how many may come."""

    path: Path
    bytes_max: int
    handle: IO[bytes]
    space: Watched
    bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def write(self, data: bytes | bytearray) -> None:
        self.bytes += len(data)
        if self.bytes > self.bytes_max:
            megabytes = self.bytes_max // 1_000_000
            raise TooLarge(
                "file_too_large",
                f"文件超过 {megabytes} MB 的上限。请拆分后再上传，或用命令行导入。",
                f"The file is larger than {megabytes} MB. Split it, or import it with the command line.",
                field="file",
            )
        self.space.wrote(len(data))
        self.digest.update(data)
        self.handle.write(data)


async def receive(request: Request[Any, Any, Any], folder: Path, *, bytes_max: int) -> Received:
    """Store what is sent as a new file in ``folder``. Nothing stays behind where it fails.

    Raises :class:`TooLarge`, :class:`BadInput`, and :class:`Unavailable` where the disk has no room for it.
    """
    space = Watched(folder, COPIES * _length(request))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / secrets.token_hex(12)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        with path.open("wb") as handle:
            target = _Target(path, bytes_max, handle, space)
            if kind == "multipart/form-data":
                received = await _multipart(request.stream(), options.get("boundary", ""), target)
            else:
                received = Received(path, unquote(request.headers.get("x-file-name", "")) or "upload")
                async for chunk in request.stream():
                    await anyio.to_thread.run_sync(target.write, chunk)
        if not target.bytes:
            raise BadInput(
                "file_empty", "请选择一个文件；收到的文件是空的。", "Choose a file; this one is empty.", field="file"
            )
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Unavailable(
            "disk_full",
            "无法保存文件：磁盘已满或不可写。",
            "The file can't be stored: the disk is full or not writable.",
        ) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    received.name = Path(received.name.replace("\\", "/")).name[:200] or "upload"
    received.bytes, received.sha256 = target.bytes, target.digest.hexdigest()
    return received


def _length(request: Request[Any, Any, Any]) -> int:
    """How many bytes the sender says will come; 0 where it does not."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


async def _multipart(stream: AsyncIterator[bytes], boundary: str, target: _Target) -> Received:
    """Follow the parts as they come: the first file to disk, small texts to ``fields``."""
    received = Received(target.path, "")
    parts = _Parts(received)
    try:
        with PushMultipartParser(boundary, max_segment_count=FIELDS_MAX) as parser:
            async for chunk in stream:
                for event in parser.parse(chunk):
                    data = parts.follow(event)
                    if data:
                        await anyio.to_thread.run_sync(target.write, data)
    except MultipartError as error:
        raise BadInput(
            "upload_broken", "上传的内容不完整，请重试。", "The upload is not complete; try again.", field="file"
        ) from error
    return received


class _Parts:
    """Tells the file's bytes from the text fields around it."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._segment: MultipartSegment | None = None
        self._text = bytearray()

    def follow(self, event: MultipartSegment | bytes | bytearray | None) -> bytes | bytearray | None:
        """Take one event of the parser; the bytes to be written, where they are the file's."""
        if isinstance(event, MultipartSegment):
            self._segment, self._text = event, bytearray()
            if event.filename and not self._received.name:
                self._received.name = event.filename
            return None
        segment = self._segment
        if event is None:
            if segment is not None and not segment.filename:
                self._received.fields[segment.name or ""] = self._text.decode("utf-8", "replace")
            self._segment = None
            return None
        if segment is not None and segment.filename:
            return event
        self._text += event[: FIELD_BYTES_MAX - len(self._text)]
        return None
