"""Unlocked together (众筹解锁): the more people take part, the more everybody of them gets. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from siyu.growth.campaigns.mechanic import Act, Finding, Grant, Refused, Step, asked

PEOPLE_MAX = 2_000
RUNGS_MAX = 5


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody gets once ``people`` take part."""

    people: Annotated[int, asked("满", "People", unit="people", ge=2, le=PEOPLE_MAX)]
    title: Annotated[str, asked("人人得到", "Everybody gets", longest=60)]
    kind: Annotated[str, asked("发放方式", "Given as", unit="kind")] = "goods"
    amount: Annotated[int, asked("数量", "Amount", unit="reward", ge=1)] = 1


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """``rungs`` by rising ``people``; each reached one is given to all, and to whoever comes later."""

    rungs: Annotated[tuple[Rung, ...], asked("各档", "Rungs")]


class State(msgspec.Struct, frozen=True):
    """``people``: who takes part, the starter first."""

    people: tuple[int, ...] = ()


def start(rules: Rules, act: Act) -> Step[State]:
    """Begin one; the starter takes part."""
    return _join(rules, State(), act.person)


def contribute(rules: Rules, state: State, act: Act) -> Step[State]:
    """Take part. Raises :class:`Refused`: takes part already, or as many as there may be."""
    if act.person in state.people:
        raise Refused("joined")
    if len(state.people) >= rules.rungs[-1].people:
        raise Refused("full")
    return _join(rules, state, act.person)


def reached(rules: Rules, people: int) -> list[Rung]:
    """The rungs that so many people reach."""
    return [rung for rung in rules.rungs if rung.people <= people]


def expire(rules: Rules, state: State, at: datetime) -> Step[State]:
    """Time is up; what was unlocked stays."""
    del rules, at
    return Step(state, done=True, said="over")


def need(rules: Rules, state: State) -> tuple[int, int]:
    """How many take part, and how many the next rung asks for (the last, when all are reached)."""
    have = len(state.people)
    return have, next((rung.people for rung in rules.rungs if rung.people > have), rules.rungs[-1].people)


def costs(rules: Rules) -> dict[str, int]:
    """What all rungs come to when as many take part as may."""
    most: dict[str, int] = {}
    for rung in rules.rungs:
        most[rung.kind] = most.get(rung.kind, 0) + rung.amount * rules.rungs[-1].people
    return most


def check(rules: Rules) -> list[Finding]:
    """What the rules may not be."""
    people = [rung.people for rung in rules.rungs]
    if 1 <= len(people) <= RUNGS_MAX and people == sorted(set(people)):
        return []
    return [
        Finding(
            "rungs",
            f"须有 1 到 {RUNGS_MAX} 档，人数递增。",
            f"1 to {RUNGS_MAX} rungs of rising numbers of people.",
            "stop",
        )
    ]


def _join(rules: Rules, state: State, person: int) -> Step[State]:
    people = (*state.people, person)
    grants: list[Grant] = []
    for rung in reached(rules, len(people)):
        to = people if rung.people == len(people) else (person,)
        grants += [Grant(f"{rung.people}:{each}", each, rung.kind, rung.amount, rung.title) for each in to]
    last = rules.rungs[-1].people == len(people)
    return Step(State(people), grants, last, "unlocked" if len(grants) > 0 else "joined_now")
