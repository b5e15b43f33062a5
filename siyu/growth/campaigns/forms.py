"""The form of any mechanic's rules, made from its struct; and what somebody wrote into it, as rules.

Amounts are written as people write them (12.50 yuan, 0.5 %) and kept in the smallest unit. Rows of a list are the
fields of another struct, numbered from 0: ``rungs.0.friends``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec
from msgspec import inspect

from siyu.growth.campaigns.mechanic import UNITS, Finding, Words
from siyu.growth.purses.givers import GIVERS

ROWS_MAX = 12
TEXT_CHARACTERS_MAX = 200
SCALES: Mapping[str, int] = {"yuan": 2, "millionth": 4}
"""Unit → decimals that people may write: an amount times ten to that power is kept."""

Sort = Literal["whole", "amount", "text", "yes", "choice", "rows"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. ``low``, ``high``: in the kept unit. ``rows``: the fields of each row of a list."""

    name: str
    words: Words
    sort: Sort
    unit: str = ""
    note: Words = ("", "")
    choices: Mapping[str, Words] = field(default_factory=dict[str, Words])
    low: int | None = None
    high: int | None = None
    default: Any = None
    rows: tuple[Field, ...] = ()


class Unfit(Exception):
    """What was written can't be rules: the findings say where."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(f"{len(findings)} fields")
        self.findings = findings


def fields_of(rules: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The form of a struct of rules."""
    shape = inspect.type_info(rules)
    assert isinstance(shape, inspect.StructType)
    return tuple(_field(each) for each in shape.fields)


def _field(each: inspect.Field) -> Field:
    kind, extra = each.type, dict[str, Any]()
    if isinstance(kind, inspect.Metadata):
        extra, kind = dict(kind.extra or {}), kind.type
    name = each.encode_name
    words = extra.get("words") or (name, name)
    note = extra.get("note") or ("", "")
    unit = str(extra.get("unit") or "")
    default = None if each.default is msgspec.NODEFAULT else each.default
    same: dict[str, Any] = {"name": name, "words": words, "note": note, "unit": unit, "default": default}
    if isinstance(kind, inspect.IntType):
        sort: Sort = "amount" if unit in SCALES or unit == "reward" else "whole"
        return Field(**same, sort=sort, low=_whole(kind.ge), high=_whole(kind.le))
    if isinstance(kind, inspect.BoolType):
        return Field(**same, sort="yes")
    if isinstance(kind, inspect.LiteralType):
        choices = {str(value): extra.get("choices", {}).get(value, (str(value),) * 2) for value in kind.values}
        return Field(**same, sort="choice", choices=choices)
    if isinstance(kind, inspect.ListType | inspect.VarTupleType) and isinstance(kind.item_type, inspect.StructType):
        return Field(**same, sort="rows", rows=tuple(_field(row) for row in kind.item_type.fields))
    if isinstance(kind, inspect.StrType):
        if unit == "kind":
            return Field(**same, sort="choice", choices={giver.kind: (giver.zh, giver.en) for giver in GIVERS.values()})
        return Field(**same, sort="text", high=kind.max_length or TEXT_CHARACTERS_MAX)
    raise TypeError(f"no form for {name}: {kind!r}")


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def read(rules: type[msgspec.Struct], written: Mapping[str, str]) -> msgspec.Struct:
    """What a form holds (name → text, rows flattened) → rules. Raises :class:`Unfit`."""
    findings: list[Finding] = []
    document = _read_fields(fields_of(rules), written, "", findings)
    if findings:
        raise Unfit(findings)
    return from_document(rules, document)


def from_document(rules: type[msgspec.Struct], document: Any) -> msgspec.Struct:
    """A document in kept units, as the API takes it → rules. Raises :class:`Unfit`."""
    try:
        return msgspec.convert(document, rules, strict=True)
    except msgspec.ValidationError as error:
        text = str(error)
        at = text.rpartition("`$.")[2].rstrip("`") if "`$." in text else ""
        name = at.replace("[", ".").replace("]", "")
        raise Unfit([Finding(name or "rules", f"规则不合要求：{text}", f"Not fit: {text}", "stop")]) from None


def _read_fields(
    fields: Sequence[Field], written: Mapping[str, str], before: str, findings: list[Finding]
) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for each in fields:
        name = before + each.name
        if each.sort == "rows":
            document[each.name] = _rows(each, written, name, findings)
            continue
        text = written.get(name, "").strip()
        if each.sort == "yes":
            document[each.name] = text not in ("", "false", "0")
            continue
        meant = _of_kind(each, document.get("kind"))
        if not text and each.default is not None and (meant.unit != "yuan" or name not in written):
            document[each.name] = each.default
        else:
            value, wrong = _one(meant, text)
            document[each.name] = value
            if wrong is not None:
                findings.append(Finding(name, *wrong, "stop"))
    return document


def _of_kind(each: Field, kind: object) -> Field:
    """How much of a reward is written in the unit of its kind."""
    if each.unit != "reward":
        return each
    giver = GIVERS.get(str(kind))
    return replace(each, unit="pieces" if giver is None else giver.currency)


def _rows(each: Field, written: Mapping[str, str], name: str, findings: list[Finding]) -> list[dict[str, Any]]:
    """Rows in which nothing but ready-made choices stands are no rows."""
    found: list[dict[str, Any]] = []
    for number in range(ROWS_MAX):
        before = f"{name}.{number}."
        told = [row for row in each.rows if row.sort in ("whole", "amount", "text")]
        if any(written.get(before + row.name, "").strip() for row in told):
            found.append(_read_fields(each.rows, written, before, findings))
    if not found:
        findings.append(Finding(name, "至少填一行。", "At least one row.", "stop"))
    return found


def _one(each: Field, text: str) -> tuple[Any, Words | None]:
    if each.sort == "text":
        most = each.high or TEXT_CHARACTERS_MAX
        return text, None if len(text) <= most else (f"最多 {most} 字。", f"At most {most} characters.")
    if each.sort == "choice":
        return text, None if text in each.choices else ("请选择一项。", "Choose one.")
    scale = SCALES.get(each.unit, 0)
    try:
        kept = Decimal(text).scaleb(scale)
        fit = kept.is_finite() and kept == kept.to_integral_value() and abs(kept) < 10**15
    except InvalidOperation:
        kept, fit = Decimal(0), False
    if not fit:
        return 0, ("请填写数字。", "Write a number.") if not scale else (
            f"请填写数字，最多 {scale} 位小数。",
            f"Write a number with at most {scale} decimals.",
        )
    value = int(kept)
    if (each.low is not None and value < each.low) or (each.high is not None and value > each.high):
        return value, _between(each)
    return value, None


def _between(each: Field) -> Words:
    low, high = (as_written(each.unit, bound) if bound is not None else "" for bound in (each.low, each.high))
    if low and high:
        return f"应为 {low} 到 {high}。", f"From {low} to {high}."
    return (f"至少 {low}。", f"At least {low}.") if low else (f"最多 {high}。", f"At most {high}.")


def as_written(unit: str, kept: int) -> str:
    """A kept amount as people write it: 1250 cents are 12.5."""
    scale = SCALES.get(unit, 0)
    return f"{Decimal(kept).scaleb(-scale).normalize():f}" if scale else str(kept)


def filled(rules: msgspec.Struct) -> dict[str, str]:
    """Rules as they stand in their form: name → text."""
    return dict(_filled(fields_of(type(rules)), rules, ""))


def _filled(fields: Sequence[Field], rules: Any, before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for each in fields:
        value = getattr(rules, each.name)
        if each.sort == "rows":
            for number, row in enumerate(value):
                found += _filled(each.rows, row, f"{before}{each.name}.{number}.")
        elif each.sort == "yes":
            found.append((before + each.name, "1" if value else ""))
        elif each.sort in ("whole", "amount"):
            unit = _of_kind(each, getattr(rules, "kind", None)).unit
            found.append((before + each.name, as_written(unit, value)))
        else:
            found.append((before + each.name, str(value)))
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as a page says it."""

    words: Words
    value: Words


def told(rules: msgspec.Struct) -> list[Line]:
    """Rules as a page says them: every field with its words, value and unit."""
    return _told(fields_of(type(rules)), rules)


def _told(fields: Sequence[Field], rules: Any) -> list[Line]:
    lines: list[Line] = []
    for each in fields:
        value = getattr(rules, each.name)
        if each.sort == "rows":
            for number, row in enumerate(value, 1):
                own = _told(each.rows, row)
                words = (f"{each.words[0]} {number}", f"{each.words[1]} {number}")
                lines.append(Line(words, (_joined(own, 0, "，"), _joined(own, 1, ", "))))
        elif each.unit == "kind" or (each.unit == "reward" and _is_one(each, value, rules)):
            continue  # the title says it
        elif each.sort == "yes":
            lines.append(Line(each.words, ("是", "yes") if value else ("否", "no")))
        elif each.sort == "choice":
            lines.append(Line(each.words, each.choices.get(str(value), (str(value), str(value)))))
        elif each.sort in ("whole", "amount"):
            unit = _of_kind(each, getattr(rules, "kind", None)).unit
            lines.append(Line(each.words, (_with_unit(unit, value, 0), _with_unit(unit, value, 1))))
        elif value:
            lines.append(Line(each.words, (str(value), str(value))))
    return lines


def _with_unit(unit: str, value: int, tongue: int) -> str:
    """``¥99.00``, ``40%``, ``3 人``, ``1 hour``."""
    written, word = as_written(unit, value), UNITS[unit][tongue]
    if unit == "yuan":
        return f"¥{Decimal(value).scaleb(-2):,.2f}"
    if word == "%":
        return f"{written}%"
    if tongue and value == 1:
        word = {"people": "person"}.get(word, word.removesuffix("s"))
    return f"{written} {word}".strip()


def _is_one(each: Field, value: object, rules: Any) -> bool:
    return value == 1 and _of_kind(each, getattr(rules, "kind", None)).unit == "pieces"


def _joined(lines: Sequence[Line], tongue: int, between: str) -> str:
    return between.join(f"{line.words[tongue]}{'：' if not tongue else ': '}{line.value[tongue]}" for line in lines)
