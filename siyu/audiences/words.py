"""What sentences are made with: the language, and what numbers and keys are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["zh", "en"]
Pair = tuple[str, str]
"""A text in Chinese and in English."""


@dataclass(frozen=True)
class Names:
    """Names of what a rule refers to by number or key. What is not named here is shown as its key."""

    tags: Mapping[int, str] = field(default_factory=dict[int, str])
    audiences: Mapping[int, str] = field(default_factory=dict[int, str])
    events: Mapping[str, Pair] = field(default_factory=dict[str, Pair])
    schemes: Mapping[str, Pair] = field(default_factory=dict[str, Pair])
    layers: Mapping[tuple[str, str], Pair] = field(default_factory=dict[tuple[str, str], Pair])


@dataclass(frozen=True)
class Words:
    """Says things in one language."""

    language: Language
    names: Names = field(default_factory=Names)

    def t(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def pair(self, texts: Pair) -> str:
        return self.t(*texts)

    def quoted(self, text: str) -> str:
        return self.t(f"「{text}」", f"“{text}”")

    def listed(self, texts: Iterable[str], *, last: Pair = ("或", "or")) -> str:
        """``A、B或C``; ``A, B or C``."""
        items = list(texts)
        if len(items) < 2:
            return "".join(items)
        head = self.t("、", ", ").join(items[:-1])
        return f"{head}{self.t(last[0], f' {last[1]} ')}{items[-1]}"

    def event(self, name: str) -> str:
        if name == "*":
            return self.t("任意行为", "anything")
        known = self.names.events.get(name)
        return self.pair(known) if known else self.quoted(name)

    def tag(self, number: int) -> str:
        return self.quoted(self.names.tags.get(number, f"#{number}"))

    def audience(self, number: int) -> str:
        return self.quoted(self.names.audiences.get(number, f"#{number}"))

    def scheme(self, key: str) -> str:
        return self.pair(self.names.schemes.get(key, (key, key)))

    def layer(self, scheme: str, key: str) -> str:
        return self.quoted(self.pair(self.names.layers.get((scheme, key), (key, key))))

    def number(self, value: float) -> str:
        return f"{value:,.4f}".rstrip("0").rstrip(".")
