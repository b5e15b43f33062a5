"""What the handlers that are bare ASGI share: intake and callbacks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from siyu.storage import BadInput, SiyuError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class WrongMethod(SiyuError):
    status = 405


class TooLarge(SiyuError):
    """A body of more than ``bytes_max``, which is told in whole MB."""

    status = 413

    def __init__(self, bytes_max: int) -> None:
        size = bytes_max // 2**20
        super().__init__("body_too_large", f"正文不能超过 {size} MB。", f"A body may have at most {size} MB.")


async def read_body(receive: Receive, bytes_max: int) -> bytes:
    """The body, read no further than its limit. Raises :class:`TooLarge`; :class:`BadInput` where the caller left."""
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadInput("disconnected", "连接已断开。", "The connection was closed.")
        part: bytes = message.get("body", b"")
        length += len(part)
        if length > bytes_max:
            raise TooLarge(bytes_max)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
