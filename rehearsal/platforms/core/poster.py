"""Callbacks on their way: queued, sealed anew for each try, retried; on wish repeated, late, out of order."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.state import Shelf
from rehearsal.platforms.core.wire import NoAnswer, Wire

LATENCIES_KEPT = 300_000


class Sealed(msgspec.Struct, frozen=True):
    url: str
    body: bytes
    query: dict[str, str] = {}
    headers: dict[str, str] = {}


class Parcel(msgspec.Struct, frozen=True):
    """Something to tell: the address is a name that the platform's ``seal`` knows. ``due`` is domain time."""

    address: str
    message: str
    due: float
    tries: int = 0
    name: str = ""


class Seal(Protocol):
    def __call__(self, parcel: Parcel, nonce: str) -> Sealed | None:
        """The parcel as it travels now; ``None`` when nobody listens at that address."""
        ...


@dataclass(frozen=True)
class Manner:
    """How callbacks are posted. Waits are machine seconds, ``late_seconds`` domain seconds.

    ``repeats``: share that comes twice. ``disorder``: share that is held back up to ``late_seconds``."""

    tries: int = 3
    wait_seconds: float = 5.0
    again_seconds: float = 1.0
    at_once: int = 16
    repeats: float = 0.0
    disorder: float = 0.0
    late_seconds: float = 5.0
    held: bool = False
    """Nothing leaves until it is released: a storm can be gathered first."""


@dataclass
class Poster:
    """``good(status, body)`` says whether an answer means received."""

    clock: DomainClock
    shelf: Shelf
    seal: Seal
    seed: int = 7
    manner: Manner = Manner()
    good: Callable[[int, bytes], bool] = lambda status, body: status == 200
    told: Counter[str] = field(default_factory=Counter[str])
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES_KEPT))

    def __post_init__(self) -> None:
        self._kept = self.shelf.drawer("parcels", Parcel)
        self._chance = random.Random(self.seed)
        self._heap = [(each.due, int(key)) for key, each in self._kept.items()]
        heapq.heapify(self._heap)
        self._last = max((number for _, number in self._heap), default=0)
        self._look = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self.wire = Wire()
        self.clock.on_change.append(self._look.set)

    def post(self, address: str, message: str, name: str = "", delay_seconds: float = 0.0) -> None:
        """``delay_seconds``: domain seconds until it leaves."""
        manner = self.manner
        due = self.clock.now() + delay_seconds
        if manner.disorder and self._chance.random() < manner.disorder:
            due += self._chance.random() * manner.late_seconds
        self._queue(Parcel(address, message, due, name=name))
        if manner.repeats and self._chance.random() < manner.repeats:
            again = due + self._chance.random() * manner.late_seconds
            self._queue(Parcel(address, message, again, name=name))
            self.told["repeated"] += 1

    def behave(self, changes: Mapping[str, Any]) -> Manner:
        self.manner = replace(self.manner, **changes)
        self._look.set()
        return self.manner

    def waiting(self) -> int:
        """Parcels that are not settled."""
        return len(self._kept)

    def stats(self) -> dict[str, Any]:
        """Counts, and how long answers took in machine seconds."""
        took = sorted(self.latencies)
        shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        quantiles = {
            name: took[min(int(len(took) * share), len(took) - 1)] if took else 0.0 for name, share in shares.items()
        }
        return {"waiting": self.waiting(), **self.told, "seconds": quantiles, "manner": asdict(self.manner)}

    async def run(self) -> None:
        """For ever: what is due leaves, at most ``at_once`` at the same time."""
        while True:
            self._look.clear()
            manner = self.manner
            while not manner.held and self._heap and len(self._under_way) < manner.at_once and self._is_due():
                _, number = heapq.heappop(self._heap)
                task = asyncio.create_task(self._deliver(number))
                self._under_way.add(task)
                task.add_done_callback(self._ended)
            await self._nap()

    def _is_due(self) -> bool:
        return self._heap[0][0] <= self.clock.now()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._look.set()

    async def _nap(self) -> None:
        nap = 60.0
        if self._heap and not self.manner.held and len(self._under_way) < self.manner.at_once:
            nap = min(nap, self.clock.machine_seconds_until(self._heap[0][0]))
        try:
            await asyncio.wait_for(self._look.wait(), nap)
        except TimeoutError:
            return

    def _queue(self, parcel: Parcel) -> None:
        self._last += 1
        self._kept.put(str(self._last), parcel)
        heapq.heappush(self._heap, (parcel.due, self._last))
        self._look.set()

    async def _deliver(self, number: int) -> None:
        parcel = self._kept[str(number)]
        for tried in range(self.manner.tries):
            sealed = self.seal(parcel, str(self._chance.getrandbits(60)))
            if sealed is None:
                self.told["unheard"] += 1
                break
            if tried:
                self.told["retried"] += 1
            if await self._try(sealed):
                self.told["accepted"] += 1
                break
            if tried + 1 < self.manner.tries:
                await asyncio.sleep(self.manner.again_seconds)
        else:
            self.told["given_up"] += 1
        self._kept.remove(str(number))

    async def _try(self, sealed: Sealed) -> bool:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            status, body = await self.wire.request(
                "POST",
                sealed.url,
                query=sealed.query,
                headers=sealed.headers,
                body=sealed.body,
                wait_seconds=self.manner.wait_seconds,
            )
        except NoAnswer:
            self.told["unanswered"] += 1
            return False
        self.latencies.append(loop.time() - began)
        self.told[f"status {status}"] += 1
        return self.good(status, body)
