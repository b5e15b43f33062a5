"""What reports answer: the shapes behind ``--json``, the API and the published JSON Schemas.

Counts are integers; shares and averages of people are floats; money is a decimal (in JSON a string such as
``"8911407.90"``, because a JSON number loses cents). What has no value is ``null`` and says why in ``undefined``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

Number = int | float | Decimal


class Reason(Struct, frozen=True):
    """Why there is no value."""

    zh: str
    en: str


class PeriodAnswer(Struct, frozen=True):
    first: Annotated[date, Meta(description="First day, in the reporting zone")]
    last: Annotated[date, Meta(description="Last day, included")]


class Freshness(Struct, frozen=True):
    """How fresh an answer is."""

    computed: Annotated[datetime, Meta(description="When it was computed")]
    newest: Annotated[datetime | None, Meta(description="Time of the newest event in the log")]
    stored: Annotated[datetime | None, Meta(description="When the last batch of events was stored")]
    version: Annotated[str, Meta(description="State of the event log it was computed from")]
    stale: Annotated[bool, Meta(description="The event log has moved on since")] = False


class Point(Struct, frozen=True):
    start: date
    value: Number | None


class PartValue(Struct, frozen=True):
    part: Annotated[str, Meta(description="Value of the breakdown; empty where it is not known")]
    value: Number | None
    before: Number | None


class FigureAnswer(Struct, frozen=True):
    """One figure of a period, beside the period before."""

    name: str
    zh: str
    en: str
    unit: Annotated[str, Meta(description="people, events, orders, messages, money or share")]
    good: Annotated[str, Meta(description="The welcome direction: up, down or neither")]
    value: Number | None
    undefined: Reason | None
    before: Annotated[Number | None, Meta(description="The same over the period before")]
    change: Annotated[float | None, Meta(description="(value − before) ÷ before; null where before is nothing")]
    meaning_zh: str
    meaning_en: str
    sides: Annotated[list[Number | None] | None, Meta(description="Of a ratio: what is divided, and by what")] = None
    series: list[Point] | None = None
    parts: list[PartValue] | None = None


def cents(value: Decimal) -> Decimal:
    """Money as shown: two places, half to even."""
    return value.quantize(Decimal("0.01"))


def plain(answer: Struct) -> dict[str, Any]:
    """An answer as dicts, lists, numbers and strings, ready for ``json.dumps``."""
    return msgspec.to_builtins(answer)
