"""Content of a channel's parts: checked before anything is sent, written for a person (``content.templates``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.channels.protocol import Look, Part
from siyu.content import templates
from siyu.content.templates import rendered
from siyu.storage import BadInput

LITERAL = ("code", "verbatim", "choice", "medium")
"""Kinds of part that are taken as they stand."""
URL = re.compile(r"https?://[^\s<>\"'()，。！？、；]{1,2000}")


@dataclass(frozen=True)
class Written:
    """A piece of content for one person: the parts as text, and the links that were in it, in order; in a preview, how
    it stands on the phone where the channel knows."""

    parts: Mapping[str, str]
    links: Sequence[str]
    look: Look | None = None


def check_content(parts: Sequence[Part], content: Mapping[str, str], channel: str, language: str = "zh") -> set[str]:
    """The roots that the content reads (person, orders…). Raises :class:`BadInput` naming the part and the fault."""
    return {field.partition(".")[0] for field in fields_read(parts, content, channel, language)}


def fields_read(parts: Sequence[Part], content: Mapping[str, str], channel: str, language: str = "zh") -> set[str]:
    """The fields that the content reads, by root and name (``person.tags``). Raises as :func:`check_content`."""
    known = {part.name for part in parts}
    for name in content:
        if name not in known:
            raise BadInput(
                "part_unknown",
                f"渠道“{channel}”的内容没有“{name}”这一项。",
                f"Content for “{channel}” has no part “{name}”.",
                field=f"content.{channel}.{name}",
            )
    used: set[str] = set()
    for part in parts:
        used |= _check_part(part, content.get(part.name, ""), f"content.{channel}.{part.name}", language)
    return used


def write(
    parts: Sequence[Part], content: Mapping[str, str], fields: Mapping[str, Any], language: str = "zh"
) -> Written:
    """Render every part for one person. Raises :class:`BadInput` where a template fails on this person's values."""
    links: list[str] = []
    written: dict[str, str] = {}
    for part in parts:
        text = content.get(part.name, "")
        if part.kind not in LITERAL:
            text = rendered(text, fields, language)[: part.characters_max]
        if part.kind == "line":
            text = " ".join(text.split())
        written[part.name] = text.strip() if part.kind != "text" else text
        links += URL.findall(text)
    return Written(written, list(dict.fromkeys(links)))


def with_links(parts: Mapping[str, str], replacements: Mapping[str, str]) -> dict[str, str]:
    """The parts with each link replaced (by its tracked form)."""
    if len(replacements) == 1:
        ((link, tracked),) = replacements.items()
        return {name: text.replace(link, tracked) if link in text else text for name, text in parts.items()}
    return {
        name: URL.sub(lambda found: replacements.get(found.group(), found.group()), text)
        for name, text in parts.items()
    }


def _check_part(part: Part, text: str, field: str, language: str) -> set[str]:
    if not text.strip():
        if part.required:
            raise BadInput("part_missing", f"请填写“{part.zh}”。", f"Please fill in “{part.en}”.", field=field)
        return set()
    if len(text) > part.characters_max:
        raise BadInput(
            "part_too_long",
            f"“{part.zh}”最多 {part.characters_max} 字，现在 {len(text)} 字。",
            f"“{part.en}” may have {part.characters_max} characters; it has {len(text)}.",
            field=field,
        )
    if part.kind in LITERAL:
        _check_literal(part, text, field)
        return set()
    return templates.check(text, (part.zh, part.en), field, language)


def _check_literal(part: Part, text: str, field: str) -> None:
    """A code or a choice: nothing in it is Liquid."""
    chosen = {value for value, _, _ in part.choices}
    if (part.kind == "choice" and text not in chosen) or "{{" in text or "{%" in text:
        raise BadInput(
            "part_literal",
            f"“{part.zh}”不能使用字段，须按原样填写{'：' + '、'.join(sorted(chosen)) if chosen else ''}。",
            f"“{part.en}” takes no fields{': one of ' + ', '.join(sorted(chosen)) if chosen else ''}.",
            field=field,
        )
