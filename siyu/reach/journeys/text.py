"""A journey as text that people read and write: YAML, the same document, with what each step does in words above it.

The words are comments: they are made anew each time and mean nothing when read back. Only what JSON can say is taken:
no dates, no ``yes``, no ``10:00`` as a number, no aliases, no key twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from typing import Any

import msgspec
import yaml

from siyu.audiences.words import Words
from siyu.reach.journeys import nodes
from siyu.reach.journeys.model import BYTES_MAX, Journey, parse, to_json
from siyu.storage import BadInput

WIDTH = 110
LEVELS_MAX = 40
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]+")
_PLAIN = "tag:yaml.org,2002:"
_DIGITS = list("-0123456789")
_RESOLVERS: tuple[tuple[str, str, list[str]], ...] = (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]*)", _DIGITS),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", _DIGITS),
)
"""What is no text: as JSON writes it."""


class _Loader(yaml.SafeLoader):
    """YAML that says no more than JSON can."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012  # the name and shape are PyYAML's

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._levels = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(None, None, "no aliases here", self.peek_event().start_mark)
        self._levels += 1
        if self._levels > LEVELS_MAX:
            raise yaml.constructor.ConstructorError(None, None, "nested too deeply", self.peek_event().start_mark)
        made = super().compose_node(parent, index)
        self._levels -= 1
        return made

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        seen: set[str] = set()
        for place, key in enumerate(keys):
            if not isinstance(key, str) or key in seen:
                at = node.value[place][0].start_mark
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is no text or there twice", at)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """Texts that could be misread in quotes, lines as lines, short lists in a line."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012  # the name and shape are PyYAML's

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _tag, _pattern, _firsts in _RESOLVERS:
    for _kind in (_Loader, _Dumper):
        _kind.add_implicit_resolver(_PLAIN + _tag, re.compile(f"^(?:{_pattern})$"), _firsts)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    strange = _BREAKS.search(value.replace("\n", ""))  # breaks that lines and single quotes would fold
    lines = "\n" in value and not value.startswith((" ", "\n")) and not strange
    return dumper.represent_scalar(f"{_PLAIN}str", value, style='"' if strange else "|" if lines else None)


def _list(dumper: yaml.SafeDumper, value: list[Any] | tuple[Any, ...]) -> yaml.Node:
    short = all(isinstance(each, bool | int | float) for each in value)
    return dumper.represent_sequence(f"{_PLAIN}seq", value, flow_style=short or not value)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.Node:
    return dumper.represent_scalar(f"{_PLAIN}float", msgspec.json.encode(value).decode())


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(tuple, _list)
_Dumper.add_representer(float, _number)


def text_of(journey: Journey, words: Words) -> str:
    """The document as text, with a line above the trigger, the goal and every step that says it in words."""
    document = to_json(journey)
    steps: list[dict[str, Any]] = document.pop("nodes", [])
    said = {"trigger": trigger_said(journey, words), "goal": goal_said(journey, words)}
    parts: list[str] = []
    for key, value in document.items():
        parts += [_comment(said[key])] if said.get(key) else []
        parts.append(_dumped({key: value}))
    if steps:
        parts.append("nodes:\n")
    for node, step in zip(journey.nodes, steps, strict=True):
        parts += [_comment(node_said(node, words)), _dumped([step])]
    return "".join(parts)


def read_text(raw: str | bytes) -> Journey:
    """The document that a text (YAML or JSON) says. Raises :class:`BadInput` naming the line or the path."""
    if len(raw) > BYTES_MAX:
        raise BadInput(
            "journey_too_large",
            f"旅程文档过大，上限为 {BYTES_MAX // 1024} KB。",
            f"The document is too large; the limit is {BYTES_MAX // 1024} KB.",
        )
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw.removeprefix("\ufeff")
        if text.lstrip().startswith("{"):
            return parse(text)
        found: Any = yaml.load(text, _Loader)  # a SafeLoader that takes less
    except UnicodeDecodeError as error:
        raise _unreadable("不是 UTF-8 编码", "not UTF-8") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _not_yaml(error) from error
    if not isinstance(found, Mapping):
        raise _unreadable("最外层应为「名称: 值」", "the outermost level is a mapping")
    if _endless(found):
        raise _unreadable("数值过大", "a number is too large")
    return parse(msgspec.json.encode(found))


def node_said(node: nodes.Any, words: Words) -> str:
    """A step in words; that it is not finished where it can't be said yet."""
    try:
        node.check("$")
        return node.sentence(words)
    except BadInput:
        return words.t(f"「{node.title or node.id}」还没有填完", f"“{node.title or node.id}” is not finished")


def trigger_said(journey: Journey, words: Words) -> str:
    """What brings people in, in words."""
    try:
        journey.trigger.check("$")
        return journey.trigger.sentence(words)
    except BadInput:
        return words.t("入口还没有填完", "the way in is not finished")


def goal_said(journey: Journey, words: Words) -> str:
    """What it is for, in words; '' where it has no goal."""
    goal = journey.goal
    if goal is None:
        return ""
    try:
        goal.check("$")
        what = goal.match.sentence(words)
    except BadInput:
        return words.t("目标还没有填完", "the goal is not finished")
    return words.t(f"目标：{goal.days} 天内{what}", f"goal: {what} within {goal.days} days")


def _comment(said: str) -> str:
    return f"# {_BREAKS.sub(' ', said)}\n"


def _dumped(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=False)


def _endless(value: Any) -> bool:
    """Whether there is a number in it that JSON can't write."""
    if isinstance(value, dict):
        return any(map(_endless, value.values()))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, list):
        return any(map(_endless, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, int) and not -(2**63) <= value < 2**64


def _not_yaml(error: Exception) -> BadInput:
    mark = getattr(error, "problem_mark", None)
    line = f"第 {mark.line + 1} 行" if mark is not None else ""
    english = f" (line {mark.line + 1})" if mark is not None else ""
    what = str(getattr(error, "problem", None) or type(error).__name__)
    return _unreadable(f"{line}写法有误：{what}", f"{what}{english}")


def _unreadable(zh: str, en: str) -> BadInput:
    return BadInput("journey_text", f"文本无法读取：{zh}。", f"The text can't be read: {en}.", field="$")
