"""The one clock. Everything that needs the time takes it from here, so that a rehearsal can run fast."""

from __future__ import annotations

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
