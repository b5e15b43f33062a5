"""Reads what platforms post: XML or JSON, as a mapping with no field lost. Pure.

An element without children is its text; several of one name are a list; attributes are not used by any platform.
XML goes through defusedxml: entities, and with them bombs and files, are refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from siyu.storage import BadInput

BYTES_MAX = 2**20
DEPTH_MAX = 12

Document = Mapping[str, Any]


def read(body: bytes) -> Document:
    """Raises :class:`BadInput` for what is neither, too deep or no object."""
    return _json(body) if body.lstrip()[:1] == b"{" else _xml(body)


def text(document: Document, *names: str) -> str:
    """The first of these fields that holds a text or a number, "" where none does."""
    for name in names:
        value = document.get(name)
        if isinstance(value, str | int) and value != "":
            return str(value)
    return ""


def _json(body: bytes) -> Document:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise unreadable() from None
    return cast("Document", found)


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
