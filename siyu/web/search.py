"""The search field at the top. A room adds what it can find:

@finds("people.read")
def people(stores: Stores, words: str, hits_max: int) -> list[Hit]: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import t

HITS_MAX = 6
"""Hits shown of one kind."""

WORDS_MAX = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: where it is, what to call it, and a few words more."""

    url: str
    title: str
    detail: str
    icon: str


Finder = Callable[[Stores, str, int], list[Hit]]
_finders: list[tuple[str, Finder]] = []


def finds(permission: str) -> Callable[[Finder], Finder]:
    """Register a function that finds things for those who hold a permission."""

    def register(finder: Finder) -> Finder:
        _finders.append((permission, finder))
        return finder

    return register


def find(stores: Stores, actor: Actor, words: str) -> list[Hit]:
    """Pages by name first, then what the rooms find."""
    words = words.strip()[:WORDS_MAX]
    if not words:
        return []
    hits = [
        Hit(entry.url, t(entry.zh, entry.en), t(section.zh, section.en), section.icon)
        for section, entries in menu.visible()
        for entry in entries
        if words.lower() in f"{section.zh} {entry.zh} {section.en} {entry.en}".lower()
    ][:HITS_MAX]
    for permission, finder in _finders:
        if actor.may(permission):
            hits += finder(stores, words, HITS_MAX)[:HITS_MAX]
    return hits
