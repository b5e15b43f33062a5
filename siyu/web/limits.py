"""How often one address may ask: a guard for sign-in, for the links in messages, for keys that nobody has.

Each process counts for itself, so that counting costs nothing: it is its own work that it guards. Where several
answer, an address has so much more in all. What must hold for all of them together is kept in the ledger: wrong
passwords (:mod:`siyu.staff.lockout`), and calls to platforms (``channels/platform/limiter.py``).
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

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
    """At most ``per_minute`` calls a minute and caller, evenly refilled. ``now`` is in seconds, from any clock."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, now: float) -> float:
        """Count one call: 0 where it is within the limit, else the seconds until the next one will be."""
        with self._lock:
            left = self._refilled(address, now)
            allowed = left >= 1
            self._left[address] = (left - 1 if allowed else left, now)
            self._left.move_to_end(address)
            if len(self._left) > ADDRESSES_MAX:
                self._left.popitem(last=False)
            return 0.0 if allowed else self._seconds(left)

    def wait(self, address: str, now: float) -> float:
        """As :meth:`take`, without counting."""
        with self._lock:
            left = self._refilled(address, now)
            return 0.0 if left >= 1 else self._seconds(left)

    def _refilled(self, address: str, now: float) -> float:
        left, at = self._left.get(address, (float(self._per_minute), now))
        return min(float(self._per_minute), left + max(0.0, now - at) * self._per_minute / 60)

    def _seconds(self, left: float) -> float:
        return (1 - left) * 60 / self._per_minute


def limited(per_minute: int) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """A guard: ``@submit("/sign-in", PUBLIC, guards=[limited(20)], …)``. Each use counts for itself."""
    bucket = Bucket(per_minute)

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        call = current()
        seconds = bucket.take(f"{call.stores.home} {call.address}", call.stores.clock.now().timestamp())
        if seconds:
            raise TooMany(seconds)

    return guard
