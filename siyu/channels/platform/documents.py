"""Reads what platforms post: XML or JSON, as a mapping with no field lost. Pure.

An element without children is its text; several of one name are a list; attributes are not used by any platform.
XML goes through defusedxml: entities, and with them bombs and files, are refused. Of JSON, numbers are integers and
decimals; what no store keeps in a text (NUL, half of a character) becomes U+FFFD: a nickname that its platform cut
in the middle of an emoji must not cost the event it stands in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from siyu.storage import BadInput

BYTES_MAX = 2**20
DEPTH_MAX = 12
JSON_DEPTH_MAX = 64

_BEFORE = b"\xef\xbb\xbf \t\r\n"
"""What may stand before it: a mark of its encoding, white space."""

Document = Mapping[str, Any]


def read(body: bytes) -> Document:
    """Raises :class:`BadInput` for what is neither, too deep or no object."""
    return cast("Document", any_json(body)) if body.lstrip(_BEFORE)[:1] == b"{" else _xml(body)


def text(document: Document, *names: str) -> str:
    """The first of these fields that holds a text or a number, "" where none does."""
    for name in names:
        value = document.get(name)
        if isinstance(value, str | int) and value != "":
            return str(value)
    return ""


def number(value: object) -> int | None:
    """A whole number that fits the ledger; None for anything else."""
    try:
        found = int(str(value))
    except ValueError:
        return None
    return found if abs(found) < 2**62 else None


def any_json(text: str | bytes) -> Any:
    """A JSON value. Raises :class:`BadInput`."""
    try:
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text))
        found = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError, InvalidOperation):
        raise unreadable() from None
    if _is_deep(found):
        raise unreadable()
    return _mended(found) if _MAY_NEED_MENDING.search(text) else found


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _is_deep(value: Any) -> bool:
    """Whether it nests beyond what can be written again."""
    level = [value]
    for _ in range(JSON_DEPTH_MAX):
        inside = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [each for values in inside for each in values if isinstance(each, dict | list)]
        if not level:
            return False
    return True


_MAY_NEED_MENDING = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNFIT = re.compile("[\0\ud800-\udfff]")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _UNFIT.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_mended(name): _mended(each) for name, each in cast("dict[str, Any]", value).items()}
    return [_mended(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


def _xml(body: bytes) -> Document:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise unreadable() from None
    found = _value(root, 0)
    if isinstance(found, str):
        raise unreadable()
    return found


def _value(element: Element, depth: int) -> Any:
    if depth > DEPTH_MAX:
        raise unreadable()
    if len(element) == 0:
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _value(child, depth + 1)
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], list):
            found[child.tag].append(value)
        else:
            found[child.tag] = [found[child.tag], value]
    return found


def unreadable() -> BadInput:
    return BadInput(
        "callback_unreadable", "回调内容不是可读的 XML 或 JSON。", "The callback is no XML or JSON that can be read."
    )
