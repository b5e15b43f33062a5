"""What the command line and the API answer of rules for sensitive words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins

import siyu.channels.wecom.word_rules.tasks as _handlers  # registers the jobs
from siyu.channels.wecom.word_rules import reading, rules
from siyu.channels.wecom.word_rules.rules import Draft, WordRule
from siyu.jobs import run_to_end
from siyu.storage import Stores


class WordRuleAnswer(Struct, frozen=True):
    """A rule. ``kinds``: what is stopped besides words (phone, email, red_packet); ``blocks``: the message is not sent,
    else its writer is warned; ``state``: calling, there, refused, gone; ``read``: as it was there, then."""

    id: int
    account: int
    name: str
    words: list[str]
    kinds: list[str]
    blocks: bool
    members: list[str]
    departments: list[int]
    state: str
    created: datetime | None
    read: datetime | None
    by: str

    @classmethod
    def of(cls, rule: WordRule) -> WordRuleAnswer:
        return cls(**{name: getattr(rule, name) for name in cls.__struct_fields__})


class WordRulesAnswer(Struct, frozen=True):
    """The rules that there are, the newest first."""

    rules: list[WordRuleAnswer]


class WordRulesRead(Struct, frozen=True):
    """The job that reads."""

    job: int


class WordRuleRemoved(Struct, frozen=True):
    """The number of the rule that is no more."""

    removed: int


def told(stores: Stores, number: int) -> WordRuleAnswer:
    """One rule. Raises :class:`NotFound`."""
    return WordRuleAnswer.of(rules.get_rule(stores, number))


def all_told(stores: Stores, account: int | None = None) -> WordRulesAnswer:
    """Every rule."""
    return WordRulesAnswer([WordRuleAnswer.of(each) for each in rules.list_rules(stores, account)])


def draft_of(found: WordRule) -> Draft:
    """A rule as a draft, to be changed in parts."""
    return Draft(found.name, found.words, found.kinds, found.blocks, found.members, found.departments)


def changed(stores: Stores, number: int, given: Mapping[str, Any]) -> Draft:
    """A rule's draft with what is given instead."""
    return replace(draft_of(rules.get_rule(stores, number)), **given)


def read_now(stores: Stores, account: int, *, alone: bool) -> Mapping[str, Any]:
    """Read and wait for the end (command line). Raises :class:`SiyuError`."""
    run_to_end(stores, lambda: reading.ask_to_read(stores, account), alone=alone)
    return to_builtins(all_told(stores, account))


__all__ = ["_handlers", "all_told", "changed", "draft_of", "read_now", "told"]
