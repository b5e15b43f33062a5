"""One person and their events as plain Python values: what the slow reading of a rule reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class EventRecord:
    """One event. ``time`` in UTC milliseconds; ``properties`` as dotted paths; lines have sku, title, category,
    quantity and price."""

    time: int
    name: str
    source: str = ""
    order: str = ""
    amount: Decimal = Decimal(0)
    lines: Sequence[Mapping[str, Any]] = ()
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    message_id: str = ""


@dataclass(frozen=True)
class PersonRecord:
    """One kept person with the events of all nodes that were merged into it. ``created`` is the local date."""

    person: int
    created: str = ""
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """The built-in fields that are texts: name, sex, province, city, occupation, origin_*, birthday."""
    minor: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tags: frozenset[int] = frozenset()
    layers: Mapping[str, str] = field(default_factory=dict[str, str])
    consents: frozenset[str] = frozenset()
    refusals: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    events: Sequence[EventRecord] = ()
