"""Targets given out one after another at one moment: what :func:`model.choose` says of each, without looking at all of
them for each.

200 targets cost a look once for everybody who waits, and then by the logarithm of their number. Pure.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Protocol

from siyu.growth.codes.model import Mode, Moment, Target, draw, open_to, turn


class _Pool(Protocol):
    """Targets that are open, of which the mode chooses."""

    def __bool__(self) -> bool: ...

    def pick(self, code: int, who: str) -> Target: ...

    def put(self, target: Target, *, still: bool) -> None: ...


class Choosing:
    """For people of one city. :meth:`taken` tells what was given, by this or beside it."""

    def __init__(self, targets: Iterable[Target], mode: Mode, at: Moment, city: str) -> None:
        self._at, self._city = at, city
        found = [each for each in targets if open_to(each, at, city)]
        make = _POOLS[mode]
        self._pools: list[_Pool] = [
            make([each for each in found if each.backup is backup and bool(each.regions) is near])
            for backup in (False, True)
            for near in (True, False)
        ]

    def choose(self, code: int, who: str) -> Target | None:
        """As :func:`model.choose`."""
        for pool in self._pools:
            if pool:
                return pool.pick(code, who)
        return None

    def taken(self, target: Target) -> None:
        """A target as it is after one more person."""
        pool = self._pools[2 * target.backup + (not target.regions)]
        pool.put(target, still=open_to(target, self._at, self._city))


class _Turns:
    """A heap; what was counted since it was put there is passed over."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._now = {each.id: each for each in targets}
        self._heap = [(turn(each), each.id) for each in targets]
        heapq.heapify(self._heap)

    def __bool__(self) -> bool:
        return bool(self._now)

    def pick(self, code: int, who: str) -> Target:
        while True:
            rank, number = self._heap[0]
            found = self._now.get(number)
            if found is not None and turn(found) == rank:
                return found
            heapq.heappop(self._heap)

    def put(self, target: Target, *, still: bool) -> None:
        if self._now.pop(target.id, None) is not None and still:
            self._now[target.id] = target
            heapq.heappush(self._heap, (turn(target), target.id))


class _Listed:
    """In their order; one that is not open any more goes out."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = list(targets)
        self._place = {each.id: place for place, each in enumerate(self._targets)}
        self._marks = list(accumulate(each.weight for each in self._targets))

    def __bool__(self) -> bool:
        return bool(self._targets)

    def put(self, target: Target, *, still: bool) -> None:
        place = self._place.get(target.id)
        if place is None:
            return
        if still:
            self._targets[place] = target
        else:
            _Listed.__init__(self, [each for each in self._targets if each.id != target.id])


class _ByCapacity(_Listed):
    def pick(self, code: int, who: str) -> Target:
        return min(self._targets, key=lambda each: each.place)


class _ByWeight(_Listed):
    def pick(self, code: int, who: str) -> Target:
        return self._targets[bisect_right(self._marks, draw(code, who) % self._marks[-1])]


_POOLS = {"turn": _Turns, "capacity": _ByCapacity, "weight": _ByWeight}
