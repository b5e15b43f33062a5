"""How often an account may call one interface, and how often at the same time. Windows run in domain time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Refusal

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3600, 86_400


@dataclass(frozen=True)
class Limit:
    """0 means without limit."""

    per_minute: int = 10_000
    per_hour: int = 150_000
    per_day: int = 0
    in_flight: int = 10

    def windows(self) -> Iterator[tuple[int, int]]:
        """(seconds, calls) of each window there is."""
        for seconds, calls in (
            (MINUTE_SECONDS, self.per_minute),
            (HOUR_SECONDS, self.per_hour),
            (DAY_SECONDS, self.per_day),
        ):
            if calls:
                yield seconds, calls


@dataclass
class Limits:
    """Who breaks a window is refused for as long as that window is. ``codes``: (too often, too many at once)."""

    clock: DomainClock
    codes: tuple[int, int] = (45009, 45033)
    default: Limit = Limit()
    by_path: dict[str, Limit] = field(default_factory=dict[str, Limit])
    _counts: dict[tuple[str, str, int], tuple[int, int]] = field(
        default_factory=dict[tuple[str, str, int], tuple[int, int]]
    )
    _closed: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    _flying: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    most_at_once: Counter[str] = field(default_factory=Counter[str])

    def of(self, path: str) -> Limit:
        return self.by_path.get(path, self.default)

    def set(self, path: str, **changes: Any) -> Limit:
        """For one path, or with ``*`` for all that have no limit of their own."""
        if path == "*":
            self.default = replace(self.default, **changes)
            return self.default
        self.by_path[path] = replace(self.of(path), **changes)
        return self.by_path[path]

    @contextmanager
    def flight(self, account: str, path: str) -> Generator[None]:
        """A call in flight. Raises ``Refusal`` when there are too many at once or too many in a window."""
        key = account, path
        limit = self.of(path)
        if limit.in_flight and self._flying[key] >= limit.in_flight:
            raise Refusal(self.codes[1], "api concurrent out of limit")
        self._count(key, limit)
        self._flying[key] += 1
        self.most_at_once[path] = max(self.most_at_once[path], self._flying[key])
        try:
            yield
        finally:
            self._flying[key] -= 1

    def _count(self, key: tuple[str, str], limit: Limit) -> None:
        now = self.clock.now()
        if self._closed.get(key, 0.0) > now:
            raise Refusal(self.codes[0], "api freq out of limit")
        for seconds, calls in limit.windows():
            window = int(now // seconds)
            at, used = self._counts.get((*key, seconds), (window, 0))
            used = used + 1 if at == window else 1
            self._counts[*key, seconds] = window, used
            if used > calls:
                self._closed[key] = now + seconds
                raise Refusal(self.codes[0], "api freq out of limit")
