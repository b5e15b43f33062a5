"""The check itself: a text and rules in, findings out. No clock, no store; a millisecond for 500 characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from siyu.content.wording import manners
from siyu.content.wording.folding import Folded, folded
from siyu.content.wording.model import CHARACTERS_MAX, FINDINGS_MAX, Finding, Persona, Rule, Rules

_NEGATED = re.compile(
    r"(?:不|没有|没|别|勿|未|并非|非|无需|拒绝|不是|不敢说|不会说|从不说|杜绝|禁止|避免)[\u4e00-\u9fff]{0,3}$"
)
_CLAUSE = re.compile(r"[，。！？；：,.!?;:\n、]")
_NEGATION_REACH = 7
_NEAR = 60
"""What makes a word lawful stands this near to it, in characters."""
_LIQUID = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}%]*%\}")

Span = tuple[int, int]


def check(text: str, rules: Rules, persona: Persona | None = None) -> list[Finding]:
    """What could be better about ``text``, by place. Liquid stays as it is: what stands in braces is not read as words.

    Of two findings of one kind that overlap the longer one stays.
    """
    text = text[:CHARACTERS_MAX]
    plain = _LIQUID.sub(lambda found: " " * len(found[0]), text) if "{" in text else text
    read = folded(plain)
    allowed = [span for phrase in rules.allowed for span in _occurrences(read.text, phrase)]
    found = [
        each for each in islice(_by_rules(text, read, rules), 2 * FINDINGS_MAX) if not _covered(each, allowed, read)
    ]
    found += manners.shouting(plain, rules.shouting)
    found += manners.blanket(text, rules.blanket)
    found += manners.hook(text, rules.hook)
    if persona is not None:
        found += manners.drift(text, persona, rules.manner)
    return _longest(found)[:FINDINGS_MAX]


def _by_rules(text: str, read: Folded, rules: Rules) -> Iterator[Finding]:
    for rule, begin, end in chain(_words(read.text, rules), _patterns(read.text, rules)):
        if not _lawful(read.text, rule, begin, end):
            first, last = read.given(begin, end)
            yield Finding(rule.kind, rule.key, first, last, text[first:last], rule.zh, rule.en, rule.law, rule.instead)


def _words(text: str, rules: Rules) -> Iterator[tuple[Rule, int, int]]:
    by_first = rules.by_first
    for at, char in enumerate(text):
        if char in by_first:
            for word, rule in by_first[char]:
                if text.startswith(word, at) and _whole(text, at, at + len(word)):
                    yield rule, at, at + len(word)
                    break  # they stand the longest first


def _whole(text: str, begin: int, end: int) -> bool:
    """A Latin word counts as a whole only: ``sku`` is not found in ``skull``."""
    return not (
        (_latin(text[begin]) and begin > 0 and _latin(text[begin - 1]))
        or (_latin(text[end - 1]) and end < len(text) and _latin(text[end]))
    )


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _patterns(text: str, rules: Rules) -> Iterator[tuple[Rule, int, int]]:
    for rule in rules.rules:
        if rule.patterns and any(hint in text for hint in rule.hints):
            for pattern in rule.patterns:
                for found in pattern.finditer(text):
                    if found.end() > found.start():
                        yield rule, found.start(), found.end()


def _lawful(text: str, rule: Rule, begin: int, end: int) -> bool:
    if rule.negatable:
        before = _CLAUSE.split(text[max(0, begin - _NEGATION_REACH) : begin])[-1]
        if _NEGATED.search(before):
            return True
    near = text[max(0, begin - _NEAR) : end + _NEAR]
    shift = begin - max(0, begin - _NEAR)
    return any(
        found.start() < end - begin + shift and found.end() > shift
        for pattern in rule.unless
        for found in pattern.finditer(near)
    )


def _occurrences(text: str, phrase: str) -> Iterator[Span]:
    at = text.find(phrase)
    while at >= 0:
        yield at, at + len(phrase)
        at = text.find(phrase, at + 1)


def _covered(finding: Finding, spans: list[Span], read: Folded) -> bool:
    places = [read.given(begin, end) for begin, end in spans]
    return any(begin <= finding.begin and finding.end <= end for begin, end in places)


def _longest(found: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for each in sorted(found, key=lambda finding: (finding.begin - finding.end, finding.begin)):
        if not any(each.kind == other.kind and each.begin < other.end and other.begin < each.end for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda finding: (finding.begin, finding.end))
