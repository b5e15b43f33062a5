"""What a content link is, its marks, and what may be believed of how long it was read. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from siyu.channels import marks
from siyu.storage import BadInput

TITLE_CHARACTERS_MAX = 80
TEXT_CHARACTERS_MAX = 20_000
ADDRESS_CHARACTERS_MAX = 1_000
TAGS_MAX, TAG_CHARACTERS_MAX = 10, 30
COMMENT_CHARACTERS_MAX = 500
SECONDS_MAX = 1_800
"""Of one showing: a page left open on a table is not read."""
GRACE_SECONDS = 5
MARKS_SECONDS = (3, 15, 60, 180, 600)
"""Reading so long is told as an event, once a showing each."""

PURPOSE = "t"
_PACKED = struct.Struct(">IQQQ")  # link, hop, node, message
Stage = Literal["on", "off"]
STAGES: Mapping[str, tuple[str, str]] = {"on": ("启用", "On"), "off": ("停用", "Off")}


@dataclass(frozen=True, slots=True)
class ContentLink:
    """One link; ``tags`` say what it is about."""

    id: int
    title: str
    text: str
    picture: str
    url: str
    tags: list[str]
    alert: bool
    stage: Stage
    created: datetime
    changed: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes of it."""

    title: str
    text: str = ""
    picture: str = ""
    url: str = ""
    tags: Sequence[str] = ()
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """What a mark says: the link; whose page it is (``hop``, 0: nobody's yet); or for whom it was made (``person``, a
    node, in a ``message``)."""

    link: int
    hop: int = 0
    person: int = 0
    message: int = 0


def mark_of(key: bytes, named: Named) -> str:
    """The mark for an address."""
    return marks.made(key, PURPOSE, _PACKED.pack(named.link, named.hop, named.person, named.message))


def read(key: bytes, mark: str) -> Named | None:
    """What a mark says; None where it was not made here."""
    packed = marks.read(key, PURPOSE, mark, _PACKED.size)
    return None if packed is None else Named(*_PACKED.unpack(packed))


def believed(seconds: int, opened_before_seconds: float) -> int:
    """Of the seconds that a page says it was seen, those that can be: no more than passed since it was opened, nor more
    than anybody reads."""
    return max(0, min(seconds, SECONDS_MAX, int(opened_before_seconds) + GRACE_SECONDS))


def checked(draft: Draft) -> Draft:
    """As it is kept. Raises :class:`BadInput` by field."""
    title, text = draft.title.strip(), draft.text.strip()
    if not 1 <= len(title) <= TITLE_CHARACTERS_MAX:
        raise _bad(
            "title", f"标题须 1 到 {TITLE_CHARACTERS_MAX} 字", f"A title has 1 to {TITLE_CHARACTERS_MAX} letters"
        )
    if len(text) > TEXT_CHARACTERS_MAX:
        raise _bad("text", f"正文不超过 {TEXT_CHARACTERS_MAX} 字", f"At most {TEXT_CHARACTERS_MAX} characters")
    tags = list(dict.fromkeys(tag.strip() for tag in draft.tags if tag.strip()))
    if len(tags) > TAGS_MAX or any(len(tag) > TAG_CHARACTERS_MAX for tag in tags):
        raise _bad(
            "tags", f"最多 {TAGS_MAX} 个标签，每个不超过 {TAG_CHARACTERS_MAX} 字", f"At most {TAGS_MAX} short tags"
        )
    url, picture = _address(draft.url, "url"), _address(draft.picture, "picture")
    if not text and not url:
        raise _bad("text", "请写正文，或填原文地址", "Write the text, or give its address")
    return Draft(title, text, picture, url, tags, draft.alert)


def _address(value: str, field: str) -> str:
    text = value.strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        fits = False
    if not fits or len(text) > ADDRESS_CHARACTERS_MAX or any(each.isspace() or not each.isprintable() for each in text):
        raise _bad(field, "须以 https:// 开头的网址", "An address begins with https://")
    return text


def _bad(field: str, zh: str, en: str) -> BadInput:
    return BadInput("content_link_field", f"{zh}。", f"{en}.", field=field)
