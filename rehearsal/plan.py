"""The shop's days as pages of calls, told to the product up to some moment, each exactly once."""

from __future__ import annotations

from collections import deque
from itertools import islice

from rehearsal.memory import Place
from rehearsal.segment import Message, messages_of_day, stamp
from rehearsal.world import World


class Plan:
    """What the product has not been told yet, a day at a time. Keeps ``place`` in step."""

    def __init__(self, world: World, place: Place) -> None:
        self.world, self.place = world, place
        while world.day < place.day:
            world.next_day()
        self._page: deque[Message] = deque()
        self._open_page()

    def _open_page(self) -> None:
        day = self.world.day
        calls = messages_of_day(self.world, day, self.world.next_day())
        self._page = deque(islice(calls, self.place.told, None))

    def due(self, until_ms: int, calls_max: int) -> list[Message]:
        """The next calls, dated up to a moment and of one day; [] when that moment is reached."""
        while not self._page:
            if self.world.midnight_ms(self.place.day + 1) > until_ms:
                return []
            self.place.day, self.place.told = self.place.day + 1, 0
            self._open_page()
        until = stamp(until_ms)
        found: list[Message] = []
        for call in islice(self._page, calls_max):
            if call["timestamp"] > until:
                break
            found.append(call)
        return found

    def told(self, calls: int) -> None:
        """So many of the calls that :meth:`due` named are with the product now."""
        for _ in range(calls):
            self._page.popleft()
        self.place.told += calls
