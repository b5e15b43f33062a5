"""What the page of a wheel shows. Pure."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from siyu.growth.mechanics.lottery.model import WHOLE, Rules, State, chances, lucks_of
from siyu.growth.mechanics.money import yuan

RADIUS = 100


def shown(rules: Rules, state: State, me: int | None, at: datetime) -> dict[str, Any]:
    """Prizes with their odds, draws that are left, what was drawn (0: nothing), and the wheel as shapes, turned so that
    the last draw stands at the top. Every slice is of the same size; the odds are those in the table."""
    del me, at
    prizes = [
        {"name": each.name, "odds": _percent(each.odds), "stock": each.stock, "value": yuan(each.value_cents)}
        for each in rules.prizes
    ]
    names = ["", *(each.name for each in rules.prizes)]
    last = state.drawn[-1] if state.drawn else None
    return {
        "prizes": prizes,
        "nothing": _percent(WHOLE - sum(each.odds for each in rules.prizes)),
        "left": chances(rules, state) - len(state.drawn),
        "drawn": [
            {"nth": nth, "name": names[place], "luck": luck}
            for nth, (place, luck) in enumerate(zip(state.drawn, lucks_of(state), strict=True), 1)
        ],
        "last": None if last is None else names[last],
        "slices": slices(len(rules.prizes) + 1),
        "names": [each.name for each in rules.prizes],
        "turned": 0 if last is None else -360 / len(names) * ((last or len(names)) - 0.5),
    }


def slices(count: int) -> list[dict[str, Any]]:
    """The wheel's slices clockwise from the top: a path, and where its word stands (x, y, degrees)."""
    found: list[dict[str, Any]] = []
    for nth in range(count):
        (x0, y0), (x1, y1) = _at(nth / count, RADIUS), _at((nth + 1) / count, RADIUS)
        large = 1 if count == 1 else 0
        middle = _at((nth + 0.5) / count, RADIUS * 0.68)
        path = f"M0 0L{x0:.1f} {y0:.1f}A{RADIUS} {RADIUS} 0 {large} 1 {x1:.1f} {y1:.1f}Z"
        found.append(
            {"path": path, "x": round(middle[0], 1), "y": round(middle[1], 1), "turn": 360 * (nth + 0.5) / count}
        )
    return found


def _at(share: float, radius: float) -> tuple[float, float]:
    return radius * math.sin(2 * math.pi * share), -radius * math.cos(2 * math.pi * share)


def _percent(odds: int) -> str:
    return f"{odds / 10_000:.4f}".rstrip("0").rstrip(".") + "%"
