"""What an operator can be applied to: the fields of an event and of a person, read in SQL and in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from siyu.audiences.record import EventRecord, PersonRecord
from siyu.audiences.sql import Moment, check_path, json_value
from siyu.audiences.values import date_sql, number_sql
from siyu.audiences.words import Pair, Words
from siyu.people.event_names import property_words
from siyu.storage import BadInput

PROPERTY = "properties."
ATTRIBUTE = "attributes."


@dataclass(frozen=True)
class Readings:
    """SQL of one value read in each way; every expression is NULL where the value can't be read so."""

    text: str = "CAST(NULL, 'Nullable(String)')"
    number: str = "CAST(NULL, 'Nullable(Int64)')"
    """In ten-thousandths; texts that look like numbers count."""
    plain: str = "CAST(NULL, 'Nullable(Int64)')"
    """In ten-thousandths; texts do not count."""
    date: str = "CAST(NULL, 'Nullable(String)')"
    truth: str = "CAST(NULL, 'Nullable(Bool)')"
    items: str = "CAST([], 'Array(Nullable(String))')"
    present: str = "0"


@dataclass(frozen=True)
class Field:
    """One field. ``over`` is the SQL array whose elements ``x`` are read, where an event has many values."""

    key: str
    label: Pair
    kind: str
    """What it usually holds (text, number, date, truth, any): which operators a form offers first."""
    readings: Readings
    over: str | None = None

    def said(self, words: Words) -> str:
        return words.pair(self.label)


def _text(column: str) -> Readings:
    return Readings(text=f"nullIf({column}, '')", date=date_sql(f"nullIf({column}, '')"), present=f"{column} != ''")


def _date(text: str, present: str) -> Readings:
    return Readings(text=text, date=date_sql(text), present=present)


def _number(value: str) -> Readings:
    # A Decimal(18, 4) is kept as its whole ten-thousandths: reading those costs nothing.
    return Readings(number=f"reinterpretAsInt64({value})", plain=f"reinterpretAsInt64({value})", present="1")


def _json(column: str, path: str) -> Readings:
    text, whole, real = (json_value(column, path, kind) for kind in ("String", "Int64", "Float64"))
    return Readings(
        text=text,
        number=number_sql(text, whole, real),
        plain=number_sql("", whole, real),
        date=date_sql(text),
        truth=json_value(column, path, "Bool"),
        items=json_value(column, path, "`Array(Nullable(String))`"),
        present=f"(isNotNull({column}.`{path}`) AND NOT ifNull({text} = '', 0))",
    )


def _field(key: str, zh: str, en: str, kind: str, readings: Readings, over: str | None = None) -> Field:
    return Field(key, (zh, en), kind, readings, over)


EVENT_FIELDS: Mapping[str, Field] = {
    known.key: known
    for known in (
        _field("amount", "金额", "amount", "number", _number("amount")),
        _field("source", "数据来源", "data source", "text", _text("source")),
        _field("order", "订单号", "order number", "text", _text("order")),
        _field("line.sku", "商品编码", "product code", "text", _text("x"), "lines.sku"),
        _field("line.title", "商品名称", "product title", "text", _text("x"), "lines.title"),
        _field("line.category", "商品类目", "product category", "text", _text("toString(x)"), "lines.category"),
        _field("line.quantity", "商品件数", "quantity", "number", _number("x"), "lines.quantity"),
        _field("line.price", "商品单价", "unit price", "number", _number("x"), "lines.price"),
    )
}

_BIRTHDAY = "toString(birthday)"
_CREATED = "formatDateTime(created, '%F', '{zone}')"

PERSON_FIELDS: Mapping[str, Field] = {
    known.key: known
    for known in (
        _field("name", "姓名", "name", "text", _text("name")),
        _field("sex", "性别", "sex", "text", _text("sex")),
        _field("birthday", "生日", "birthday", "date", _date(_BIRTHDAY, "isNotNull(birthday)")),
        _field("province", "省份", "province", "text", _text("province")),
        _field("city", "城市", "city", "text", _text("city")),
        _field("occupation", "职业", "occupation", "text", _text("occupation")),
        _field("origin_source", "来源渠道", "origin", "text", _text("origin_source")),
        _field("origin_campaign", "来源活动", "origin campaign", "text", _text("origin_campaign")),
        _field("origin_staff", "来源员工", "origin staff", "text", _text("origin_staff")),
        _field("created", "建档日期", "first known", "date", _date(_CREATED, "1")),
        _field("tier", "会员等级（编号）", "tier (its key)", "text", _text("layers['tier']")),
        _field("minor", "未成年", "a minor", "truth", Readings(truth="minor = 1", present="1")),
    )
}


def event_field(key: str, at: str) -> Field:
    """The field of an event with this key, or :class:`BadInput` naming ``at``."""
    return _found(key, at, EVENT_FIELDS, PROPERTY, "properties")


def person_field(key: str, at: str, moment: Moment | None = None) -> Field:
    """The field of a person with this key, or :class:`BadInput` naming ``at``."""
    found = _found(key, at, PERSON_FIELDS, ATTRIBUTE, "attributes")
    if moment is None or "{zone}" not in found.readings.text:
        return found
    zoned = _CREATED.replace("{zone}", moment.zone.key)
    return Field(found.key, found.label, found.kind, _date(zoned, "1"))


def _found(key: str, at: str, known: Mapping[str, Field], prefix: str, column: str) -> Field:
    if key in known:
        return known[key]
    if not key.startswith(prefix) or key == prefix:
        choices = ", ".join((*known, f"{prefix}…"))
        raise BadInput(
            "rule_field",
            f"没有名为「{key[:50]}」的字段。可用：{choices}。",
            f"There is no field “{key[:50]}”. Known: {choices}.",
            field=at,
        )
    path = key.removeprefix(prefix)
    check_path(path, at)
    zh, en = property_words(path)
    words = (zh, en if en == path or en.isupper() else en.lower())  # they stand in the middle of a sentence
    return Field(key, words, "any", _json(column, path))


def values_of_event(key: str, event: EventRecord) -> list[Any]:
    """Every value the field has in an event; None stands for a missing one."""
    if key.startswith("line."):
        return [line[key.removeprefix("line.")] for line in event.lines]
    if key.startswith(PROPERTY):
        return [event.properties.get(key.removeprefix(PROPERTY))]
    readers: dict[str, Callable[[EventRecord], Any]] = {
        "amount": lambda it: it.amount,
        "source": lambda it: it.source or None,
        "order": lambda it: it.order or None,
    }
    return [readers[key](event)]


def value_of_person(key: str, person: PersonRecord) -> Any:
    """The value the field has for a person; None where it is missing."""
    if key.startswith(ATTRIBUTE):
        return person.attributes.get(key.removeprefix(ATTRIBUTE))
    if key == "minor":
        return person.minor
    if key == "created":
        return person.created
    if key == "tier":
        return person.layers.get("tier") or None
    return person.texts.get(key) or None
