"""Traits: what somebody says about a person, and which column of the profile it belongs in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from siyu.storage import BadInput

IDENTIFYING_TRAITS: Mapping[str, str] = {
    "phone": "phone",
    "email": "email",
    "unionid": "unionid",
    "external_userid": "external_userid",
    "member_card": "member_card",
}
"""Trait → kind of identifier."""

COLUMNS = ("name", "sex", "birthday", "province", "city", "occupation")
"""Profile columns that a trait of the same name sets."""

SEXES: Mapping[str, str] = {
    **dict.fromkeys(("male", "m", "man", "男", "男性", "先生", "1"), "male"),
    **dict.fromkeys(("female", "f", "woman", "女", "女性", "女士", "2"), "female"),
}

ATTRIBUTES_MAX = 200
ATTRIBUTE_NAME_CHARACTERS_MAX = 64
TEXT_CHARACTERS_MAX = 2_000

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?")
_MONTH_DAY = re.compile(r"(?:--)?(\d{1,2})[-/.月](\d{1,2})日?")


def checked_traits(traits: Mapping[str, Any], where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Traits as (profile columns, further attributes). A null clears. Identifying traits are left out: they are
    identifiers. Raises :class:`BadInput` naming the trait."""
    columns: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for name, value in _flat(traits).items():
        if name in IDENTIFYING_TRAITS:
            continue
        if name in COLUMNS:
            columns[name] = _column(name, value, f"{where}.{name}")
        else:
            attributes[_attribute_name(name, where)] = _attribute(value, f"{where}.{name}")
    if len(attributes) > ATTRIBUTES_MAX:
        raise _bad(where, f"属性不能超过 {ATTRIBUTES_MAX} 个", f"holds more than {ATTRIBUTES_MAX} attributes")
    return columns, attributes


def _flat(traits: Mapping[str, Any]) -> dict[str, Any]:
    """The Segment spec's reserved traits under our names."""
    flat = dict(traits)
    address = flat.pop("address", None)
    if isinstance(address, Mapping):
        flat.setdefault("province", address.get("state") or address.get("province"))
        flat.setdefault("city", address.get("city"))
        flat = {key: value for key, value in flat.items() if not (key in ("province", "city") and value is None)}
    elif address is not None:
        flat["address"] = address
    if "gender" in flat:
        flat["sex"] = flat.pop("gender")
    if "name" not in flat and ("firstName" in flat or "lastName" in flat):
        first, last = str(flat.pop("firstName", "") or ""), str(flat.pop("lastName", "") or "")
        flat["name"] = (f"{first} {last}" if (first + last).isascii() else last + first).strip()
    return flat


def _column(name: str, value: Any, field: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _bad(field, "须为文字", "must be a text")
    text = "".join(character for character in str(value) if character.isprintable()).strip()
    if len(text) > ATTRIBUTE_NAME_CHARACTERS_MAX * 2:
        raise _bad(field, "太长", "is too long")
    if name == "sex":
        return SEXES.get(text.lower()) or _refuse(field, "须为 男 或 女", "must be male or female")
    if name == "birthday":
        return birthday_of(text) or _refuse(field, "须为日期，如 1990-05-17", "must be a date such as 1990-05-17")
    return text or None


def birthday_of(text: str) -> str | None:
    """``1990-05-17`` of the usual spellings; year 0001 where only month and day are told; None otherwise."""
    match = _DATE.fullmatch(text) or _MONTH_DAY.fullmatch(text)
    if match is None:
        return None
    parts = [int(part) for part in match.groups()]
    if len(parts) == 2:
        if tuple(parts) == (2, 29):
            return "0001-02-29"
        parts = [1, *parts]
    try:
        return date(*parts).isoformat()
    except ValueError:
        return None


def _refuse(field: str, zh: str, en: str) -> str:
    raise _bad(field, zh, en)


def _attribute_name(name: str, where: str) -> str:
    if not name or len(name) > ATTRIBUTE_NAME_CHARACTERS_MAX or not name.isprintable():
        raise _bad(f"{where}.{name[:64]}", "属性名须为 1 到 64 个可见字符", "must be named by 1 to 64 characters")
    return name


def _attribute(value: Any, field: str) -> Any:
    if isinstance(value, str):
        if len(value) > TEXT_CHARACTERS_MAX:
            raise _bad(field, f"不能超过 {TEXT_CHARACTERS_MAX} 字", f"has over {TEXT_CHARACTERS_MAX} characters")
        return value.replace("\x00", "")
    if isinstance(value, int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key)[:64]: _attribute(part, f"{field}.{key}") for key, part in list(value.items())[:ATTRIBUTES_MAX]}
    if isinstance(value, list):
        return [_attribute(part, f"{field}[{place}]") for place, part in enumerate(value[:ATTRIBUTES_MAX])]
    raise _bad(field, "类型不支持", "has a type that is not supported")


def _bad(field: str, zh: str, en: str) -> BadInput:
    return BadInput("bad_trait", f"{field}：{zh}。", f"{field}: {en}.", field=field)
