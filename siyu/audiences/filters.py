"""One operator on one field: of an event (``where``) or of a person (the profile condition)."""

from __future__ import annotations

from msgspec import Struct

from siyu.audiences.fields import Field, event_field, values_of_event
from siyu.audiences.operators import OPERATORS, Operand, Operator
from siyu.audiences.record import EventRecord
from siyu.audiences.sql import Moment, Query
from siyu.audiences.words import Words
from siyu.storage import BadInput


class Filter(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``{"field": "properties.category", "op": "is", "value": "口红"}``."""

    field: str
    op: str
    value: Operand = None

    def check(self, at: str) -> None:
        event_field(self.field, f"{at}.field")
        operator(self.op, at).check(self.value, at)

    def sql(self, query: Query) -> str:
        return sql_of(query, event_field(self.field, "field"), self.op, self.value)

    def reads(self, event: EventRecord, moment: Moment) -> bool:
        known = OPERATORS[self.op]
        matched = any(known.reads(value, self.value, moment) for value in values_of_event(self.field, event))
        return matched is (known.opposite_of is None)

    def sentence(self, words: Words) -> str:
        return sentence_of(words, event_field(self.field, "field"), self.op, self.value)


def operator(key: str, at: str) -> Operator:
    """The operator with this key, or :class:`BadInput` naming the path."""
    if key not in OPERATORS:
        choices = ", ".join(OPERATORS)
        raise BadInput(
            "rule_operator",
            f"没有名为「{key[:50]}」的运算。可用：{choices}。",
            f"There is no operator “{key[:50]}”. Known: {choices}.",
            field=f"{at}.op",
        )
    return OPERATORS[key]


def sql_of(query: Query, field: Field, op: str, value: Operand) -> str:
    """SQL: a boolean, never NULL."""
    known = OPERATORS[op]
    matched = f"ifNull({known.sql(query, field.readings, value)}, 0)"
    if field.over is not None:
        matched = f"arrayExists(x -> {matched}, {field.over})"
    return matched if known.opposite_of is None else f"NOT {matched}"


def sentence_of(words: Words, field: Field, op: str, value: Operand) -> str:
    """A field, an operator and its value as part of a sentence."""
    known = OPERATORS[op]
    said = known.sentence(words, value)
    return words.t(f"{field.said(words)}{_joint(said)}{said}", f"{field.said(words)} {said}")


def _joint(said: str) -> str:
    """Chinese runs on without a space, except before a Latin letter or digit."""
    return " " if said[:1].isascii() and said[:1].isalnum() else ""
