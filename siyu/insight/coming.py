"""What ``siyu touchpoint figures``, ``siyu path figures`` and the API answer of where people come from and how far they
come."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from siyu.growth.paths import keeping as paths
from siyu.insight import paths as path_figures
from siyu.insight.reports.funnel import StepAnswer
from siyu.insight.touchpoints import Line, figures_of
from siyu.storage import Stores


class LineAnswer(msgspec.Struct, frozen=True):
    """One touchpoint in the period. `people` came by it up to the last day, `friends` became one in the period. `cents`
    was spent, of that `rewards_cents` money granted in its campaigns. Retention and repeat rate are those of the report
    `core`, of its people. `lifetime_cents`: net sales so far a person. Null: nobody to divide by."""

    touchpoint: int | None
    name: str
    kind: str
    people: int
    friends: int
    cents: int
    rewards_cents: int
    friend_cents: float | None
    retention_7: float | None
    retention_30: float | None
    repeat_30: float | None
    worth_cents: int
    lifetime_cents: float | None


class TouchpointFiguresAnswer(msgspec.Struct, frozen=True):
    """A period: every touchpoint, the most friends first; `nowhere`: people of whom nothing says where they came
    from; `total`: everybody."""

    first: date
    last: date
    touchpoints: list[LineAnswer]
    nowhere: LineAnswer
    total: LineAnswer


class PathFiguresAnswer(msgspec.Struct, frozen=True):
    """Who entered in the period, and how far they came. `scans`: people placed for the first time by the live codes
    that lead to it, null where none does. `steps` begin with the entry; empty where nothing leads to it yet. `open`:
    the time of the last who entered is not over."""

    path: int
    first: date
    last: date
    scans: int | None
    steps: list[StepAnswer]
    open: bool


def _line(found: Line) -> LineAnswer:
    of = found.touchpoint
    same = (name for name in LineAnswer.__struct_fields__ if name not in ("touchpoint", "name", "kind"))
    figures: dict[str, Any] = {name: getattr(found, name) for name in same}
    if of is None:
        return LineAnswer(touchpoint=None, name="", kind="", **figures)
    return LineAnswer(touchpoint=of.id, name=of.name, kind=of.kind, **figures)


def touchpoints_told(stores: Stores, first: date | None, last: date | None) -> TouchpointFiguresAnswer:
    """Raises :class:`~siyu.storage.BadInput`."""
    found = figures_of(stores, first, last)
    lines = [_line(each) for each in found.lines]
    return TouchpointFiguresAnswer(found.first, found.last, lines, _line(found.nowhere), _line(found.total))


def path_told(stores: Stores, path: int, first: date | None, last: date | None) -> PathFiguresAnswer:
    """Raises :class:`~siyu.storage.NotFound`, :class:`~siyu.storage.BadInput`."""
    found = path_figures.figures_of(stores, paths.get_path(stores, path), first, last)
    steps = found.funnel.steps if found.funnel is not None else []
    return PathFiguresAnswer(path, found.first, found.last, found.scans, steps, found.open)
