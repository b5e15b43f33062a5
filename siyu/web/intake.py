"""``POST /v1/{track,identify,group,page,screen,alias,batch}``: events from outside, as in the Segment spec.

A bare ASGI handler, because every microsecond here is paid per event. 2xx is answered only for what is on disk.
A batch is taken whole or not at all; with ``?partial=1`` its good calls are kept and the bad ones named. What a page's
key may not tell (``people/page_calls.py``) is a fault like any other.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec

from siyu.people import segment, write_keys
from siyu.people.glance import glance
from siyu.people.write_keys import Writer
from siyu.storage import BadInput, NotFound, SiyuError, Stores
from siyu.web.bare import Receive, Scope, Send, TooLarge, WrongMethod, read_body
from siyu.web.limits import Bucket, TooMany

BODY_BYTES_MAX = 2 * 2**20
"""Of a body as sent, and of a gzip body unpacked."""

KEYS_CACHED_MAX = 10_000
KEY_SECONDS = 5.0
"""How long a key is remembered: a revoked one stops working within this."""

UNKNOWN_KEYS_PER_MINUTE = 60
"""Of one address: a wrong key costs a look into the store, a right one is remembered."""

ERRORS_TOLD_MAX = 20

_CROSS_ORIGIN = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
]


class NotSignedIn(SiyuError):
    status = 401


class Intake:
    """The ASGI application behind ``/v1/``."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._writers: dict[str, tuple[Writer | None, float]] = {}
        self._strangers = Bucket(UNKNOWN_KEYS_PER_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await _answer(send, 204, b"")
            return
        try:
            status, body = await self._take(scope, receive)
        except SiyuError as error:
            await _answer(send, error.status, _told([error]), _retry_after(error))
            return
        await _answer(send, status, body)

    async def _take(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        kind = str(scope["path"]).removeprefix("/v1/").strip("/")
        if kind != "batch" and kind not in segment.CALLS:
            raise NotFound("no_such_call", "没有这个接口。", "There is no such call.")
        if scope["method"] != "POST":
            raise WrongMethod("use_post", "请使用 POST。", "Use POST.")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        writer = await self._writer(headers.get(b"authorization", b""), scope)
        body = _unpacked(await read_body(receive, BODY_BYTES_MAX), headers.get(b"content-encoding", b""))
        now = self._stores.clock.now()
        by_page = writer.kind == "page"
        seen = glance(body, now, by_page=by_page) if kind == "batch" else None
        if seen is None or seen.suspects:
            body, count, errors = _looked_at(kind, body, now, seen and seen.suspects, _partial(scope), by_page)
        else:
            count, errors = seen.calls, {}
        if not count:
            return 400, _told(list(errors.values()))
        await asyncio.wrap_future(self._stores.inbox.append(now, f"segment:{kind}", writer.source, count, body))
        return 200, _accepted(count, errors)

    async def _writer(self, authorization: bytes, scope: Scope) -> Writer:
        key = _write_key(authorization)
        known = self._writers.get(key)
        address = scope["client"][0] if scope.get("client") else ""
        now = self._stores.clock.now().timestamp()
        if (known is None or known[0] is None) and (seconds := self._strangers.wait(address, now)):
            raise TooMany(seconds)
        if known is None or known[1] < time.monotonic():
            if len(self._writers) >= KEYS_CACHED_MAX:
                self._writers.clear()
            writer = await asyncio.to_thread(write_keys.writer_of, self._stores, key)
            known = self._writers[key] = (writer, time.monotonic() + KEY_SECONDS)
        if known[0] is None:
            self._strangers.take(address, now)
            raise NotSignedIn("unknown_write_key", "写入密钥无效。", "The write key is not valid.")
        return known[0]


def _looked_at(
    kind: str, body: bytes, now: datetime, suspects: Iterable[int] | None, partial: bool, by_page: bool
) -> tuple[bytes, int, dict[int, SiyuError]]:
    """What of a body is to be stored, how many calls that is (0: none of it), and the faults by place. Without
    ``suspects`` all of it is looked at."""
    if suspects is None:
        segment.well_formed(body)
    calls, batch = segment.split(kind, body)
    errors: dict[int, SiyuError] = {}
    for place in range(len(calls)) if suspects is None else suspects:
        try:
            segment.check(calls[place], kind, f"batch[{place}]" if batch else "", now, batch, by_page=by_page)
        except BadInput as error:
            errors[place] = error
    if not errors:
        return body, len(calls), errors
    if batch is None or not partial:
        return body, 0, errors
    batch.batch = [raw for place, raw in enumerate(calls) if place not in errors]
    return segment.joined(batch), len(batch.batch), errors


def _write_key(authorization: bytes) -> str:
    scheme, _, encoded = authorization.partition(b" ")
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            pass
    raise NotSignedIn(
        "no_write_key",
        "请用 Basic 认证给出写入密钥（密钥作用户名，密码留空）。",
        "Give the write key by Basic auth: the key as user name, an empty password.",
    )


def _unpacked(body: bytes, encoding: bytes) -> bytes:
    """The body itself; a gzip one is unpacked no further than the limit, so that a bomb costs nothing."""
    if encoding in (b"", b"identity"):
        return body
    if encoding != b"gzip":
        raise BadInput("unknown_encoding", "仅支持 gzip 压缩。", "Only gzip is understood.", field="content-encoding")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, BODY_BYTES_MAX + 1)
    except zlib.error as error:
        raise BadInput("bad_gzip", "gzip 数据已损坏。", "The gzip data is damaged.") from error
    if len(plain) > BODY_BYTES_MAX:
        raise TooLarge(BODY_BYTES_MAX)
    if not unpacker.eof:
        raise BadInput("bad_gzip", "gzip 数据不完整。", "The gzip data ends too early.")
    return plain


def _partial(scope: Scope) -> bool:
    return parse_qs(scope.get("query_string", b"").decode("latin-1")).get("partial") == ["1"]


def _accepted(count: int, errors: Mapping[int, SiyuError]) -> bytes:
    if not errors:
        return b'{"success":true,"accepted":%d}' % count
    rejected = [{"index": place, **_shape(error)} for place, error in errors.items()]
    return msgspec.json.encode({"success": True, "accepted": count, "rejected": rejected})


def _told(errors: list[SiyuError]) -> bytes:
    """The first fault, and of a batch the others too (at most ``ERRORS_TOLD_MAX``)."""
    body: dict[str, Any] = {"success": False, "error": _shape(errors[0])}
    if len(errors) > 1:
        body["errors"] = [_shape(error) for error in errors[:ERRORS_TOLD_MAX]]
        body["faults"] = len(errors)
    return msgspec.json.encode(body)


def _shape(error: SiyuError) -> dict[str, Any]:
    return {"code": error.code, "zh": error.zh, "en": error.en, "field": error.field}


def _retry_after(error: SiyuError) -> list[tuple[bytes, bytes]]:
    if error.status not in (429, 503):
        return []
    return [(b"retry-after", str(error.detail.get("seconds", 1)).encode())]


async def _answer(send: Send, status: int, body: bytes, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [*_CROSS_ORIGIN, *more]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="siyu"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
