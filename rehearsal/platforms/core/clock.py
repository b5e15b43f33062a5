"""Domain time: what o'clock it is on the platform. It may run faster than the machine's, stand still, or be moved."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


class DomainClock:
    """Epoch seconds. ``pace`` is domain seconds per machine second; 0 stands still until it is moved. ``since``: the
    machine's time at ``start``, where others count from it too; now, if left out."""

    def __init__(
        self,
        start: float | None = None,
        pace: float = 1.0,
        machine: Callable[[], float] = time.time,
        since: float | None = None,
    ) -> None:
        self._machine = machine
        self._since = machine() if since is None else since
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

    def at_machine_speed(self, seconds: float) -> float:
        """Domain seconds for what a platform wants of a machine in so many: they do not shrink when time is fast."""
        return seconds * max(1.0, self.pace)

    def _set(self, now: float, pace: float) -> None:
        self._base, self._since, self.pace = now, self._machine(), pace
        for look in self.on_change:
            look()


@dataclass(frozen=True)
class Time:
    """Time that several clocks tell alike, in this process and in others of this machine: ``began`` when the machine's
    time is ``since`` (epoch seconds both), and ``pace`` times as fast from there."""

    began: float
    since: float
    pace: float

    @classmethod
    def read(cls, text: str) -> Time:
        """As the product writes it: ``began,since,pace``. Raises ``ValueError``."""
        began, since, pace = map(float, text.split(","))
        return cls(began, since, pace)

    def clock(self) -> DomainClock:
        return DomainClock(self.began, self.pace, since=self.since)

    def now(self) -> float:
        return self.began + (time.time() - self.since) * self.pace


def of_the_machine() -> Time:
    """The machine's own time."""
    now = time.time()
    return Time(now, now, 1.0)
