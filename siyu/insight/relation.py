"""The events that add up to something: one relation, from which both the value and the drill-down are read.

A :class:`Relation` is a SELECT with the columns of ``COLUMNS``. A figure measures it, a report's cell narrows it,
tracing lists it. Because all three read the same text, they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from siyu.audiences.sql import Moment, Query
from siyu.insight.period import bucket
from siyu.people.event_names import NAMES
from siyu.storage import BadInput, Stores
from siyu.storage.eventlog_schema import PERSON

COLUMNS = ("kept", "node", "time", "name", "message_id", "source", "batch", "record", "order", "amount")
"""``kept`` is the person today (merges applied), ``node`` the one that the event came with."""

EVENT_COLUMNS = f"{PERSON} AS kept, person AS node, time, name, message_id, source, batch, record, `order`, amount"

PASSIVE = tuple(name for name, known in NAMES.items() if not known.visit)
"""Events that say nothing of a person being active: what the product did, shop's corrections, and goodbyes.
A shop's own events count as activity."""

ACTIVE = "name NOT IN (" + ", ".join(f"'{name}'" for name in PASSIVE) + ")"

Events = Literal["every", "active"] | tuple[str, ...]
"""Which events count, whoever's and whenever: all, those of :data:`ACTIVE`, or those of these names."""


def counted(events: Events) -> str:
    """SQL: the condition under which an event is one of ``events``."""
    if events == "every":
        return "1"
    if events == "active":
        return ACTIVE
    quoted = [f"'{name}'" for name in events]
    return f"name = {quoted[0]}" if len(quoted) == 1 else f"name IN ({', '.join(quoted)})"


DELIVERY = "properties.delivery_id.:String"


@dataclass(frozen=True, slots=True)
class Relation:
    """A SELECT of ``COLUMNS`` (and perhaps ``weight``, ``thing``, ``part``), with its parameters."""

    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def narrowed(self, condition: str, **parameters: Any) -> Relation:
        return Relation(f"SELECT * FROM ({self.sql}) WHERE {condition}", {**self.parameters, **parameters})


def query_at(stores: Stores, zone: str) -> Query:
    """Gathers what a user gave as bound parameters, as in audiences; "days ago" is meant from now, in this zone."""
    return Query(Moment(stores.clock.now(), ZoneInfo(zone)))


# What figures and reports can be split by.


@dataclass(frozen=True, slots=True)
class Part:
    """A way to split: ``expression`` over an event's columns, or over a person's row where ``of_person``; ``people``
    is SQL of (of_person, part) where the projection does not hold it."""

    name: str
    zh: str
    en: str
    expression: str
    of_person: bool = False
    people: str = ""


PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part("source", "事件来源", "Source of the event", "source"),
        Part("event", "事件", "Event", "name"),
        Part("channel", "渠道", "Channel", "ifNull(properties.channel.:String, '')"),
        Part("origin", "客户来源", "What brought the person", "toString(origin_source)", True),
        Part("campaign", "来源活动", "Campaign that brought the person", "toString(origin_campaign)", True),
        Part("adviser", "来源员工", "Adviser who brought the person", "toString(origin_staff)", True),
        Part("province", "省份", "Province", "toString(province)", True),
        Part("city", "城市", "City", "toString(city)", True),
        Part("sex", "性别", "Sex", "toString(sex)", True),
    )
}

LAYER_NAME_MAX = 60


def part_named(name: str, zone: str) -> Part:
    """A way to split by its name: one of ``PARTS``, ``day``, ``week``, ``month`` or ``layer:<scheme>``."""
    if name in PARTS:
        return PARTS[name]
    if name in ("day", "week", "month"):
        labels = {"day": ("日", "Day"), "week": ("周", "Week"), "month": ("月", "Month")}
        return Part(name, *labels[name], bucket(name, zone))
    scheme = name.removeprefix("layer:")
    if name.startswith("layer:") and scheme.isidentifier() and scheme.isascii() and len(scheme) <= LAYER_NAME_MAX:
        return Part(name, f"分层 {scheme}", f"Layer {scheme}", f"toString(layers['{scheme}'])", True)
    known = "、".join([*PARTS, "day", "week", "month", "layer:<scheme>"])
    raise BadInput(
        "unknown_breakdown",
        f"不能按“{name[:60]}”拆分，可用：{known}。",
        f"There is no breakdown {name[:60]!r}; there are {known.replace('、', ', ')}.",
        field="by",
    )


def people_parts(part: Part) -> str:
    """SQL: (of_person, part) of everybody in the projection, or of those whom the part names."""
    return part.people or f"SELECT person AS of_person, {part.expression} AS part FROM people FINAL WHERE gone = 0"
