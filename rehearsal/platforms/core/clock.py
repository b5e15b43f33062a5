"""Domain time: what o'clock it is on the platform. It may run faster than the machine's, stand still, or be moved."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class DomainClock:
    """Epoch seconds. ``pace`` is domain seconds per machine second; 0 stands still until it is moved."""

    def __init__(self, start: float | None = None, pace: float = 1.0, machine: Callable[[], float] = time.time) -> None:
        self._machine = machine
        self._since = machine()
        self._base = self._since if start is None else start
        self.pace = pace
        self.on_change: list[Callable[[], None]] = []
        """Called after each jump and change of pace: whoever sleeps until a domain time looks again."""

    def now(self) -> float:
        return self._base + (self._machine() - self._since) * self.pace

    def set_pace(self, pace: float) -> None:
        if pace < 0:
            raise ValueError("time does not run backwards")
        self._set(self.now(), pace)

    def move(self, seconds: float) -> None:
        self._set(self.now() + seconds, self.pace)

    def set(self, now: float) -> None:
        self._set(now, self.pace)

    def machine_seconds_until(self, due: float) -> float:
        """How long to sleep; ``inf`` when the clock stands still before it."""
        left = due - self.now()
        if left <= 0:
            return 0.0
        return left / self.pace if self.pace else math.inf

    def _set(self, now: float, pace: float) -> None:
        self._base, self._since, self.pace = now, self._machine(), pace
        for look in self.on_change:
            look()
