"""What ``siyu touchpoint …``, the API and the console answer of touchpoints. Their figures: ``siyu.insight.coming``."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from siyu.growth.touchpoints import keeping
from siyu.growth.touchpoints.model import Cost, Mark, Touchpoint
from siyu.storage import Stores


class MarkAnswer(msgspec.Struct, frozen=True):
    """What belongs to it: `kind` is `code` (a live code's number), `way` (the number of a code at WeCom), `state` (any
    channel state), `utm` (`utm_source` of links), `campaign` (a campaign's slug)."""

    kind: str
    value: str


class TouchpointAnswer(msgspec.Struct, frozen=True):
    """A place where people come from. `archived`: offered no more, its figures stay."""

    id: int
    name: str
    kind: str
    note: str
    marks: list[MarkAnswer]
    archived: datetime | None
    created: datetime
    by: str


class TouchpointsAnswer(msgspec.Struct, frozen=True):
    """All touchpoints, by name."""

    touchpoints: list[TouchpointAnswer]


class CostAnswer(msgspec.Struct, frozen=True):
    """Money spent from `first` to `last` (both counted), the same every day; `cents` in all."""

    id: int
    touchpoint: int
    first: date
    last: date
    cents: int
    note: str
    at: datetime
    by: str


class CostsAnswer(msgspec.Struct, frozen=True):
    """Costs of one touchpoint, the newest first."""

    costs: list[CostAnswer]


def _told(found: Touchpoint, marks: list[Mark]) -> TouchpointAnswer:
    own = {name: getattr(found, name) for name in TouchpointAnswer.__struct_fields__ if name != "marks"}
    return TouchpointAnswer(marks=[MarkAnswer(mark.kind, mark.value) for mark in marks], **own)


def all_told(stores: Stores, *, archived: bool) -> TouchpointsAnswer:
    """All of them."""
    marks = keeping.marks_of(stores)
    found = keeping.list_touchpoints(stores, archived=archived)
    return TouchpointsAnswer([_told(each, marks.get(each.id, [])) for each in found])


def touchpoint_told(stores: Stores, touchpoint: int) -> TouchpointAnswer:
    """One. Raises :class:`~siyu.storage.NotFound`."""
    found = keeping.get_touchpoint(stores, touchpoint)
    return _told(found, keeping.marks_of(stores).get(touchpoint, []))


def cost_told(found: Cost) -> CostAnswer:
    """One cost."""
    return CostAnswer(**{name: getattr(found, name) for name in CostAnswer.__struct_fields__})


def costs_told(stores: Stores, touchpoint: int) -> CostsAnswer:
    """Raises :class:`~siyu.storage.NotFound`."""
    keeping.get_touchpoint(stores, touchpoint)
    return CostsAnswer([cost_told(each) for each in keeping.costs_of(stores, touchpoint).get(touchpoint, [])])
