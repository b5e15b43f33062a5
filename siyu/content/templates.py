"""Liquid templates: checked before anything is sent, rendered for a person with safe fall-backs, within limits. Pure.

Only the tags and filters of python-liquid's standard set, no includes. A field that isn't known of a person never
leaves a hole in a sentence: it becomes its own ``default`` in the template, or the field's fall-back
(``{{ person.name }}`` → 您; "给经常买{{ favourite.category }}的你" → 给经常买好物的你). Fields that have none
are named by :func:`holes`, so that whoever writes is told before anybody reads.

What a template may cost is counted, not timed, so that the same text never fails on a busy machine alone: loops, what
is written, names looked up, and the characters that filters go through.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from typing import Any

from liquid import Environment, Mode, RenderContext, Token, Undefined
from liquid.ast import Node
from liquid.exceptions import FilterError, LiquidError
from liquid.output import LimitedStringIO
from liquid.template import BoundTemplate

from siyu.content.fields import ROOTS, example, instead
from siyu.storage import BadInput

LOOPS_MAX = 1_000
OUTPUT_BYTES_MAX = 200_000
CHARACTERS_MAX = 50_000
"""Of a template itself."""
STEPS_MAX = 200_000
"""Names looked up, filters applied, pieces written, and every 100 characters that a filter goes through."""
CHARACTERS_A_STEP = 100


class _Missing(Undefined):
    """A field that isn't known: false in a condition, empty to ``default``, its fall-back when written out."""

    __slots__ = ()
    language = "zh"

    def __str__(self) -> str:
        return instead(_path_of(self), self.language)


class _MissingEnglish(_Missing):
    __slots__ = ()
    language = "en"


class _Spent(LiquidError):
    """A template does more than a message is worth."""

    def __init__(self) -> None:
        super().__init__("too much work", token=None)


class _Counted(LimitedStringIO):
    """What is written, counted also where it is nothing."""

    def __init__(self, spend: Callable[[int], None], limit: int = OUTPUT_BYTES_MAX) -> None:
        super().__init__(limit, None, "\n")  # the engine's own buffer would turn \r\n into \n
        self._spend = spend

    def write(self, text: str, /) -> int:
        self._spend(1)
        return super().write(text)


class _Context(RenderContext):
    """Counts what a template does."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.steps = 0

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > STEPS_MAX:
            raise _Spent

    def get(self, path: list[object], *given: Any, **named: Any) -> object:
        self.spend(1)
        return super().get(path, *given, **named)

    def get_buffer(self, buf: Any = None) -> StringIO:
        carried = buf.size if isinstance(buf, LimitedStringIO) else 0
        return _Counted(self.spend, OUTPUT_BYTES_MAX - carried)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        apply = super().filter(name, token)

        def act(left: object, *given: object, **named: object) -> object:
            self.spend(1 + (len(left) if isinstance(left, Sized) else 0) // CHARACTERS_A_STEP)
            return apply(left, *given, **named)

        return act


class _Template(BoundTemplate):
    context_class = _Context

    def render(self, *args: Any, **kwargs: Any) -> str:
        context = _Context(self, globals=self.make_globals(dict(*args, **kwargs)))
        written = _Counted(context.spend)
        self.render_with_context(context, written)
        return written.getvalue()


class _Environment(Environment):
    template_class = _Template
    loop_iteration_limit = LOOPS_MAX
    output_stream_limit = OUTPUT_BYTES_MAX
    local_namespace_limit = OUTPUT_BYTES_MAX
    context_depth_limit = 10


FORBIDDEN_TAGS = ("include", "render")


@lru_cache(maxsize=2)
def environment(language: str) -> Environment:
    """Where templates are read."""
    made = _Environment(
        tolerance=Mode.STRICT, strict_filters=True, undefined=_Missing if language == "zh" else _MissingEnglish
    )
    for tag in FORBIDDEN_TAGS:
        made.tags.pop(tag, None)
    for name, apply in list(made.filters.items()):
        made.filters[name] = _within_limits(name, apply)
    return made


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


@lru_cache(maxsize=512)
def template(text: str, language: str) -> BoundTemplate:
    """Read once, rendered for many. Raises :class:`~liquid.exceptions.LiquidError`."""
    return environment(language).from_string(text)


def rendered(text: str, fields: Mapping[str, Any], language: str) -> str:
    """A template for one person. Raises :class:`BadInput` where it fails on this person's values."""
    if not text:
        return ""
    try:
        return template(text, language).render(**{root: fields.get(root, {}) for root in ROOTS})
    except (LiquidError, RecursionError, ValueError, ArithmeticError) as error:
        words = error.message if isinstance(error, LiquidError) else _fault(error)
        raise BadInput(
            "template_failed",
            f"内容无法为这位客户生成：{words}。",
            f"The content can't be written for this person: {words}.",
        ) from None


def check(text: str, words: tuple[str, str], field: str, language: str = "zh") -> set[str]:
    """The fields that a template reads, by root and name (``person.tags``). ``words``: what the text is called.
    Raises :class:`BadInput` at ``field`` naming the fault: not valid, a field that is not there, too much work."""
    zh, en = words
    if len(text) > CHARACTERS_MAX:
        raise BadInput(
            "template_long", f"“{zh}”最多 {CHARACTERS_MAX} 字。", f"“{en}”: at most {CHARACTERS_MAX}.", field=field
        )
    read = _compiled(text, language, words, field)
    used: set[str] = set()
    for name, places in read.analyze(include_partials=False).globals.items():
        for place in places:
            used.add(_known_field(name, [str(segment) for segment in place.segments], words, field))
    rendered(text, example(language), language)  # what only shows when it runs: filters, endless loops
    return used


@dataclass(frozen=True, slots=True)
class Hole:
    """A field of a template that leaves nothing where it isn't known, and how to write it instead."""

    path: str
    instead: str
    zh: str
    en: str


def holes(text: str, language: str = "zh") -> list[Hole]:
    """Fields written out as they stand, with no ``default``, outside any condition, that have no fall-back of their
    own: of somebody of whom they aren't known the sentence has a hole. None for a text that is no template."""
    try:
        nodes = template(text, language).nodes
    except LiquidError:
        return []
    found = dict.fromkeys(path for node in nodes if (path := _bare_path(node)) and not instead(path, language))
    return [_hole(path) for path in found]


def _bare_path(node: Node) -> str:
    """``person.title`` of an output that is nothing but that field."""
    expression = getattr(node, "expression", None)
    if type(node).__name__ != "OutputNode" or getattr(expression, "filters", None):
        return ""
    path = getattr(getattr(expression, "left", expression), "path", None)
    return ".".join(str(each) for each in path) if isinstance(path, list) else ""


def _hole(path: str) -> Hole:
    written = f"{{{{ {path} | default: '…' }}}}"
    return Hole(
        path,
        written,
        f"{path} 没有值时这里会空着。请写明代替的话：{written}，或用 {{% if {path} %}}…{{% endif %}} 只在有值时说。",
        f"Where {path} isn't known, nothing stands here. Say what should: {written}, or speak only where it is "
        f"known: {{% if {path} %}}…{{% endif %}}.",
    )


def _known_field(name: str, segments: Sequence[str], words: tuple[str, str], field: str) -> str:
    allowed = ROOTS.get(name)
    if allowed is None or len(segments) < 2 or segments[1] not in allowed:
        shown = ".".join(segments)
        raise BadInput(
            "field_unknown",
            f"“{words[0]}”中用了不存在的字段 {shown}，请从字段列表中选择。",
            f"“{words[1]}” uses {shown}, which is no field; choose one from the list.",
            field=field,
        )
    return f"{name}.{segments[1]}"


def _compiled(text: str, language: str, words: tuple[str, str], field: str) -> BoundTemplate:
    try:
        return template(text, language)
    except LiquidError as error:
        line = f"第 {error.token.start_index} 个字附近" if isinstance(error.token, Token) else ""
        raise BadInput(
            "template_invalid",
            f"“{words[0]}”的模板写法有误{line and f'（{line}）'}：{error.message}。字段写作 {{{{ person.name }}}}。",
            f"The template of “{words[1]}” is not valid: {error.message}. A field is written {{{{ person.name }}}}.",
            field=field,
        ) from None


def _fault(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else "a filter can't take this value"


def _path_of(missing: Undefined) -> str:
    """``person.name`` of "person.name is undefined": the engine gives the path in its hint alone."""
    return (missing.hint or "").removesuffix(" is undefined")
