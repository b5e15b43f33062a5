"""How insight's answers are written on a page: values by unit, sparklines, names of events."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from siyu.insight.answers import FigureAnswer, Number, Point
from siyu.people import event_names
from siyu.web.charts import Format
from siyu.web.current import t
from siyu.web.wording import count, money, number, percent

FORMATS: dict[str, Format] = {"money": "money", "share": "percent"}
SPARK_WIDTH, SPARK_HEIGHT = 120, 30


def worded(unit: str, value: Number | None, exact: bool = False) -> str | None:
    """A value as written; ``None`` stays ``None``, because the reason is written instead."""
    if value is None:
        return None
    if unit == "money":
        return money(value, not exact)
    if unit == "share":
        return percent(float(value))
    if isinstance(value, float) and value < 100:
        return number(value, 1)
    return count(value, exact)


def plain(value: Number | None) -> float | None:
    """For a chart."""
    return float(value) if isinstance(value, Decimal) else value


def spark(points: Sequence[Point] | None) -> str:
    """The ``d`` of an SVG path through the points, gaps left open; empty where there is nothing to draw."""
    values = [plain(point.value) for point in points or ()]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(*known, 0.0), max(known)
    step = SPARK_WIDTH / max(1, len(values) - 1)
    drawn: list[str] = []
    pen = "M"
    for place, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        height = (SPARK_HEIGHT - 3) * (1 - (value - low) / ((high - low) or 1)) + 1.5
        drawn.append(f"{pen}{place * step:.1f} {height:.1f}")
        pen = "L"
    return "".join(drawn)


def shade(share: float) -> tuple[int, bool]:
    """How much of the accent a cell is mixed with (percent) and whether its text turns light: 0 to 1 in two ranges,
    pale under dark text and deep under light text, because on the tones between neither can be read."""
    if share <= 0.6:
        return round(5 + share / 0.6 * 40), False
    return round(86 + (share - 0.6) / 0.4 * 14), True


def event_label(name: str) -> str:
    """An event's name in the reader's language; a shop's own names stay as they are."""
    known = event_names.NAMES.get(name)
    return name if known is None else t(known.zh, known.en)


def name_of(figure: FigureAnswer) -> str:
    return t(figure.zh, figure.en)
