"""Fields of what WeCom tells, made fit to be kept."""

from __future__ import annotations

import re
from typing import Any

from siyu.channels.platform.documents import Document, text
from siyu.channels.platform.reading import spelt

TEXT_CHARACTERS_MAX = 200
_ID = re.compile(r"[\x21-\x7e]{1,128}")


def printable(value: str) -> str:
    """Without what can't be seen, and not too long."""
    if not value.isprintable():
        value = "".join(filter(str.isprintable, value))
    return value[:TEXT_CHARACTERS_MAX]


def told(document: Document, *names: str) -> str:
    """The first of these fields that holds something, printable."""
    return printable(text(document, *names))


def is_id(document: Document, name: str) -> bool:
    return is_identifier(text(document, name))


def is_identifier(value: object) -> bool:
    """Not what broken senders write for nobody either (``null``)."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None and bool(spelt("external_userid", value))


def items(document: Document, name: str) -> list[str]:
    """The texts of ``<name><Item>…</Item></name>``."""
    inside: Any = document.get(name)
    found: Any = inside.get("Item", []) if isinstance(inside, dict) else []
    return [each for each in (found if isinstance(found, list) else [found]) if is_identifier(each)]


def split(document: Document, name: str) -> list[str]:
    """A list with commas."""
    return [part for part in text(document, name).split(",") if part]
