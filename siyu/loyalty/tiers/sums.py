"""Values by set, in SQL: the same as :func:`course.value_on`, for everybody at once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.tiers.model import Plan
from siyu.loyalty.tiers.tables import tier_facts, tier_stale, tier_standings
from siyu.people.tables import people


def values(plan: Plan, day: int) -> sa.Subquery:
    """(person, value): the value of everybody who has any fact in the window, at the end of a day."""
    in_window = sa.and_(tier_facts.c.day <= day, tier_facts.c.base > day - plan.window_days)
    often: list[tuple[Any, Any]] = [
        (tier_facts.c.deed == deed.event, deed.growth) for deed in plan.deeds
    ]  # fmt: skip
    most = [(tier_facts.c.deed == deed.event, deed.times_a_day) for deed in plan.deeds]
    times, cents = sa.func.count(), sa.func.sum(tier_facts.c.cents)
    growth = sa.case(*often, else_=0) if often else sa.literal(0)
    limit = sa.case(*most, else_=0) if most else sa.literal(0)
    by_day = (
        sa.select(
            people.c.kept.label("person"),
            sa.case((tier_facts.c.deed == "", cents), else_=0).label("cents"),
            (sa.case((times < limit, times), else_=limit) * growth).label("deeds"),
        )
        .join(people, people.c.person == tier_facts.c.person)
        .where(in_window)
        .group_by(people.c.kept, tier_facts.c.deed, tier_facts.c.base)
        .subquery()
    )
    paid = sa.func.sum(by_day.c.cents)
    kept = sa.cast(sa.case((paid > 0, paid), else_=0), sa.BigInteger)
    return (
        sa.select(
            by_day.c.person,
            (kept * plan.rate // 10_000 + sa.cast(sa.func.sum(by_day.c.deeds), sa.BigInteger)).label("value"),
        )
        .group_by(by_day.c.person)
        .subquery()
    )


def mark_due(conn: Connection, plan: Plan, last: int, today: int) -> None:
    """Note whose standing the nights since ``last`` bear on: what they did long ago counts no more, or a grace ends."""
    ended = sa.select(tier_facts.c.person).where(
        tier_facts.c.base > last - plan.window_days, tier_facts.c.base <= today - plan.window_days
    )
    turning = sa.select(tier_standings.c.person).where(
        sa.or_(tier_standings.c.falls <= today, tier_standings.c.turns <= today)
    )
    due = sa.union(ended, turning).subquery()
    conn.execute(sa.insert(tier_stale).from_select(["person"], sa.select(due.c.person)))


def audit(conn: Connection, plan: Plan, today: int) -> list[int]:
    """Persons whose kept value is not what their facts add up to (first :data:`TOLD_MAX`)."""
    added = values(plan, today)
    wrong = (
        sa.select(tier_standings.c.person)
        .join(added, added.c.person == tier_standings.c.person, isouter=True)
        .where(tier_standings.c.value != sa.func.coalesce(added.c.value, 0))
        .order_by(tier_standings.c.person)
        .limit(TOLD_MAX)
    )
    return [int(person) for person in conn.execute(wrong).scalars()]


TOLD_MAX = 100
