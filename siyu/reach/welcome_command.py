"""What ``siyu welcome …`` and the API answer. Who may read the home folder may do all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins

from siyu.reach import welcomes
from siyu.reach.welcomes import STATES, WelcomeDraft, WelcomeRule
from siyu.storage import Stores

BY = "cli"


class WelcomeAnswer(Struct, frozen=True):
    """A welcome. ``account`` null: every account; no ``channels`` or ``advisers``: however, and to whomever they
    came. ``counts``: newcomers of the last 30 days by what became of their welcome."""

    id: int
    name: str
    text: str
    account: int | None
    channels: list[str]
    advisers: list[str]
    attachments: list[dict[str, str]]
    enabled: bool
    created: datetime
    changed: datetime
    by: str
    counts: dict[str, int]

    @classmethod
    def of(cls, rule: WelcomeRule, counts: Mapping[str, int]) -> WelcomeAnswer:
        draft = rule.draft
        return cls(
            rule.id,
            draft.name,
            draft.text,
            draft.account,
            list(draft.channels),
            list(draft.advisers),
            [dict(each) for each in draft.attachments],
            draft.enabled,
            rule.created,
            rule.changed,
            rule.by,
            {state: counts.get(state, 0) for state in STATES},
        )


class WelcomesAnswer(Struct, frozen=True):
    """Every welcome, in the order in which they are asked; ``unruled``: newcomers whom none of them fitted."""

    welcomes: list[WelcomeAnswer]
    unruled: int


def told(stores: Stores, rule: int) -> WelcomeAnswer:
    """One welcome. Raises :class:`NotFound`."""
    return WelcomeAnswer.of(welcomes.get_welcome(stores, rule), welcomes.welcome_counts(stores).get(rule, {}))


def all_told(stores: Stores) -> WelcomesAnswer:
    """Every welcome."""
    counts = welcomes.welcome_counts(stores)
    known = [WelcomeAnswer.of(rule, counts.get(rule.id, {})) for rule in welcomes.all_welcomes(stores)]
    return WelcomesAnswer(known, counts.get(None, {}).get("unruled", 0))


def list_all(stores: Stores) -> Mapping[str, Any]:
    """:class:`WelcomesAnswer` as plain data."""
    return to_builtins(all_told(stores))


def add(stores: Stores, draft: WelcomeDraft) -> Mapping[str, Any]:
    """The new welcome."""
    return to_builtins(told(stores, welcomes.add_welcome(stores, BY, draft)))


def change(stores: Stores, rule: int, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change what is given; the rest stays."""
    welcomes.change_welcome(stores, BY, rule, changed(stores, rule, given))
    return to_builtins(told(stores, rule))


def changed(stores: Stores, rule: int, given: Mapping[str, Any]) -> WelcomeDraft:
    """The draft of a welcome with what is given instead; an account of 0 means every account."""
    before = welcomes.get_welcome(stores, rule).draft
    wished = replace(before, **given)
    return replace(wished, account=wished.account or None)


def switch(stores: Stores, rule: int, *, enabled: bool) -> Mapping[str, Any]:
    """Switch a welcome on or off."""
    welcomes.switch_welcome(stores, BY, rule, enabled=enabled)
    return to_builtins(told(stores, rule))


def remove(stores: Stores, rule: int) -> Mapping[str, Any]:
    """Throw a welcome away."""
    welcomes.remove_welcome(stores, rule)
    return {"removed": rule}
