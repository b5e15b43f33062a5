"""The wording check at the edge: what a form or a message says, and the reason that forbidden words need."""

from __future__ import annotations

from collections.abc import Mapping

from siyu.content.wording.asking import findings_in, require_reason, words_of
from siyu.content.wording.model import KIND_WORDS, Finding, Kind
from siyu.content.wording.words import rules_of
from siyu.storage import Stores
from siyu.web.current import note, t
from siyu.web.forms import Form

TEXTS = ("title", "text", "script", "brief", "words")
"""Fields of forms, besides those of content, whose words are looked at."""
_NO_WORDS = ("form", "image", "medium", "link", "url", "appid", "page", "card_url", "cover", "program")
MOODS: Mapping[Kind, str] = {"forbidden": "bad", "persona": "warn", "shouting": "warn", "blanket": "warn"}


def texts_in(form: Form) -> list[str]:
    """What a form says, field by field: the parts of content, and the fields that hold words elsewhere."""
    names = [
        name
        for name in form.names()
        if name in TEXTS or (name.startswith(("content.", "body.")) and name.rpartition(".")[2] not in _NO_WORDS)
    ]
    return [text for name in names if (text := form.get(name).strip())]


def in_form(stores: Stores, form: Form) -> list[Finding]:
    """What could be better about what a form says."""
    return findings_in(texts_in(form), rules_of(stores))


def in_content(stores: Stores, content: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """… about a message, by channel and part."""
    return findings_in(words_of(content), rules_of(stores))


def require(stores: Stores, content: Mapping[str, Mapping[str, str]], reason: str) -> None:
    """Let a message pass, or ask for a reason; the audit log keeps words and reason. Raises :class:`BadInput`."""
    kept = require_reason(in_content(stores, content), reason)
    if kept:
        note(**kept)


def shown(found: list[Finding]) -> list[dict[str, object]]:
    """Findings as pages show them, forbidden ones first."""
    order = sorted(found, key=lambda each: not each.stops)
    return [
        {
            "kind": t(*KIND_WORDS[each.kind]),
            "mood": MOODS.get(each.kind, "info"),
            "text": each.text[:60],
            "why": t(each.zh, each.en),
            "law": each.law,
            "instead": each.instead,
        }
        for each in order
    ]
