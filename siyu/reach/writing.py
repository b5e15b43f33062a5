"""Writing: a broadcast's content made ready once, then written out for thousands of people.

What says nothing of a person is written once. A text whose fields stand there plainly (``{{ person.name }}``) is put
together without the template engine, to the same letters; everything else is Liquid's, person by person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from siyu.channels.protocol import Part
from siyu.content.fields import ROOTS, instead
from siyu.content.templates import OUTPUT_BYTES_MAX, rendered
from siyu.reach.content import LITERAL, URL, Written

_OUTPUT = re.compile(r"\{\{ *([a-z]+)\.([a-z_]+) *\}\}")
_OTHER = re.compile(r"\{\{|\{%|\{#")
PLAIN_CHARACTERS_MAX = OUTPUT_BYTES_MAX // 4
"""A longer text is left to the engine, which counts what it writes."""

_Fields = Mapping[str, Any]
_Written = Callable[[_Fields], str]


class Writing:
    """``Writing(parts, content, "zh").of(fields)``: as :func:`~siyu.reach.content.write`, time after time."""

    def __init__(self, parts: Sequence[Part], content: Mapping[str, str], language: str) -> None:
        self._always: dict[str, str] = {}
        self._by_person: dict[str, _Written] = {}
        for part in parts:
            text = content.get(part.name, "")
            if part.kind in LITERAL or not _OTHER.search(text):
                self._always[part.name] = _finished(part, text)
            else:
                self._by_person[part.name] = _for_each(part, text, language)
        self._order = [part.name for part in parts]
        self._links = {name: URL.findall(text) for name, text in self._always.items()}

    def of(self, fields: _Fields) -> Written:
        """Raises :class:`~siyu.storage.BadInput` where a template fails on these values."""
        parts: dict[str, str] = {}
        links: list[str] = []
        for name in self._order:
            write = self._by_person.get(name)
            if write is None:
                parts[name] = self._always[name]
                links += self._links[name]
                continue
            parts[name] = text = write(fields)
            if "://" in text:
                links += URL.findall(text)
        return Written(parts, list(dict.fromkeys(links)))


def _finished(part: Part, text: str) -> str:
    if part.kind not in LITERAL:
        text = text[: part.characters_max]
    if part.kind == "line":
        text = " ".join(text.split())
    return text.strip() if part.kind != "text" else text


def _for_each(part: Part, text: str, language: str) -> _Written:
    plain = _plain(text, language)

    def by_engine(fields: _Fields) -> str:
        return _finished(part, rendered(text, fields, language))

    if plain is None:
        return by_engine

    def by_hand(fields: _Fields) -> str:
        found = plain(fields)
        return by_engine(fields) if found is None else _finished(part, found)

    return by_hand


def _plain(text: str, language: str) -> Callable[[_Fields], str | None] | None:
    """What puts such a text together (None for a person with values that are no plain text); None for other texts."""
    pieces = _OUTPUT.split(text)
    said = pieces[::3]
    places = list(zip(pieces[1::3], pieces[2::3], strict=True))
    if any(_OTHER.search(each) for each in said) or any(name not in ROOTS.get(root, ()) for root, name in places):
        return None
    otherwise = [instead(f"{root}.{name}", language) for root, name in places]
    known = list(zip(places, otherwise, said[1:], strict=True))

    def put_together(fields: _Fields) -> str | None:
        found = [said[0]]
        for (root, name), missing, after in known:
            value = fields.get(root, {}).get(name, missing)
            if type(value) is not str:
                return None
            found += (value, after)
        whole = "".join(found)
        return whole if len(whole) <= PLAIN_CHARACTERS_MAX else None

    return put_together
