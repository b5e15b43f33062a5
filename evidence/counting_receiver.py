"""A receiver of webhook messages without limits, in a process of its own (another core): it counts messages and calls
and answers at once. ``python -m evidence.counting_receiver`` prints its address; a GET tells what it counted."""

from __future__ import annotations

import asyncio
import json
import sys
from types import TracebackType

import httpx

from evidence.installation import REPOSITORY, environment, listening

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class CountingReceiver:
    """``with CountingReceiver() as receiver: receiver.address``."""

    def __enter__(self) -> CountingReceiver:
        self._process, self.address = listening(["evidence.counting_receiver"], REPOSITORY, environment())
        if not self.address:
            raise RuntimeError("the receiver did not start")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def counted(self) -> dict[str, int]:
        """``messages`` and ``calls`` since it was last asked."""
        return httpx.get(self.address, trust_env=False).json()


class _Count:
    messages = 0
    calls = 0


class _Connection(asyncio.Protocol):
    """One connection: requests one after another, each with its length."""

    def __init__(self, count: _Count) -> None:
        self._count = count
        self._read = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(HEAD_END)) >= 0:
            head = bytes(self._read[:end]).lower()
            place = head.find(LENGTH)
            length = int(head[place + len(LENGTH) :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            whole = end + len(HEAD_END) + length
            if len(self._read) < whole:
                return
            self._answer(head.startswith(b"get"), bytes(self._read[end:whole]))
            del self._read[:whole]

    def _answer(self, asked: bool, body: bytes) -> None:
        if asked:
            told = json.dumps({"messages": self._count.messages, "calls": self._count.calls}).encode()
            self._count.messages = self._count.calls = 0
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(told), told))
            return
        self._count.messages += body.count(b'"delivery_id"')
        self._count.calls += 1
        self._transport.write(ANSWER)


async def _serve() -> None:
    count = _Count()
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(count), "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
