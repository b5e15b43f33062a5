"""What a scheme of layers is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from siyu.audiences.model import Rule
from siyu.audiences.words import Pair

Value = int | str
Values = Mapping[str, Value]
THRESHOLD_MAX = 10**12


@dataclass(frozen=True)
class Threshold:
    """One limit an operator may set."""

    key: str
    label: Pair
    default: Value
    unit: Literal["days", "orders", "money", "field"]


@dataclass(frozen=True)
class Layer:
    """One layer: its rule, asked after those of the layers before it, and what it means in a sentence.

    ``rule`` is None in a scheme that is computed by its own SQL.
    """

    key: str
    label: Pair
    rule: Rule | None = None
    meaning: Pair = ("", "")


@dataclass(frozen=True)
class Scheme:
    """A way to put people into layers, with the thresholds in force."""

    key: str
    label: Pair
    about: Pair
    layers: tuple[Layer, ...]
    thresholds: tuple[Threshold, ...] = ()
    values: Values = field(default_factory=dict[str, Value])
    own: bool = False
    enabled: bool = True
    computed: datetime | None = None
    sql: Callable[[Values, datetime], str] | None = None
    """For a scheme that rules can't say (fifths of all buyers, net sales): rows ``(person, layer)`` at a moment."""


@dataclass(frozen=True)
class BuiltIn:
    """A scheme the product brings, before its thresholds are set."""

    key: str
    label: Pair
    about: Pair
    thresholds: tuple[Threshold, ...]
    layers: Callable[[Values], tuple[Layer, ...]]
    rising: tuple[tuple[str, str], ...] = ()
    """Pairs of thresholds of which the first has to be below the second."""
    sql: Callable[[Values, datetime], str] | None = None

    def with_values(self, given: Values, *, enabled: bool = True, computed: datetime | None = None) -> Scheme:
        values: dict[str, Value] = {each.key: given.get(each.key, each.default) for each in self.thresholds}
        return Scheme(
            key=self.key,
            label=self.label,
            about=self.about,
            layers=self.layers(values),
            thresholds=self.thresholds,
            values=values,
            enabled=enabled,
            computed=computed,
            sql=self.sql,
        )
