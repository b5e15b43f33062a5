"""``/collect/…``: the scripts that pages and mini programs of the shop load (see ``siyu/people/collecting.py``).

They keep their names for ever, for those stand in pages of others: browsers ask again after an hour.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache

from siyu.web.bare import Receive, Scope, Send
from siyu.web.static_files import FOLDER

PATH = "/collect/"
FILES = {"web.js": "web.js", "siyu-mini.js": "mini.js"}
"""The name under which a snippet is given out, and its file."""

_SECONDS = 3600


@cache
def _file(name: str) -> tuple[bytes, bytes, bytes]:
    """Plain, packed, its mark."""
    body = (FOLDER / "snippets" / FILES[name]).read_bytes()
    return body, gzip.compress(body, 9, mtime=0), b'"%s"' % hashlib.sha256(body).hexdigest()[:16].encode()


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application behind ``/collect/``: scripts that pages of other sites load."""
    name = str(scope["path"]).removeprefix(PATH)
    asked: dict[bytes, bytes] = dict(scope["headers"])
    if name not in FILES or scope["method"] not in ("GET", "HEAD"):
        await _answer(send, 404, b"", [])
        return
    plain, packed, mark = _file(name)
    headers = [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"cache-control", b"public, max-age=%d" % _SECONDS),
        (b"etag", mark),
        (b"vary", b"accept-encoding"),
        (b"access-control-allow-origin", b"*"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if asked.get(b"if-none-match") == mark:
        await _answer(send, 304, b"", headers)
        return
    if b"gzip" in asked.get(b"accept-encoding", b""):
        plain = packed
        headers.append((b"content-encoding", b"gzip"))
    await _answer(send, 200, b"" if scope["method"] == "HEAD" else plain, headers)


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = [] if status == 304 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})
