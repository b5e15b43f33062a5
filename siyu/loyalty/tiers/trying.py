"""Trying a plan on what happened before it begins: the same course as everybody's, over the past months.

Month by month: how many stand in each tier at its end, how many came up and down, and what its discount would have
cost on what they bought while they were in it; beside the plan in force, tried on the same past.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from siyu.jobs import enqueue, preferences
from siyu.loyalty.tiers import facts, keeping
from siyu.loyalty.tiers.course import Fact, course
from siyu.loyalty.tiers.model import Plan
from siyu.loyalty.tiers.tables import tier_facts, tier_trials
from siyu.people.tables import people
from siyu.storage import BadInput, NotFound, Stores
from siyu.storage.ledger import to_millis

JOB = "try_tier_plan"
MONTHS_MAX = 24
FACTS_A_STEP = 20_000

Progress = Callable[[int, int | None, str | None], object]


class InTier(msgspec.Struct):
    """A tier in one month: people at its end, who came up to it or from it down, what they bought while in it (after
    returns), and what its discount would have cost, in cents."""

    key: str
    name: str
    people: int = 0
    up: int = 0
    down: int = 0
    bought_cents: int = 0
    cost_cents: int = 0


class Month(msgspec.Struct):
    """``month``: 2026-01."""

    month: str
    tiers: list[InTier]


class Trial(msgspec.Struct):
    """The plan tried, and the one in force (none, where no plan began)."""

    months: list[Month]
    against: list[Month]
    persons: int


class _Trial:
    """Adds persons up, one plan's view."""

    def __init__(self, plan: Plan, months: Sequence[date], today: int) -> None:
        self.plan, self.today = plan, today
        self.firsts = [month.toordinal() for month in months]
        self.months = [
            Month(f"{month:%Y-%m}", [InTier(tier.key, tier.name) for tier in plan.tiers]) for month in months
        ]
        self.discounts = [plan.rights(rank).get("discount", 0) for rank in range(len(plan.tiers) + 1)]

    def add(self, told: Sequence[Fact]) -> None:
        """One person."""
        found = course(self.plan, told, self.today)
        days, ranks = [step.day for step in found.steps], [0, *(step.after for step in found.steps)]
        for step in found.steps:
            place = self._month(step.day)
            if place is not None:
                tier = self.months[place].tiers[max(step.before, step.after) - 1]
                if step.after > step.before:
                    tier.up += 1
                else:
                    tier.down += 1
        for place, month in enumerate(self.months):
            ends = self.firsts[place + 1] - 1 if place + 1 < len(self.firsts) else self.today
            rank = ranks[bisect_right(days, ends)]
            if rank:
                month.tiers[rank - 1].people += 1
        for fact in told:
            place = self._month(fact.base)
            rank = ranks[bisect_right(days, fact.base - 1)]  # what they were when they bought it
            if place is not None and rank and not fact.deed:
                self.months[place].tiers[rank - 1].bought_cents += fact.cents

    def done(self) -> list[Month]:
        for month in self.months:
            for rank, tier in enumerate(month.tiers, 1):
                tier.cost_cents = max(tier.bought_cents, 0) * self.discounts[rank] // 100
        return self.months

    def _month(self, day: int) -> int | None:
        place = bisect_right(self.firsts, day) - 1
        return None if place < 0 or day > self.today else place


def months_until(today: date, many: int) -> list[date]:
    """The first days of the last ``many`` months, this one the last."""
    count = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(count - many + 1, count + 1)]


def ask(stores: Stores, by: str, plan: int, months: int) -> int:
    """Have a plan tried in the background; the trial's number. Raises :class:`NotFound`, :class:`BadInput`."""
    if not 1 <= months <= MONTHS_MAX:
        raise BadInput("tier_months", f"请填 1 到 {MONTHS_MAX} 个月。", f"1 to {MONTHS_MAX} months.", field="months")
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        keeping.get(conn, plan)
        held = keeping.in_force(conn)
        row = {
            "plan": plan,
            "against": held.id if held is not None and held.id != plan else None,
            "months": months,
            "created": now,
            "by": by,
        }
        number = conn.execute(sa.insert(tier_trials).values(row).returning(tier_trials.c.id)).scalar_one()
        enqueue(conn, JOB, {"trial": number}, now=now, key=f"{JOB}:{number}")
    return int(number)


def run(stores: Stores, number: int, progress: Progress = lambda done, of, stage: None) -> dict[str, Any]:
    """Work a trial out and keep it; how many persons it is about."""
    while facts.follow(stores):
        pass
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(tier_trials).where(tier_trials.c.id == number)).first()
        if row is None:
            raise NotFound("no_tier_trial", f"没有第 {number} 次试算。", f"There is no trial {number}.")
        plan = keeping.get(conn, row.plan).plan
        against = None if row.against is None else keeping.get(conn, row.against).plan
    today = stores.clock.now().astimezone(preferences.timezone(stores)).date()
    months = months_until(today, row.months)
    tried = _Trial(plan, months, today.toordinal())
    held = None if against is None else _Trial(against, months, today.toordinal())
    persons = _each(stores, lambda told: [each.add(told) for each in (tried, held) if each is not None], progress)
    result = Trial(tried.done(), [] if held is None else held.done(), persons)
    with stores.ledger.write() as conn:
        done = {"finished": stores.clock.now(), "result": msgspec.to_builtins(result)}
        conn.execute(sa.update(tier_trials).where(tier_trials.c.id == number).values(done))
    return {"persons": persons}


def _each(stores: Stores, add: Callable[[Sequence[Fact]], object], progress: Progress) -> int:
    """Everybody's facts, a person after another; how many."""
    columns = [tier_facts.c[name] for name in ("day", "at", "base", "cents", "deed")]
    after, persons = 0, 0
    while True:
        some = (
            sa.select(people.c.kept)
            .join(tier_facts, tier_facts.c.person == people.c.person)
            .where(people.c.kept > after)
            .order_by(people.c.kept)
            .limit(FACTS_A_STEP)
            .subquery()
        )
        with stores.ledger.read() as conn:
            last = conn.execute(sa.select(sa.func.max(some.c.kept))).scalar()
            if last is None:
                return persons
            query = (
                sa.select(people.c.kept, *columns)
                .join(tier_facts, tier_facts.c.person == people.c.person)
                .where(people.c.kept > after, people.c.kept <= last)
            )
            told: dict[int, list[Fact]] = {}
            for person, day, at, base, cents, deed in conn.execute(query):
                told.setdefault(person, []).append(Fact(day, to_millis(at), base, cents, deed))
        for each in told.values():
            add(each)
        persons += len(told)
        after = last
        progress(persons, None, None)


def get(stores: Stores, number: int) -> tuple[Any, Trial | None]:
    """A trial's row, and its result as soon as there is one. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(tier_trials).where(tier_trials.c.id == number)).first()
    if row is None:
        raise NotFound("no_tier_trial", f"没有第 {number} 次试算。", f"There is no trial {number}.")
    return row, None if row.result is None else msgspec.convert(row.result, Trial)


def of_plan(stores: Stores, plan: int) -> Sequence[Any]:
    """The trials of a plan, the newest first."""
    query = sa.select(tier_trials).where(tier_trials.c.plan == plan).order_by(tier_trials.c.id.desc()).limit(20)
    with stores.ledger.read() as conn:
        return conn.execute(query).all()
