"""Content: Liquid templates checked before anything is sent, and rendered for a person with safe fall-backs.

Only the tags and filters of python-liquid's standard set, no includes; loops and output are limited, so that a
template can't hold up the house. A field that isn't known of a person never leaves a hole in a sentence: it becomes
its own ``default`` in the template, or the field's fall-back (``{{ person.name }}`` → 您).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from liquid import Environment, Mode, Token, Undefined
from liquid.exceptions import FilterError, LiquidError
from liquid.template import BoundTemplate

from siyu.channels.protocol import Look, Part
from siyu.reach.fields import ROOTS, example, instead
from siyu.storage import BadInput

LOOPS_MAX = 1_000
OUTPUT_BYTES_MAX = 200_000
LITERAL = ("code", "verbatim", "choice", "medium")
"""Kinds of part that are taken as they stand."""
URL = re.compile(r"https?://[^\s<>\"'()，。！？、；]{1,2000}")


class _Missing(Undefined):
    """A field that isn't known: false in a condition, empty to ``default``, its fall-back when written out."""

    __slots__ = ()
    language = "zh"

    def __str__(self) -> str:
        return instead(_path_of(self), self.language)


class _MissingEnglish(_Missing):
    __slots__ = ()
    language = "en"


class _Environment(Environment):
    loop_iteration_limit = LOOPS_MAX
    output_stream_limit = OUTPUT_BYTES_MAX
    local_namespace_limit = OUTPUT_BYTES_MAX
    context_depth_limit = 10


_FORBIDDEN_TAGS = ("include", "render")


@lru_cache(maxsize=2)
def _environment(language: str) -> Environment:
    environment = _Environment(
        tolerance=Mode.STRICT, strict_filters=True, undefined=_Missing if language == "zh" else _MissingEnglish
    )
    for tag in _FORBIDDEN_TAGS:
        environment.tags.pop(tag, None)
    for name, apply in list(environment.filters.items()):
        environment.filters[name] = _within_limits(name, apply)
    return environment


def _within_limits(name: str, apply: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that refuses to make more than a message may hold. The engine itself counts only what is written out:
    a chain of ``replace`` or a long range would fill the memory before that."""

    @functools.wraps(apply)
    def act(left: Any, *given: Any, **named: Any) -> Any:
        too_long = any(isinstance(each, range) and each.stop - each.start > LOOPS_MAX for each in (left, *given))
        if too_long or _grown(name, left, given) > OUTPUT_BYTES_MAX:
            raise FilterError(f"{name}: too much", token=None)
        return apply(left, *given, **named)

    return act


def _grown(name: str, left: Any, given: Sequence[Any]) -> int:
    """How much the filters that multiply would add."""
    if name == "replace" and given:
        text, sought = str(left), str(given[0])
        return text.count(sought) * len(str(given[1]) if len(given) > 1 else "")
    if name == "join" and given and isinstance(left, Sized):
        return len(left) * len(str(given[0]))
    return 0


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
    template = _compiled(text, language, part, field)
    used: set[str] = set()
    for name, places in template.analyze(include_partials=False).globals.items():
        for place in places:
            used.add(_known_field(name, [str(segment) for segment in place.segments], part, field))
    rendered(text, example(language), language)  # what only shows when it runs: filters, endless loops
    return used


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


def _known_field(name: str, segments: Sequence[str], part: Part, field: str) -> str:
    allowed = ROOTS.get(name)
    if allowed is None or len(segments) < 2 or segments[1] not in allowed:
        shown = ".".join(segments)
        raise BadInput(
            "field_unknown",
            f"“{part.zh}”中用了不存在的字段 {shown}，请从字段列表中选择。",
            f"“{part.en}” uses {shown}, which is no field; choose one from the list.",
            field=field,
        )
    return f"{name}.{segments[1]}"


def _compiled(text: str, language: str, part: Part, field: str) -> BoundTemplate:
    try:
        return _template(text, language)
    except LiquidError as error:
        line = f"第 {error.token.start_index} 个字附近" if isinstance(error.token, Token) else ""
        raise BadInput(
            "template_invalid",
            f"“{part.zh}”的模板写法有误{line and f'（{line}）'}：{error.message}。字段写作 {{{{ person.name }}}}。",
            f"The template of “{part.en}” is not valid: {error.message}. A field is written {{{{ person.name }}}}.",
            field=field,
        ) from None


@lru_cache(maxsize=512)
def _template(text: str, language: str) -> BoundTemplate:
    return _environment(language).from_string(text)


def rendered(text: str, fields: Mapping[str, Any], language: str) -> str:
    """A template for one person. Raises :class:`BadInput` where it fails on this person's values."""
    if not text:
        return ""
    try:
        return _template(text, language).render(**{root: fields.get(root, {}) for root in ROOTS})
    except (LiquidError, RecursionError, ValueError, ArithmeticError) as error:
        words = error.message if isinstance(error, LiquidError) else _fault(error)
        raise BadInput(
            "template_failed",
            f"内容无法为这位客户生成：{words}。",
            f"The content can't be written for this person: {words}.",
        ) from None


def _fault(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else "a filter can't take this value"


def _path_of(missing: Undefined) -> str:
    """``person.name`` of "person.name is undefined": the engine gives the path in its hint alone."""
    return (missing.hint or "").removesuffix(" is undefined")
