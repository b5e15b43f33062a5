"""Not a claim: phones that scan a live code, all at once or on schedule (open loop), from a process of its own. Each
has a cookie of ours, as after its first visit, and an address of its own behind the proxy that the server trusts."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from evidence.intake_load import EVENTS_A_BODY, send
from siyu.web.mobile.who import COOKIE, cookie_of

CONNECTIONS = 256
"""Of the many phones of a crowd as many as ask at the same moment."""
UNANSWERED_PAUSE_SECONDS = 0.05
_TARGET = re.compile(rb'href="https://example\.com/(\d+)"')


def request_of(home: Path, path: str, phone: int) -> bytes:
    """What a phone asks."""
    address = f"10.{phone >> 16 & 255}.{phone >> 8 & 255}.{phone & 255}"
    cookie = f"{COOKIE}={cookie_of(home, f'phone{phone}')}"
    return f"GET {path} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {address}\r\ncookie: {cookie}\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a phone was shown: the number of its target, None: there was none left. ``status`` of the answer."""

    phone: int
    status: int
    target: int | None


class Crowd:
    """Everybody scans at once and, where no answer comes, again, until each has one. ``port`` may change while the
    server is killed and begun again."""

    def __init__(self, home: Path, path: str, port: int) -> None:
        self._home, self._path, self.port = home, path, port
        self.answered: list[Seen] = []
        self.unanswered = 0

    async def scan(self, phones: Iterable[int]) -> None:
        """All of these, over ``CONNECTIONS`` connections."""
        work: asyncio.Queue[int] = asyncio.Queue()
        for phone in phones:
            work.put_nowait(phone)
        await asyncio.gather(*(self._connection(work) for _ in range(CONNECTIONS)))

    async def _connection(self, work: asyncio.Queue[int]) -> None:
        while not work.empty():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(UNANSWERED_PAUSE_SECONDS)
                continue
            try:
                while not work.empty():
                    await self._one(work, reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(UNANSWERED_PAUSE_SECONDS)
            finally:
                writer.close()

    async def _one(self, work: asyncio.Queue[int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        phone = work.get_nowait()
        try:
            writer.write(request_of(self._home, self._path, phone))
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
        except (OSError, asyncio.IncompleteReadError):
            self.unanswered += 1
            work.put_nowait(phone)
            raise
        found = _TARGET.search(body)
        self.answered.append(Seen(phone, int(head.split(b" ")[1]), None if found is None else int(found[1])))


def _timed(home: Path, port: int, path: str, phones: Sequence[int], rate: float) -> tuple[float, list[float]]:
    made = [request_of(home, path, phone) for phone in phones]
    began = time.perf_counter()
    waits = asyncio.run(send(port, made, rate * EVENTS_A_BODY, connections=CONNECTIONS))
    return time.perf_counter() - began, waits


class Phones:
    """The phones in a process of their own: requests are made before the clock runs."""

    def __init__(self, home: Path, port: int) -> None:
        self._home, self._port = home, port
        self._process = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        self._next = 1_000_000

    def scan(self, path: str, count: int, rate: float = 0) -> tuple[float, list[float]]:
        """That many phones that never came before; ``rate`` 0: as fast as they are answered. Seconds in all, and from
        due to answered of each."""
        first, self._next = self._next, self._next + count
        return self._process.submit(_timed, self._home, self._port, path, range(first, first + count), rate).result()

    def close(self) -> None:
        self._process.shutdown()
