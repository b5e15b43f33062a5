"""The points ledger as a child would keep it: every point is a thing that lies somewhere. Slow, and without SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

FREE, EXPIRED, UNISSUED = "free", "expired", "unissued"


@dataclass(slots=True)
class Point:
    """``lies``: free, held by a key, spent by a key, expired, or taken back."""

    earning: str
    number: int
    node: int
    ends: datetime | None
    lies: str = FREE


class Reference:
    def __init__(self) -> None:
        self.points: list[Point] = []
        self.owed: dict[int, int] = {}
        self.issued: dict[str, tuple[int, int]] = {}
        """Key of an earning → the node, and how many of its points are still out."""
        self.families: list[set[int]] = []
        self._numbers = count()

    def family(self, node: int) -> set[int]:
        return next((family for family in self.families if node in family), {node})

    def available(self, node: int, now: datetime) -> int:
        return len(self._free(node, now))

    def balance(self, node: int) -> int:
        return sum(point.lies == FREE and point.node == node for point in self.points)

    def held(self, node: int) -> int:
        return sum(point.lies.startswith("held") and point.node == node for point in self.points)

    def earn(self, key: str, node: int, points: int, ends: datetime | None) -> None:
        self.issued[key] = node, points
        for each in [node, *sorted(self.family(node) - {node})]:
            paid = min(points, self.owed.get(each, 0))
            self.owed[each] = self.owed.get(each, 0) - paid
            points -= paid
        self._make(key, node, points, ends)

    def take(self, key: str, node: int, points: int, now: datetime, where: str) -> bool:
        """To spend or hold them."""
        free = self._free(node, now)
        if len(free) < points:
            return False
        for point in free[:points]:
            point.lies = f"{where} {key}"
        return True

    def settle(self, hold: str, lies: str) -> bool:
        """Capture (spent by a key) or release what is held."""
        held = [point for point in self.points if point.lies == f"held {hold}"]
        for point in held:
            point.lies = lies
        return bool(held)

    def take_back(self, key: str, points: int) -> bool:
        node, out = self.issued[key]
        if points > out:
            return False
        self.issued[key] = node, out - points
        family = self.family(node)
        own = [point for point in self.points if point.earning == key and point.lies == FREE]
        gone = [point for point in self.points if point.earning == key and point.lies == EXPIRED]
        others = [
            point for point in self.points if point.lies == FREE and point.node in family and point.earning != key
        ]
        pile = [*own, *gone, *_in_turn(others)][:points]
        for point in pile:
            point.lies = UNISSUED
        self.owed[node] = self.owed.get(node, 0) + points - len(pile)
        return True

    def give_back(self, key: str, spent: str, points: int, now: datetime, grace: datetime) -> bool:
        pile = _in_turn(point for point in self.points if point.lies == f"spent {spent}")[::-1]
        if len(pile) < points or not pile:
            return False
        late = [point for point in pile[:points] if point.ends is not None and point.ends <= now]
        for point in pile[:points]:
            point.lies = FREE
        for point in late:
            point.lies = "gone"  # it comes back as another
        if late:
            self._make(key, late[-1].node, len(late), grace)
        return True

    def expire(self, now: datetime) -> None:
        for point in self.points:
            if point.lies == FREE and point.ends is not None and point.ends <= now:
                point.lies = EXPIRED

    def _free(self, node: int, now: datetime) -> list[Point]:
        family = self.family(node)
        lasting = (point for point in self.points if point.ends is None or point.ends > now)
        return _in_turn(point for point in lasting if point.lies == FREE and point.node in family)

    def _make(self, key: str, node: int, points: int, ends: datetime | None) -> None:
        number = next(self._numbers)
        self.points += [Point(key, number, node, ends) for _ in range(points)]


def _in_turn(points: Iterable[Point]) -> list[Point]:
    return sorted(
        points, key=lambda point: (point.ends is None, point.ends.timestamp() if point.ends else 0, point.number)
    )
