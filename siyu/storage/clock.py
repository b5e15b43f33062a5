"""The one clock. Everything that needs the time takes it from here, so that a rehearsal can run fast."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time as an aware UTC datetime. ``pace``: how many of its seconds pass in one of the machine's."""

    @property
    def pace(self) -> float: ...

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    pace = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class ManualClock:
    """A clock that stands still until it is told to move; shipped beside the protocol for tests and rehearsals."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    pace: float = 1.0

    def now(self) -> datetime:
        return self.at

    def advance(self, step: timedelta) -> None:
        self.at += step


@dataclass(frozen=True)
class PacedClock:
    """Says ``began`` when the machine's clock says ``since`` (epoch seconds), and runs ``pace`` times as fast: whoever
    knows the three has the same time, in any process of this machine."""

    began: datetime
    since: float
    pace: float

    def now(self) -> datetime:
        return self.began + timedelta(seconds=(time.time() - self.since) * self.pace)


def at_machine_speed(clock: Clock, seconds: float) -> float:
    """Seconds of ``clock`` in which a machine has so many of its own, where the clock is the faster one.

    For waits that a machine has to keep to, such as the seconds within which a platform takes a welcome: they do not
    shrink when a rehearsal runs fast. Waits of people (a window of 48 hours, a message a day) run with the clock.
    """
    return seconds * max(1.0, clock.pace)
