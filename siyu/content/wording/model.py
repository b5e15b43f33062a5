"""What the check finds, and by which rules it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import Literal, get_args

Kind = Literal["forbidden", "shouting", "jargon", "hook", "blanket", "persona"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_WORDS: Mapping[Kind, tuple[str, str]] = {
    "forbidden": ("违禁用语", "Forbidden"),
    "shouting": ("太吵", "Shouting"),
    "jargon": ("行话", "Jargon"),
    "hook": ("缺少钩子", "No hook"),
    "blanket": ("人人一样的折扣", "Blanket discount"),
    "persona": ("不像这个人设", "Out of persona"),
}
STOPS: frozenset[Kind] = frozenset({"forbidden"})
"""Kinds that have to be confirmed with a reason before a message goes out; all others are advice."""

CHARACTERS_MAX = 20_000
"""A longer text is looked through up to here."""
FINDINGS_MAX = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One place of a text that could be better. ``begin`` to ``end`` are characters of the text as it was given;
    ``instead``: what one might write; ``law``: from where a forbidden word's rule comes, else empty."""

    kind: Kind
    rule: str
    begin: int
    end: int
    text: str
    zh: str
    en: str
    law: str = ""
    instead: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether it needs a reason before the text goes out."""
        return self.kind in STOPS


@dataclass(frozen=True, slots=True)
class Rule:
    """Words and patterns that mean one thing. ``hints``: a pattern is looked for only where one of them occurs;
    ``unless``: where one of these covers the place, it is lawful; ``negatable``: so it is after 不, 没有, 别 …"""

    key: str
    kind: Kind
    zh: str
    en: str
    law: str = ""
    words: tuple[str, ...] = ()
    patterns: tuple[Pattern[str], ...] = ()
    hints: tuple[str, ...] = ()
    unless: tuple[Pattern[str], ...] = ()
    negatable: bool = False
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shouting:
    """From when on a text shouts; see ``lists/manner.toml``."""

    marks_in_a_row: int
    marks_in_all: int
    marks_per_characters: int
    emoji_in_a_row: int
    emoji_in_all: int
    emoji_per_characters: int
    capital_words_in_a_row: int
    capital_letters: int
    known_capitals: frozenset[str]
    urged: str
    urged_in_a_row: int
    ornaments: str
    ornaments_in_a_row: int
    zh: str
    en: str
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blanket:
    """A discount that everybody gets, and the words by which a text speaks to one person."""

    discounts: tuple[Pattern[str], ...]
    hints: tuple[str, ...]
    unless: tuple[Pattern[str], ...]
    personal: Pattern[str]
    zh: str
    en: str
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hook:
    """Openings that take hold of a reader, and those that lose them."""

    characters_min: int
    opening_max: int
    dull: Pattern[str]
    hooks: Pattern[str]
    zh: str
    en: str
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manner:
    """What no person with a name says, and how it is told."""

    impersonal: tuple[str, ...]
    formal: tuple[Pattern[str], ...]
    unless: tuple[Pattern[str], ...]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Persona:
    """Whose voice a text should have. ``address``: 你 or 您, empty where either will do; ``formal``: official phrases
    suit them (a butler's, not a friend's); ``never``: words they don't use."""

    name: str
    address: Literal["", "你", "您"] = ""
    formal: bool = False
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """All that one check looks by. Made once, used for many texts."""

    rules: tuple[Rule, ...]
    shouting: Shouting
    blanket: Blanket
    hook: Hook
    manner: Manner
    allowed: tuple[str, ...] = ()
    """Phrases of the shop that are never found fault with, folded: a name, a mark."""
    by_first: Mapping[str, Sequence[tuple[str, Rule]]] = field(default_factory=dict[str, Sequence[tuple[str, Rule]]])
    """Words by their first character, the longest first."""
