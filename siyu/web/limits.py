"""How often one address may ask: a guard for sign-in and for public routes."""

from __future__ import annotations

import threading
import time
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
    """Asked too often."""

    status = 429


class Bucket:
    """At most ``per_minute`` calls a minute and caller, evenly refilled. ``seconds`` tells the time."""

    def __init__(self, per_minute: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._seconds = seconds
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str) -> bool:
        """Whether one more call from this address is within the limit."""
        now = self._seconds()
        with self._lock:
            left, at = self._left.pop(address, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + (now - at) * self._per_minute / 60)
            allowed = left >= 1
            self._left[address] = (left - 1 if allowed else left, now)
            if len(self._left) > ADDRESSES_MAX:
                self._left.popitem(last=False)
            return allowed


def limited(per_minute: int) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """A guard: ``@submit("/sign-in", PUBLIC, guards=[limited(20)], …)``. Each use counts for itself."""
    bucket = Bucket(per_minute)

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        if not bucket.take(f"{current().stores.home} {current().address}"):
            raise TooMany(
                "too_many_requests",
                "请求过于频繁，请一分钟后再试。",
                "Too many requests; try again in a minute.",
            )

    return guard
