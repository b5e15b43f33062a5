"""Reads what platforms write as JSON: objects, texts, times, identifiers. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast

from siyu.channels.platform.documents import Document, any_json, unreadable

CHINA = timezone(timedelta(hours=8))
"""What Chinese platforms mean by a time without a zone."""

TEXT_CHARACTERS_MAX = 200


def loads(text: str | bytes) -> Document:
    """A JSON object; its numbers are integers and decimals. Raises :class:`BadInput`."""
    found = any_json(text)
    if not isinstance(found, dict):
        raise unreadable()
    return cast("Document", found)


def inner(document: Document, name: str) -> Document:
    """The object under a name, also where it is written as a text; empty where there is none."""
    value = document.get(name)
    if isinstance(value, str) and value.strip().startswith("{"):
        return loads(value)
    return cast("Document", value) if isinstance(value, dict) else {}


def listed(document: Document, name: str) -> list[Document]:
    """The objects of the list under a name."""
    value = document.get(name)
    if not isinstance(value, list):
        return []
    return [cast("Document", each) for each in cast("list[Any]", value) if isinstance(each, dict)]


def text(document: Document, *names: str, characters_max: int = TEXT_CHARACTERS_MAX) -> str:
    """The first of these that holds a text or a number: printable, trimmed, cut; "" where none does."""
    for name in names:
        value = document.get(name)
        if isinstance(value, str | int | Decimal) and not isinstance(value, bool) and value != "":
            return "".join(filter(str.isprintable, str(value))).strip()[:characters_max]
    return ""


def moment(value: Any) -> datetime | None:
    """A time as platforms write it: seconds, milliseconds, "2026-01-01 12:00:00" (of China), ISO 8601; None for
    nothing of the kind, and for years that no order has."""
    try:
        found = _epoch(int(str(value))) if re.fullmatch(r"\d{9,14}", str(value)) else datetime.fromisoformat(str(value))
        found = found if found.tzinfo else found.replace(tzinfo=CHINA)
        return found.astimezone(UTC) if 2000 <= found.year < 2200 else None
    except (ValueError, OverflowError, OSError):
        return None


def _epoch(number: int) -> datetime:
    return datetime.fromtimestamp(number / 1000 if number > 99_999_999_999 else number, UTC)


def first_moment(document: Document, *names: str) -> datetime | None:
    """The first of these that is a time."""
    return next((at for name in names if (at := moment(document.get(name))) is not None), None)


_LINE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)(?:\.DATA)?\s*[:：]\s*(.*)")


def named_lines(text: str) -> dict[str, str]:
    """The data of a template as an operator writes them, ``thing1: 面膜`` a line; a line without a name belongs to the
    one before."""
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            last = match.group(1)
            found[last] = match.group(2).strip()
        elif last and line.strip():
            found[last] = f"{found[last]} {line.strip()}"
    return found


_PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})|(\+(?!86)[1-9]\d{6,14})")
_EMAIL = re.compile(r"[^@\s\"<>(),;:*]{1,64}@[^@\s\"<>(),;:*]+\.[A-Za-z]{2,24}")
_NOBODY = frozenset(
    {"null", "none", "nil", "nan", "undefined", "unknown", "anonymous", "true", "false", "n/a", "-", "0", "00"}
)
_VALUE = re.compile(r"[\x21-\x7e]{1,200}")
_PART = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


def is_part(value: str) -> bool:
    """Whether it can stand behind the colon of an identifier's kind (``openid:<app>``)."""
    return _PART.fullmatch(value) is not None


def spelt(kind: str, value: str) -> str:
    """The identifier as people's identities are spelt, so that it is found again; "" where it is none."""
    if kind == "phone":
        phone = _PHONE.fullmatch(re.sub(r"[\s\-]", "", value))
        return "" if phone is None else phone[2] or f"+86{phone[1]}"
    if kind == "email":
        return value.lower() if _EMAIL.fullmatch(value) else ""
    return value if "*" not in value and value.lower() not in _NOBODY and _VALUE.fullmatch(value) else ""
