"""What ``siyu guard …`` and the API answer about the guard's rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct, to_builtins

from siyu.jobs import preferences
from siyu.reach import caps_kept, guard, results
from siyu.reach.rules.caps import own_number
from siyu.reach.ways_out import way_out
from siyu.reach.what_if import DAYS, WhatIf, what_if
from siyu.storage import Stores

BY = "cli"


class RuleAnswer(Struct, frozen=True):
    """A rule as it is set. ``todo``: what to do about messages that it holds; ``own``: a cap that the operator made."""

    name: str
    zh: str
    en: str
    sentence_zh: str
    sentence_en: str
    todo_zh: str
    todo_en: str
    settings: dict[str, str | int | bool]
    enabled: bool
    switchable: bool
    own: bool
    held_7_days: int
    held_30_days: int


class RulesAnswer(Struct, frozen=True):
    """The rules in the order in which they speak."""

    rules: list[RuleAnswer]


class HeldBy(Struct, frozen=True):
    """Messages of the days asked for that one rule holds: ``was`` truly held; ``now`` judged anew by the rules as they
    are set; ``would`` with the change. Quiet hours delay them; all others drop them."""

    rule: str
    was: int
    now: int
    would: int


class HeldOn(Struct, frozen=True):
    """The same by local day, over all rules."""

    day: date
    was: int
    now: int
    would: int


class WhatIfAnswer(Struct, frozen=True):
    """What a change of one rule (``new``: one cap more, shown as ``cap_0``) would have done. ``sent``: messages that
    went out in those days; ``share``: of the people, how many were judged (below 1, figures are scaled up)."""

    rule: str
    sent: int
    share: float
    by_rule: list[HeldBy]
    by_day: list[HeldOn]

    @classmethod
    def of(cls, found: WhatIf) -> WhatIfAnswer:
        was, now, would = (found.by_rule(each) for each in (found.was, found.now, found.would))
        days = zip(found.days, *(found.by_day(each) for each in (found.was, found.now, found.would)), strict=True)
        return cls(
            found.rule,
            found.sent,
            found.share,
            [
                HeldBy(name, was.get(name, 0), now.get(name, 0), would.get(name, 0))
                for name in sorted({*was, *now, *would})
            ],
            [HeldOn(*each) for each in days],
        )


def rules(stores: Stores) -> list[RuleAnswer]:
    """Every rule, and how many messages each held lately."""
    week, month = results.held_lately(stores, 7), results.held_lately(stores)
    with stores.ledger.read() as conn:
        states = guard.load_guard(conn, preferences.timezone(conn)).rules
    return [
        RuleAnswer(
            state.rule.name,
            state.rule.zh,
            state.rule.en,
            *state.rule.sentence(state.settings),
            *way_out(state.rule.name),
            dict(state.settings),
            state.enabled,
            state.rule.switchable,
            own_number(state.rule.name) is not None,
            week.get(state.rule.name, 0),
            month.get(state.rule.name, 0),
        )
        for state in states
    ]


def show(stores: Stores) -> dict[str, Any]:
    """:class:`RulesAnswer` as plain data."""
    return to_builtins(RulesAnswer(rules(stores)))


def change(stores: Stores, name: str, given: Mapping[str, Any], enabled: bool | None) -> dict[str, Any]:
    """Change what is given of a rule, leave the rest. Raises :class:`BadInput`."""
    with stores.ledger.read() as conn:
        states = {each.rule.name: each for each in guard.load_guard(conn, preferences.timezone(conn)).rules}
    state = states.get(name)
    before = {} if state is None else dict(state.settings)
    on = (state is None or state.enabled) if enabled is None else enabled
    guard.set_rule(stores, BY, name, before | dict(given), on)
    return show(stores)


def try_out(
    stores: Stores, name: str, given: Mapping[str, Any], enabled: bool | None, days: int = DAYS
) -> dict[str, Any]:
    """:class:`WhatIfAnswer` as plain data, where what is given of a rule were changed. Raises :class:`BadInput`."""
    with stores.ledger.read() as conn:
        states = {each.rule.name: each for each in guard.load_guard(conn, preferences.timezone(conn)).rules}
    state = states.get(name)
    before = {} if state is None else dict(state.settings)
    on = (state is None or state.enabled) if enabled is None else enabled
    return to_builtins(WhatIfAnswer.of(what_if(stores, name, before | dict(given), on, days)))


def add_cap(stores: Stores, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A new cap: its name, and all rules. Raises :class:`BadInput`, :class:`Conflict`."""
    name = caps_kept.add_cap(stores, BY, given)
    return name, show(stores)


def remove_cap(stores: Stores, name: str) -> dict[str, Any]:
    """Take a cap away. Raises :class:`BadInput`, :class:`NotFound`."""
    caps_kept.remove_cap(stores, BY, name)
    return show(stores)
