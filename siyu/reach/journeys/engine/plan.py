"""What a step would do with a crowd, thought out before anything is written. A tree: whatever the transaction finds
out (who is still there, whom the guard lets through), the way on from there has been planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from siyu.reach.journeys import nodes
from siyu.reach.journeys.engine.crowd import Numbers, Places

NEXT, HELD, LATER, LATE, TIMEOUT = "next", "held", "later", "late", "timeout"


@dataclass(frozen=True)
class Rest:
    """They wait at ``node`` until ``due``, one for each. ``moment`` is of the whole crowd."""

    who: Places
    node: str
    due: Numbers
    moment: Numbers


@dataclass(frozen=True)
class Leave:
    """They are done."""

    who: Places
    how: str


@dataclass(frozen=True)
class Way:
    """They go one way out of a node."""

    who: Places
    node: str
    way: str
    to: str
    then: Plan


@dataclass(frozen=True)
class Fork:
    """Each goes one of several ways."""

    parts: Sequence[Plan]


@dataclass(frozen=True)
class Act:
    """Something is done for them at ``node``; ``on``: the way on for each outcome, planned for all of them."""

    who: Places
    node: nodes.Any
    on: Mapping[str, Plan]


Plan = Rest | Leave | Way | Fork | Act


@dataclass(frozen=True)
class Planned:
    """``goals``: who is known to have done what the journey is for, and when."""

    plan: Plan
    goals: Sequence[tuple[Places, Numbers]] = field(default_factory=tuple[tuple[Places, Numbers], ...])
