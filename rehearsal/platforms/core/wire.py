"""A small HTTP/1.1 client for callbacks: plain HTTP, connections kept, one request at a time on each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

IDLE_MAX = 64
ANSWER_BYTES_MAX = 1_000_000


class NoAnswer(Exception):
    """Refused, cut, silent for too long, or not HTTP."""


@dataclass
class Wire:
    """Kept connections by host and port."""

    _idle: dict[tuple[str, int], list[Connection]] = field(default_factory=dict[tuple[str, int], list[Connection]])

    async def request(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        wait_seconds: float = 5.0,
    ) -> tuple[int, bytes]:
        """(status, body). Raises ``NoAnswer``."""
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise NoAnswer("only http:// addresses")
        place = parts.hostname, parts.port or 80
        asked = "&".join(each for each in (parts.query, urlencode(query or {})) if each)
        target = (parts.path or "/") + (f"?{asked}" if asked else "")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        packet = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        try:
            async with asyncio.timeout(wait_seconds):
                return await self._exchange(place, packet)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise NoAnswer(type(error).__name__) from error

    async def _exchange(self, place: tuple[str, int], packet: bytes) -> tuple[int, bytes]:
        idle = self._idle.setdefault(place, [])
        while idle:
            connection = idle.pop()
            try:
                return await self._over(connection, place, packet)
            except (OSError, asyncio.IncompleteReadError):
                connection[1].close()  # it had been closed at the other end while idle: once more on another
        return await self._over(await asyncio.open_connection(*place), place, packet)

    async def _over(self, connection: Connection, place: tuple[str, int], packet: bytes) -> tuple[int, bytes]:
        reader, writer = connection
        try:
            writer.write(packet)
            await writer.drain()
            status, headers = _head(await reader.readuntil(b"\r\n\r\n"))
            body = await _body(reader, headers)
        except BaseException:
            writer.close()
            raise
        idle = self._idle[place]
        if headers.get("connection", "").lower() == "close" or len(idle) >= IDLE_MAX:
            writer.close()
        else:
            idle.append(connection)
        return status, body

    def close(self) -> None:
        for idle in self._idle.values():
            for _, writer in idle:
                writer.close()
        self._idle.clear()


def _head(raw: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in rest)
    return int(first.split(" ")[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
            if len(body) > ANSWER_BYTES_MAX:
                raise ValueError("too long")
        await reader.readuntil(b"\r\n")
        return body
    return await reader.readexactly(int(headers.get("content-length", "0")))
