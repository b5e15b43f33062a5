"""A piece of the library as the content of a channel: which field of it goes into which part. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from siyu.channels.protocol import Part
from siyu.content.pieces.model import Draft, Version

_TEXTS = ("text", "body")
_TITLES = ("title", "subject", "link_title")
_LINKS = ("link", "url", "card_url", "link_url")
_SUMMARIES = ("description", "link_description")
_PROGRAM = {
    "program_title": "card_title",
    "program_appid": "appid",
    "program_page": "page",
    "program_cover": "cover",
}


def filled(parts: Sequence[Part], piece: Draft, version: Version) -> dict[str, str]:
    """What the parts of a channel say of a piece; parts that it has nothing for are left out. Where no part takes its
    address, the address ends the text."""
    names = {part.name for part in parts}
    found = {part.name: _said(part.name, piece, version.body) for part in parts}
    link = version.body.get("link", "")
    if link and not names & set(_LINKS):
        for name in _TEXTS:
            if name in names and link not in found[name]:
                found[name] = f"{found[name]}\n{link}".strip()
    limits = {part.name: part.characters_max for part in parts}
    return {name: text[: limits[name]] for name, text in found.items() if text}


def is_altered(parts: Sequence[Part], piece: Draft, version: Version, content: Mapping[str, str]) -> bool:
    """Whether the words of a piece were changed in the content of a channel."""
    return any(content.get(name, "").strip() != text.strip() for name, text in filled(parts, piece, version).items())


def _said(name: str, piece: Draft, body: Mapping[str, str]) -> str:
    if name in _TEXTS:
        long = body.get("body", "") if name == "body" else ""
        return long or body.get("text") or body.get("summary") or body.get("body") or piece.title
    if name in _TITLES:
        return piece.title if name != "link_title" or body.get("link") else ""
    if name in _LINKS:
        return body.get("link", "")
    if name in _SUMMARIES:
        return body.get("summary", "") if name != "link_description" or body.get("link") else ""
    if name == "image":
        return body.get("medium", "") if piece.kind in ("image", "poster") else ""
    return body.get(_PROGRAM[name], "") if name in _PROGRAM and piece.kind == "miniprogram" else ""
