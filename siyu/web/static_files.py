"""Serves ``/static``: the built packages (``dist``) and the console's own files (``src``), under hashed names.

A name changes with its content, so a browser may keep a file for ever. Files are read once, at start.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from siyu.web.current import t

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent."""

    hashed: str
    body: bytes
    zipped: bytes
    type: str


@cache
def _files() -> dict[str, StaticFile]:
    """By plain name."""
    found: dict[str, StaticFile] = {}
    for folder in (FOLDER / "dist", FOLDER / "src"):
        for path in sorted(folder.glob("*.*")):
            if path.suffix in _TYPES:
                body = path.read_bytes()
                digest = hashlib.sha256(body).hexdigest()[:10]
                hashed = f"{path.stem}.{digest}{path.suffix}"
                found[path.name] = StaticFile(hashed, body, gzip.compress(body, 6, mtime=0), _TYPES[path.suffix])
    return found


@cache
def _by_hashed() -> dict[str, StaticFile]:
    return {file.hashed: file for file in _files().values()}


def asset(name: str) -> str:
    """The address of a static file: ``asset("siyu.css")`` → ``/static/siyu.0a1b2c3d4e.css``."""
    file = _files().get(name)
    return f"/static/{file.hashed if file else name}"


def built() -> bool:
    """Whether ``python -m siyu.web.build_static`` has been run."""
    return "tabler.css" in _files()


async def serve(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application behind ``/static``."""
    name = scope["path"].rstrip("/").rpartition("/")[2]
    file = _by_hashed().get(name)
    lasting = file is not None
    file = file or _files().get(name)
    if file is None:
        body = t("没有这个文件。", "There is no such file.").encode()
        await _answer(send, 404, body, [(b"content-type", b"text/plain; charset=utf-8")])
        return
    headers = [
        (b"content-type", file.type.encode()),
        (b"cache-control", b"public, max-age=31536000, immutable" if lasting else b"no-cache"),
        (b"vary", b"accept-encoding"),
    ]
    body = file.body
    if any(key == b"accept-encoding" and b"gzip" in value for key, value in scope["headers"]):
        body = file.zipped
        headers.append((b"content-encoding", b"gzip"))
    await _answer(send, 200, b"" if scope["method"] == "HEAD" else body, headers)


async def _answer(send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
