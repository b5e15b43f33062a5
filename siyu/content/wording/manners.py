"""How a text sounds: shouting, a discount for everybody, no hook at the opening, a voice that is not the persona's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from re import Match, Pattern

from siyu.content.wording.model import FINDINGS_MAX, Blanket, Finding, Hook, Manner, Persona, Shouting

_MARKS = re.compile(r"[!！?？‼⁉]+")
_EMOJI = re.compile("[\u2600-\u27bf\u2b50\U0001f000-\U0001faff]\ufe0f?\u200d?")
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9'&]*\b(?:[ \t,.-]+[A-Z][A-Z0-9'&]*\b)*")
_SENTENCE_END = re.compile(r"[。！？!?\n；;…]")
_THINGS = re.compile(r"(面膜|口红|护肤品|洗衣液|牛奶|咖啡|奶粉|纸尿裤|零食|水果|蛋糕|衣服|鞋|茶|酒|饮料|拿铁)")
_YOU = {"你": re.compile("您"), "您": re.compile("你(?!好吗)")}


def shouting(text: str, rules: Shouting) -> list[Finding]:
    """``！！！``, ``BIG SALE``, a flood of emoji, ``抢抢抢``, rows of ornaments."""
    spans = chain(
        _marks(text, rules),
        _emoji(text, rules),
        _capitals(text, rules),
        _runs(text, rules.urged, rules.urged_in_a_row, same=True),
        _runs(text, rules.ornaments, rules.ornaments_in_a_row, same=False),
    )
    return [
        Finding("shouting", "shouting", begin, end, text[begin:end], rules.zh, rules.en, "", rules.instead)
        for begin, end in islice(spans, FINDINGS_MAX)
    ]


def _marks(text: str, rules: Shouting) -> Iterator[tuple[int, int]]:
    runs = [
        found.span()
        for found in _MARKS.finditer(text)
        if ("!" in found[0] or "！" in found[0] or "‼" in found[0]) and len(found[0]) >= rules.marks_in_a_row
    ]
    yield from runs
    if not runs:
        single = [at for at, char in enumerate(text) if char in "!！"]
        most = rules.marks_in_all * max(1, len(text) / rules.marks_per_characters)
        if len(single) > rules.marks_in_all - 1 and len(single) >= most:
            yield single[-1], single[-1] + 1


def _emoji(text: str, rules: Shouting) -> Iterator[tuple[int, int]]:
    spans = [found.span() for found in _EMOJI.finditer(text)]
    begin, many = 0, 0
    row = False
    for at, (first, last) in enumerate(spans):
        if at and spans[at - 1][1] == first:
            many += 1
        else:
            begin, many = first, 1
        ends = at + 1 == len(spans) or spans[at + 1][0] != last
        if ends and many >= rules.emoji_in_a_row:
            row = True
            yield begin, last
    if not row and len(spans) >= rules.emoji_in_all * max(1, len(text) / rules.emoji_per_characters):
        yield spans[-1]


def _capitals(text: str, rules: Shouting) -> Iterator[tuple[int, int]]:
    for found in _CAPITALS.finditer(text):
        words = [word for word in re.split(r"[ \t,.-]+", found[0]) if word not in rules.known_capitals]
        loud = [word for word in words if sum(char.isalpha() for char in word) >= 3]
        if len(loud) >= rules.capital_words_in_a_row or any(
            sum(char.isalpha() for char in word) >= rules.capital_letters for word in words
        ):
            yield found.span()


def _runs(text: str, characters: str, many: int, *, same: bool) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(text):
        end = at + 1
        if text[at] in characters:
            while end < len(text) and (text[end] == text[at] if same else text[end] in characters):
                end += 1
            if end - at >= many:
                yield at, end
        at = end


def blanket(text: str, rules: Blanket) -> list[Finding]:
    """The discounts of a text that speaks to nobody in particular."""
    if not any(hint in text for hint in rules.hints) or rules.personal.search(text):
        return []
    thing = named[1] if (named := _THINGS.search(text)) else "它"
    instead = tuple(each.replace("{thing}", thing) for each in rules.instead)
    lawful = [found.span() for found in _all(rules.unless, text)]
    return [
        Finding("blanket", "blanket", *found.span(), found[0], rules.zh, rules.en, "", instead)
        for found in _all(rules.discounts, text)
        if not any(begin < found.end() and found.start() < end for begin, end in lawful)
    ]


def hook(text: str, rules: Hook) -> list[Finding]:
    """The opening, where nothing in it takes hold of who reads; a short message needs no hook."""
    opening = text.lstrip()
    shift = len(text) - len(opening)
    if (
        sum("\u4e00" <= char <= "\u9fff" for char in opening[: 2 * rules.characters_min])
        < rules.characters_min * 2 // 3
    ):
        return []  # it is short, or its words are not those of the rules
    if len(opening.rstrip()) < rules.characters_min:
        return []
    ended = _SENTENCE_END.search(opening, 1)
    end = min(rules.opening_max, len(opening) if ended is None else ended.end())
    dull = rules.dull.search(opening)
    if dull is None and rules.hooks.search(opening, 0, end):
        return []
    last = dull.end() if dull else len(opening[:end].rstrip("。！？!?\n；;…"))
    place = opening[:last]
    return [Finding("hook", "hook", shift, shift + last, place, rules.zh, rules.en, "", rules.instead)]


def drift(text: str, persona: Persona, rules: Manner) -> list[Finding]:
    """Where a text speaks otherwise than its persona would."""
    words = tuple(re.compile(re.escape(word)) for word in (*rules.impersonal, *persona.never) if word)
    patterns = words if persona.formal else (*words, *rules.formal)
    spans = [found.span() for found in _all(patterns, text)]
    if persona.address and (other := _YOU[persona.address].search(text)):
        spans.append(other.span())
    lawful = [found.span() for found in _all(rules.unless, text)]
    zh, en = rules.zh.replace("{name}", persona.name), rules.en.replace("{name}", persona.name)
    return [
        Finding("persona", "persona", begin, end, text[begin:end], zh, en, "", _as(persona, text[begin:end]))
        for begin, end in spans
        if not any(first < end and begin < last for first, last in lawful)
    ]


def _all(patterns: Sequence[Pattern[str]], text: str) -> Iterator[Match[str]]:
    """Where they occur, as many as are ever shown."""
    return islice((found for pattern in patterns for found in pattern.finditer(text)), FINDINGS_MAX)


def _as(persona: Persona, said: str) -> tuple[str, ...]:
    """What the persona would say in its place."""
    if said in ("你", "您"):
        return (persona.address,)
    return (persona.name, "我") if not said.endswith(("的", "请", "此")) else ("你好呀",)
