"""Finding a script by what the customer says: words cut as Chinese is read, the title and the question before the text.
Pure."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

TITLE, QUESTION, TAGS, TEXT = 3.0, 3.0, 2.0, 1.0
STOP_WORDS = frozenset("的了吗呢吧啊我你您他她它是有在和与就都也很这那个要会能")
WORDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Text:
    """What of a script is looked at."""

    piece: int
    title: str
    asked: str
    tags: Sequence[str]
    text: str


def ranked(words: str, texts: Sequence[Text], favourites: frozenset[int] = frozenset()) -> list[int]:
    """Numbers of scripts that fit these words, the best first; all of them, favourites first, for none."""
    asked = pieces_of(words[:WORDS_MAX])
    if not asked:
        return sorted((each.piece for each in texts), key=lambda piece: (piece not in favourites, -piece))
    rare = _rarity(asked, texts)
    scored = [(_score(asked, each, rare) + 0.5 * (each.piece in favourites), each.piece) for each in texts]
    return [piece for score, piece in sorted(scored, key=lambda found: (-found[0], -found[1])) if score >= 1]


@lru_cache(maxsize=5_000)
def pieces_of(text: str) -> frozenset[str]:
    """The words of a text, as they are looked for: small letters, no words that say nothing."""
    found = _jieba().cut_for_search(text.lower())
    return frozenset(word for each in found if (word := each.strip()) and word not in STOP_WORDS and _says(word))


def _says(word: str) -> bool:
    return any(each.isalnum() for each in word)


def _score(asked: frozenset[str], each: Text, rare: Mapping[str, float]) -> float:
    places = (
        (TITLE, pieces_of(each.title)),
        (QUESTION, pieces_of(each.asked)),
        (TAGS, pieces_of(" ".join(each.tags))),
        (TEXT, pieces_of(each.text)),
    )
    return sum(rare[word] * max((weight for weight, words in places if word in words), default=0.0) for word in asked)


def _rarity(asked: frozenset[str], texts: Sequence[Text]) -> dict[str, float]:
    """A word that stands in few scripts says more of what is looked for; never less than 1."""
    whole = [pieces_of(f"{each.title} {each.asked} {' '.join(each.tags)} {each.text}") for each in texts]
    return {word: 2.0 - sum(word in words for words in whole) / max(len(whole), 1) for word in asked}


@cache
def _jieba() -> Any:
    """Loaded when something is first looked for: its dictionary takes a second."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba
