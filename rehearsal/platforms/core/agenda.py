"""What will happen later on the platform, by domain time: named tasks that survive with the state."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable
from typing import Any

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.state import Shelf

Task = Callable[[dict[str, Any]], None]

NAP_SECONDS_MAX = 60.0


class Appointment(msgspec.Struct, frozen=True):
    due: float
    task: str
    about: dict[str, Any]


class Agenda:
    """``does[name]`` is what a task does; ``at`` enters one; ``run`` wakes up when the next is due."""

    def __init__(self, clock: DomainClock, shelf: Shelf) -> None:
        self._clock = clock
        self._kept = shelf.drawer("agenda", Appointment)
        self.does: dict[str, Task] = {}
        self._heap = [(each.due, int(key)) for key, each in self._kept.items()]
        heapq.heapify(self._heap)
        self._last = max((number for _, number in self._heap), default=0)
        self._look = asyncio.Event()
        clock.on_change.append(self.look)

    def at(self, due: float, task: str, **about: Any) -> None:
        self._last += 1
        self._kept.put(str(self._last), Appointment(due, task, about))
        heapq.heappush(self._heap, (due, self._last))
        self.look()

    def __len__(self) -> int:
        return len(self._kept)

    def look(self) -> None:
        self._look.set()

    def run_due(self) -> int:
        """Do what is due now, in the order of due times; how many."""
        done = 0
        while self._heap and self._heap[0][0] <= self._clock.now():
            _, number = heapq.heappop(self._heap)
            kept = self._kept.remove(str(number))
            if kept is not None:
                self.does[kept.task](kept.about)
                done += 1
        return done

    async def run(self, after: Callable[[], None]) -> None:
        """For ever; ``after`` is called when something was done."""
        while True:
            self._look.clear()
            if self.run_due():
                after()
            nap = self._clock.machine_seconds_until(self._heap[0][0]) if self._heap else math.inf
            try:
                await asyncio.wait_for(self._look.wait(), min(nap, NAP_SECONDS_MAX))
            except TimeoutError:
                continue
