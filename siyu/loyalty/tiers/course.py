"""How somebody goes through the tiers of a plan, from what they did. Pure.

The course is worked out from all that is known, in the order in which it happened, so the order in which it was told
does not matter, and working it out again gives the same. Days are those of the shop, as ordinals. What happened on a
day counts for ``window_days``; a return takes its part away from the moment of the return, and its part ends when the
order's own part ends.

What is *shown* is the course, with one promise kept: nobody comes down before a grace that they could have been told
of has ended, whatever is told late or whichever plan takes the place of another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, NamedTuple

from siyu.loyalty.tiers.model import Plan

MIDNIGHT = -1
"""As a moment of the day: before everything that happens in it."""

Why = Literal["up", "down"]


class Fact(NamedTuple):
    """Something that makes value grow: ``cents`` paid (less than none: returned), or a ``deed``. ``day`` and ``at``
    (any number that grows within the day): when it happened; ``base``: the day from which its window is counted."""

    day: int
    at: int
    base: int
    cents: int = 0
    deed: str = ""


class Standing(NamedTuple):
    """``falls``: the day on which they come down if nothing happens; None where they meet what it takes to stay."""

    rank: int = 0
    falls: int | None = None


class Step(NamedTuple):
    """From one rank to another, on a day (``at``: see :class:`Fact`), at this value."""

    day: int
    at: int
    before: int
    after: int
    value: int


@dataclass(frozen=True, slots=True)
class Course:
    """The steps in their order; where they stand on the last day, and with what value."""

    steps: Sequence[Step]
    standing: Standing
    value: int


@dataclass
class _Tally:
    """The value as it grows and shrinks."""

    plan: Plan
    cents: int = 0
    deeds: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    by_deeds: int = 0

    def add(self, fact: Fact, sign: int) -> None:
        self.cents += sign * fact.cents
        if not fact.deed:
            return
        known = next((deed for deed in self.plan.deeds if deed.event == fact.deed), None)
        if known is not None:
            key = (fact.deed, fact.base)
            before = min(self.deeds[key], known.times_a_day)
            self.deeds[key] += sign
            self.by_deeds += (min(self.deeds[key], known.times_a_day) - before) * known.growth

    @property
    def value(self) -> int:
        return max(self.cents, 0) * self.plan.rate // 10_000 + self.by_deeds


def value_on(plan: Plan, facts: Iterable[Fact], day: int) -> int:
    """The value at the end of a day."""
    tally = _Tally(plan)
    for fact in facts:
        if fact.day <= day < fact.base + plan.window_days:
            tally.add(fact, 1)
    return tally.value


def step(plan: Plan, standing: Standing, value: int, day: int) -> Standing:
    """Where one who stood there stands with this value on this day. Doing it again changes nothing."""
    best = max((rank for rank, tier in enumerate(plan.tiers, 1) if value >= tier.up), default=0)
    if best > standing.rank:
        return Standing(best)
    tier = plan.tier(standing.rank)
    if tier is None or value >= tier.stay:
        return Standing(standing.rank)
    falls = day + tier.grace_days if standing.falls is None else standing.falls
    if falls > day:
        return Standing(standing.rank, falls)
    return Standing(max(rank for rank in range(standing.rank) if value >= plan.stay(rank)))


def course(plan: Plan, facts: Iterable[Fact], today: int) -> Course:
    """The course up to now, on ``today``."""
    moments: list[tuple[int, int, int, Fact]] = []
    for fact in facts:
        ends = fact.base + plan.window_days
        if fact.day <= today and fact.day < ends:
            moments.append((fact.day, fact.at, 1, fact))
            if ends <= today:
                moments.append((ends, MIDNIGHT, -1, fact))
    moments.sort(key=lambda moment: moment[:2])
    tally, standing, steps = _Tally(plan), Standing(), list[Step]()

    def look(day: int, at: int = MIDNIGHT) -> None:
        nonlocal standing
        after = step(plan, standing, tally.value, day)
        if after.rank != standing.rank:
            steps.append(Step(day, at, standing.rank, after.rank, tally.value))
        standing = after

    for (day, at), group in groupby(moments, key=lambda moment: moment[:2]):
        while standing.falls is not None and (standing.falls, MIDNIGHT) < (day, at):
            look(standing.falls)
        for _, _, sign, fact in group:
            tally.add(fact, sign)
        look(day, at)
    while standing.falls is not None and standing.falls <= today:
        look(standing.falls)
    return Course(steps, standing, tally.value)


def shown(plan: Plan, before: Standing, now: Standing, today: int) -> Standing:
    """What is shown today to one to whom ``before`` was shown, where their course says ``now``."""
    if now.rank > before.rank:
        return now if now.falls is None else Standing(now.rank, _promised(plan, now, today))
    if now.rank == before.rank and now.falls is None:
        return now
    falls = _promised(plan, Standing(before.rank, now.falls), today) if before.falls is None else before.falls
    if falls > today:
        return Standing(before.rank, falls)
    return now if now.falls is None else Standing(now.rank, _promised(plan, now, today))


def _promised(plan: Plan, standing: Standing, today: int) -> int:
    """The end of a grace that is told of today at the earliest."""
    tier = plan.tier(standing.rank)
    return max(standing.falls or 0, today + (tier.grace_days if tier is not None else 0))
