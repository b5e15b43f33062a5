"""A rule: one tree of groups and conditions, read from JSON and written back to it.

Nothing else gives a rule a meaning: the query, the plain reading, the sentence and the explanation all walk this tree
and ask its nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from siyu.audiences.conditions.base import EventCondition, PersonCondition
from siyu.audiences.conditions.did import Did, DidNot
from siyu.audiences.conditions.person import Consent, Identified, Layered, Profile, Tagged
from siyu.audiences.conditions.sequence import Sequence
from siyu.audiences.words import Words
from siyu.storage import BadInput

RULE_BYTES_MAX = 256 * 1024
DEPTH_MAX = 8
NODES_MAX = 200


class Member(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="audience", tag_field="type"):
    """Is in another audience, or is not: a live one by its rule at this moment, a snapshot by its list."""

    audience: int
    op: Literal["in", "not_in"] = "in"

    def check(self, at: str) -> None:
        if not 0 < self.audience < 2**31:
            raise BadInput(
                "rule_audience", "人群编号不正确。", "The audience number is not valid.", field=f"{at}.audience"
            )

    def sentence(self, words: Words) -> str:
        name = words.audience(self.audience)
        return words.t(
            f"{'在' if self.op == 'in' else '不在'}人群{name}中",
            f"{'in' if self.op == 'in' else 'not in'} audience {name}",
        )


class _Group(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """Rules taken together."""

    rules: tuple[Rule, ...]

    def check(self, at: str) -> None: ...

    def sentence(self, words: Words) -> str:
        raise NotImplementedError

    def _parts(self, words: Words) -> list[str]:
        return [_part(words, rule) for rule in self.rules]


class All(_Group, frozen=True, forbid_unknown_fields=True, tag="all"):
    """Every one holds. Without any: everybody."""

    def sentence(self, words: Words) -> str:
        return words.t("，且", " and ").join(self._parts(words)) or words.t("全部客户", "everybody")


class AnyOf(_Group, frozen=True, forbid_unknown_fields=True, tag="any"):
    """At least one holds."""

    def check(self, at: str) -> None:
        _not_empty(self, at)

    def sentence(self, words: Words) -> str:
        return words.t("，或", " or ").join(self._parts(words))


class NoneOf(_Group, frozen=True, forbid_unknown_fields=True, tag="none"):
    """Not one holds."""

    def check(self, at: str) -> None:
        _not_empty(self, at)

    def sentence(self, words: Words) -> str:
        inside = words.t("，或", " or ").join(self._parts(words))
        return words.t(f"排除：{inside}", f"except: {inside}")


Leaf = Did | DidNot | Sequence | Profile | Tagged | Layered | Consent | Identified | Member
Group = All | AnyOf | NoneOf
Rule = All | AnyOf | NoneOf | Did | DidNot | Sequence | Profile | Tagged | Layered | Consent | Identified | Member


def _not_empty(group: _Group, at: str) -> None:
    if not group.rules:
        raise BadInput("rule_empty", "这一组还没有条件。", "This group has no conditions.", field=f"{at}.rules")


def _part(words: Words, rule: Rule) -> str:
    """A rule inside a group: groups that could be misread get brackets."""
    text = rule.sentence(words)
    if isinstance(rule, All | AnyOf | NoneOf) and (len(rule.rules) > 1 or isinstance(rule, NoneOf)):
        return words.t(f"（{text}）", f"({text})")
    return text


def walk(rule: Rule, at: str = "$", depth: int = 1) -> Iterator[tuple[str, Rule, int]]:
    """Every node with its JSON path and depth, outer ones first."""
    yield at, rule, depth
    if isinstance(rule, All | AnyOf | NoneOf):
        for number, inner in enumerate(rule.rules):
            yield from walk(inner, f"{at}.rules[{number}]", depth + 1)


def leaves(rule: Rule) -> list[tuple[str, Leaf]]:
    """The conditions with their JSON paths, in the order they are written."""
    return [(at, node) for at, node, _ in walk(rule) if not isinstance(node, All | AnyOf | NoneOf)]


def parse(raw: bytes | str | dict[str, Any]) -> Rule:
    """Read a rule from JSON (or a decoded object) and check it. Raises :class:`BadInput` with the JSON path."""
    try:
        if isinstance(raw, dict):
            rule = msgspec.convert(raw, Rule)
        else:
            if len(raw) > RULE_BYTES_MAX:
                raise _too_large(f"{RULE_BYTES_MAX // 1024} KB", "$")
            rule = msgspec.json.decode(raw, type=Rule)
    except msgspec.ValidationError as error:
        raise _unreadable(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            "rule_json", f"这不是有效的 JSON：{error}。", f"This is no valid JSON: {error}.", field="$"
        ) from error
    except RecursionError as error:
        raise _too_large(f"{DEPTH_MAX} 层 / levels", "$") from error
    check(rule)
    return rule


def check(rule: Rule) -> None:
    """Raise :class:`BadInput` with the JSON path of the first thing that can't be used."""
    for number, (at, node, depth) in enumerate(walk(rule)):
        if depth > DEPTH_MAX:
            raise _too_large(f"{DEPTH_MAX} 层 / levels", at)
        if number >= NODES_MAX:
            raise _too_large(f"{NODES_MAX} 个节点 / nodes", at)
        node.check(at)


def to_json(rule: Rule) -> dict[str, Any]:
    """The rule as plain JSON values, defaults left out."""
    return msgspec.to_builtins(rule)


def sentence(rule: Rule, words: Words) -> str:
    """The whole rule as one sentence."""
    return rule.sentence(words)


def _too_large(limit: str, at: str) -> BadInput:
    return BadInput(
        "rule_too_large", f"规则过大，上限为 {limit}。", f"The rule is too large; the limit is {limit}.", field=at
    )


_MESSAGES = (
    (re.compile(r"Expected `(.+?)`, got `(.+?)`"), "类型不对：需要 {0}，得到 {1}"),
    (re.compile(r"Object missing required field `(.+?)`"), "缺少 {0}"),
    (re.compile(r"Object contains unknown field `(.+?)`"), "不认识的字段 {0}"),
    (re.compile(r"Invalid (?:enum )?value (.+?)(?: - at|$)"), "不认识的取值 {0}"),
)


def _unreadable(message: str) -> BadInput:
    text, _, path = message.partition(" - at `")
    at = path.rstrip("`") or "$"
    zh = next((said.format(*found.groups()) for known, said in _MESSAGES if (found := known.search(text))), text)
    return BadInput("rule_shape", f"规则在 {at} 处不正确：{zh}。", f"The rule is wrong at {at}: {text}.", field=at)


__all__ = [
    "All", "AnyOf", "Consent", "Did", "DidNot", "EventCondition", "Group", "Identified", "Layered", "Leaf", "Member",
    "NoneOf", "PersonCondition", "Profile", "Rule", "Sequence", "Tagged", "check", "leaves", "parse", "sentence",
    "to_json", "walk",
]  # fmt: skip
