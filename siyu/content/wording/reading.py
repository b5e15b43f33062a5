"""The rules as they come with the product, and a shop's own words put to them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from re import Pattern
from typing import Any

import msgspec

from siyu.content.wording.folding import fold
from siyu.content.wording.model import Blanket, Hook, Manner, Rule, Rules, Shouting

_JARGON = ("行话：客户听不懂，也不会这样说话。", "Jargon: no customer talks like this.")


@cache
def shipped() -> Rules:
    """The rules that come with the product."""
    manner = _read("manner.toml")
    advertising = [_rule(each) for each in _read("advertising.toml")["rule"]]
    jargon = [_jargon(number, each) for number, each in enumerate(_read("jargon.toml")["word"])]
    return made(
        [*advertising, *jargon],
        Rules(
            (),
            _shouting(manner["shouting"]),
            _blanket(manner["blanket"]),
            _hook(manner["hook"]),
            _manner(manner["persona"]),
        ),
    )


def made(rules: Sequence[Rule], beside: Rules, allowed: Iterable[str] = ()) -> Rules:
    """Rules ready to be looked by. ``beside`` gives what is not words; ``allowed``: phrases that are never at fault."""
    by_first: dict[str, list[tuple[str, Rule]]] = {}
    for rule in rules:
        for word in rule.words:
            by_first.setdefault(word[0], []).append((word, rule))
    for words in by_first.values():
        words.sort(key=lambda each: -len(each[0]))
    return replace(
        beside,
        rules=tuple(rules),
        allowed=tuple(word for each in allowed if (word := fold(each))),
        by_first=by_first,
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("siyu.content.wording").joinpath("lists", name).read_text("utf-8"))


def _rule(told: Mapping[str, Any]) -> Rule:
    return Rule(
        told["key"],
        "forbidden",
        told["zh"],
        told["en"],
        told["law"],
        tuple(fold(word) for word in told.get("words", ())),
        _all(told.get("patterns", ())),
        tuple(told.get("hints", ())),
        _all(told.get("unless", ())),
        told.get("negatable", False),
        tuple(told["instead"]),
    )


def _jargon(number: int, told: Mapping[str, Any]) -> Rule:
    words = tuple(fold(word) for word in told["words"])
    return Rule(
        f"jargon.{number}",
        "jargon",
        *_JARGON,
        words=words,
        unless=_all(told.get("unless", ())),
        instead=tuple(told["instead"]),
    )


def _all(patterns: Iterable[str]) -> tuple[Pattern[str], ...]:
    return tuple(re.compile(each) for each in patterns)


def _any(patterns: Iterable[str]) -> Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in patterns))


def _shouting(told: Mapping[str, Any]) -> Shouting:
    lists = {"known_capitals": frozenset(told["known_capitals"]), "instead": tuple(told["instead"])}
    return msgspec.convert({**told, **lists}, Shouting)


def _blanket(told: Mapping[str, Any]) -> Blanket:
    return Blanket(
        _all(told["discounts"]),
        tuple(told["hints"]),
        _all(told["unless"]),
        _any(told["personal"]),
        told["zh"],
        told["en"],
        tuple(told["instead"]),
    )


def _hook(told: Mapping[str, Any]) -> Hook:
    return Hook(
        told["characters_min"],
        told["opening_max"],
        _any(told["dull"]),
        _any(told["hooks"]),
        told["zh"],
        told["en"],
        tuple(told["instead"]),
    )


def _manner(told: Mapping[str, Any]) -> Manner:
    return Manner(tuple(told["impersonal"]), _all(told["formal"]), _all(told["unless"]), told["zh"], told["en"])
