"""How often one address may ask: a guard for sign-in, for the links in messages, for keys that nobody has.

Each process counts for itself, so that counting costs nothing: it is its own work that it guards. Where several
answer, an address has so much more in all. What must hold for all of them together is kept in the ledger: wrong
passwords (:mod:`siyu.staff.lockout`), and calls to platforms (``channels/platform/limiter.py``).
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from siyu.staff.networks import network_of
from siyu.storage import SiyuError
from siyu.web.current import current

ADDRESSES_MAX = 10_000
"""Addresses remembered at once; the longest unseen is forgotten first."""


class TooMany(SiyuError):
    """Asked too often. ``detail["seconds"]``: after how long to try again, also told as ``Retry-After``."""

    status = 429

    def __init__(self, seconds: float) -> None:
        whole = max(1, math.ceil(seconds))
        super().__init__(
            "too_many_requests",
            f"请求过于频繁，请 {whole} 秒后再试。",
            f"Too many requests; try again in {whole} seconds.",
            seconds=whole,
        )


class Bucket:
    """At most ``per_minute`` calls a minute and caller, evenly refilled. A caller is an IPv4 address, the /64 of an
    IPv6 one (:func:`siyu.staff.networks.network_of`), or any other mark. ``now`` is in seconds, from any clock."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, now: float, *, beside: str = "") -> float:
        """Count one call: 0 where it is within the limit, else the seconds until the next one will be. ``beside``: what
        is counted apart."""
        key = (beside, network_of(address))
        with self._lock:
            left = self._refilled(key, now)
            allowed = left >= 1
            self._left[key] = (left - 1 if allowed else left, now)
            self._left.move_to_end(key)
            if len(self._left) > ADDRESSES_MAX:
                self._left.popitem(last=False)
            return 0.0 if allowed else self._seconds(left)

    def wait(self, address: str, now: float) -> float:
        """As :meth:`take`, without counting."""
        with self._lock:
            left = self._refilled(("", network_of(address)), now)
            return 0.0 if left >= 1 else self._seconds(left)

    def _refilled(self, key: tuple[str, str], now: float) -> float:
        left, at = self._left.get(key, (float(self._per_minute), now))
        return min(float(self._per_minute), left + max(0.0, now - at) * self._per_minute / 60)

    def _seconds(self, left: float) -> float:
        return (1 - left) * 60 / self._per_minute


class Few:
    """At most ``most`` do it at once."""

    def __init__(self, most: int) -> None:
        self._room = threading.BoundedSemaphore(most)

    @contextmanager
    def room(self, seconds: float = 0.0) -> Generator[bool]:
        """Whether there is room, waited for at most so long."""
        free = self._room.acquire(timeout=seconds) if seconds else self._room.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._room.release()


def limited(per_minute: int) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """A guard: ``@submit("/sign-in", PUBLIC, guards=[limited(20)], …)``. Each use counts for itself."""
    bucket = Bucket(per_minute)

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        call = current()
        seconds = bucket.take(call.address, call.stores.clock.now().timestamp(), beside=str(call.stores.home))
        if seconds:
            raise TooMany(seconds)

    return guard
