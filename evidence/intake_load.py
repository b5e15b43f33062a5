"""Not a claim: Segment batches made beforehand, and a client that sends them on schedule (open loop), in a process of
its own: the server's interpreter has nothing to do with it, only the machine's cores are shared."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import msgspec

EVENTS_A_BODY = 100
FIRST_ROUND = b'"r000.'
NAMES = ("Product Viewed", "Product Added", "Product Added to Wishlist", "page", "search")


def bodies(count: int, people: int, seed: int = 7, prefix: str = "") -> list[bytes]:
    """``count`` bodies of 100 calls of ``people`` persons: 3% orders, the rest what visitors do."""
    draw = random.Random(seed)
    now = datetime.now(UTC)
    return [
        msgspec.json.encode({"batch": [_call(draw, now, people, f"{prefix}{seed}-{body}-{n}") for n in range(100)]})
        for body in range(count)
    ]


def _call(draw: random.Random, now: datetime, people: int, number: str) -> dict[str, object]:
    call: dict[str, object] = {
        "type": "track",
        "messageId": number,
        "userId": f"u{draw.randrange(people)}",
        "timestamp": (now - timedelta(seconds=draw.randrange(3_600))).isoformat(),
        "event": draw.choice(NAMES),
        "properties": {"sku": f"A{draw.randrange(500)}", "name": "面霜", "category": "护肤", "price": 12.5},
        "context": {"page": {"url": "https://shop.example/p/1", "title": "面霜"}, "userAgent": "Mozilla/5.0"},
    }
    if draw.random() < 0.03:
        call["event"] = "Order Completed"
        product = {"sku": "A1", "name": "面霜", "category": "护肤", "quantity": 2, "price": 60}
        call["properties"] = {"order_id": number, "total": 120, "products": [product]}
    return call


def requests(found: Sequence[bytes], path: str, key: str) -> list[bytes]:
    """Bodies as whole HTTP requests."""
    token = base64.b64encode(f"{key}:".encode()).decode()
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Basic {token}\r\ncontent-type: application/json\r\n"
    return [f"{head}content-length: {len(body)}\r\n\r\n".encode() + body for body in found]


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _over(connection: Connection, work: asyncio.Queue[tuple[float, bytes] | None], waits: list[float]) -> None:
    reader, writer = connection
    while (entry := await work.get()) is not None:
        due, request = entry
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        lower = head.lower()
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        waits.append(time.perf_counter() - due)
    writer.close()


async def send(
    port: int, found: Sequence[bytes], events_a_second: float, rounds: int = 1, connections: int = 32
) -> list[float]:
    """Send each request when it is due, however slow the answers; seconds from due to answered, of each.

    With ``events_a_second`` 0 everything is due at once: as fast as the server takes it. Every one of ``rounds``
    sends the same requests with other message ids and order numbers. The connections are open before the clock runs.
    """
    work: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    waits: list[float] = []
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    clients = [asyncio.create_task(_over(each, work, waits)) for each in opened]
    began = time.perf_counter()
    for place, request in enumerate(_renumbered(found, rounds)):
        if events_a_second:
            due = began + place * EVENTS_A_BODY / events_a_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        else:
            due = began
        work.put_nowait((due, request))
    for _ in clients:
        work.put_nowait(None)
    await asyncio.gather(*clients)
    return waits


def _renumbered(found: Sequence[bytes], rounds: int) -> Iterator[bytes]:
    for number in range(rounds):
        token = b'"r%03d.' % number
        for request in found:
            yield request.replace(FIRST_ROUND, token) if number else request


_prepared: dict[str, list[bytes]] = {}


def _prepare(name: str, path: str, key: str, count: int, people: int, seed: int) -> None:
    _prepared[name] = requests(bodies(count, people, seed, "r000."), path, key)


def _send(name: str, port: int, events_a_second: float, rounds: int) -> list[float]:
    return asyncio.run(send(port, _prepared[name], events_a_second, rounds))


class Sender:
    """The client in a process of its own; the bodies are made before the clock runs."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._process = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def prepare(self, name: str, path: str, key: str, count: int, people: int, seed: int = 7) -> None:
        self._process.submit(_prepare, name, path, key, count, people, seed).result()

    def send(self, name: str, events_a_second: float = 0, rounds: int = 1) -> list[float]:
        return self._process.submit(_send, name, self._port, events_a_second, rounds).result()

    def close(self) -> None:
        self._process.shutdown()
