"""A red packet for the whole group when it reaches its number (群满 200 人发红包). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked
from siyu.growth.mechanics.dice import shared
from siyu.growth.purses.givers import currency_of

PEOPLE_MAX = 500
"""As many as a group of customers at WeCom holds."""
TOTAL_CENTS_MAX = 2_000_000


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """When the group has ``people``, ``total_cents`` go to ``parts`` of those who joined, the first first.
    ``already``: how many were in the group when the campaign began."""

    people: Annotated[int, asked("群满多少人", "The group reaches", unit="people", ge=2, le=PEOPLE_MAX)] = 200
    already: Annotated[int, asked("群里现有", "In it now", unit="people", ge=0, le=PEOPLE_MAX)] = 0
    total_cents: Annotated[int, asked("红包总额", "In the packet", unit="yuan", ge=1, le=TOTAL_CENTS_MAX)] = 20_000
    parts: Annotated[int, asked("分成几份", "Parts", unit="pieces", ge=1, le=PEOPLE_MAX)] = 100
    least_cents: Annotated[int, asked("每份至少", "Each at least", unit="yuan", ge=1)] = 10
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "money"


class State(msgspec.Struct, frozen=True):
    """``parts`` as they were drawn; ``joined``: who came, in order; ``takers``: who has a part, in order."""

    parts: tuple[int, ...]
    joined: tuple[int, ...] = ()
    takers: tuple[int, ...] = ()


def start(rules: Rules, act: Act) -> Step[State]:
    """Open it for a group. The parts are drawn now, before anybody knows who gets one."""
    return Step(State(shared(act.seed, rules.total_cents, rules.parts, rules.least_cents)), said="opened")


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """Somebody joined the group, or one of its members takes a part of the open packet. Raises :class:`Refused`."""
    if act.person in state.takers:
        raise Refused("taken")
    if not opened(rules, state):
        if act.person in state.joined:
            raise Refused("joined")
        state = msgspec.structs.replace(state, joined=(*state.joined, act.person))
        if not opened(rules, state):
            return Step(state, said="joined_now")
        return _give(rules, state, state.joined)
    if len(state.takers) >= len(state.parts):
        raise Refused("empty")
    return _give(rules, state, (act.person,))


def opened(rules: Rules, state: State) -> bool:
    """Whether the group has reached its number."""
    return rules.already + len(state.joined) >= rules.people


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """Time is up; what nobody took was never granted."""
    del rules, at
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """Members, and as many as are needed."""
    return min(rules.people, rules.already + len(state.joined)), rules.people


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    found: list[Finding] = []
    if rules.already >= rules.people:
        found.append(Finding("already", "群里现有人数应少于目标。", "The group has fewer than that now.", "stop"))
    if rules.parts > rules.people:
        found.append(Finding("parts", "份数不超过目标人数。", "No more parts than the group has people.", "stop"))
    if rules.total_cents < rules.parts * rules.least_cents:
        found.append(
            Finding("total_cents", "总额不够每份最少的金额。", "The total does not reach the least for each.", "stop")
        )
    if currency_of(rules.kind) != "yuan":
        found.append(Finding("kind", "红包须以元发放。", "A packet is given in yuan.", "stop"))
    return found


def _give(rules: Rules, state: State, persons: tuple[int, ...]) -> Step[State]:
    first = len(state.takers)
    lucky = persons[: len(state.parts) - first]
    now = msgspec.structs.replace(state, takers=(*state.takers, *lucky))
    grants = [
        Grant(f"part:{first + place + 1}", person, rules.kind, state.parts[first + place], "群红包")
        for place, person in enumerate(lucky)
    ]
    return Step(now, grants, len(now.takers) == len(now.parts), "got")
