"""What somebody may by their tier: asked for by name where it is used, never copied elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.tiers import keeping
from siyu.loyalty.tiers.model import RIGHTS, Plan, Tier
from siyu.loyalty.tiers.tables import tier_standings
from siyu.people.tables import people
from siyu.storage import sent


def may(conn: Connection, person: int, right: str) -> bool:
    """Whether a person (any node) has a right now."""
    return person in of_many(conn, [person], right)


def of_many(conn: Connection, persons: Sequence[int], right: str) -> set[int]:
    """Those of these persons (any nodes) who have a right now."""
    return set(numbers(conn, persons, right))


def numbers(conn: Connection, persons: Sequence[int], right: str) -> dict[int, int]:
    """Person (any node) → the number of a right (hours, percent; 1, where it has none), of those who have it.
    Raises :class:`ValueError` for a right that nobody knows."""
    if right not in RIGHTS:
        raise ValueError(f"no right {right}")
    version = keeping.in_force(conn)
    if version is None or not version.plan.with_right(right):
        return {}
    much = {
        tier.key: version.plan.rights(version.plan.rank(tier.key))[right] for tier in version.plan.with_right(right)
    }
    return {person: much[tier] for person, tier in tiers_of(conn, persons).items() if tier in much}


def tiers_of(conn: Connection, persons: Sequence[int]) -> dict[int, str]:
    """Person (any node) → the key of their tier, of those who have one."""
    asked = sent(conn, person=(sa.BigInteger, sorted(set(persons))))
    query = (
        sa.select(asked.c.person, tier_standings.c.tier)
        .select_from(asked)
        .join(people, people.c.person == asked.c.person)
        .join(tier_standings, tier_standings.c.person == people.c.kept)
        .where(tier_standings.c.tier != "")
    )
    return dict(conn.execute(query).tuples().all())


def tiers_held(conn: Connection, persons: Sequence[int]) -> dict[int, Tier]:
    """Person (any node) → their tier, of those who have one."""
    version = keeping.in_force(conn)
    if version is None:
        return {}
    by_key = {tier.key: tier for tier in version.plan.tiers}
    return {person: by_key[key] for person, key in tiers_of(conn, persons).items() if key in by_key}


@dataclass(frozen=True, slots=True)
class Missing:
    """What one who has not a right lacks: the lowest tier that has it, their value, and how much more leads there."""

    right: str
    tier: Tier
    value: int
    more: int
    more_cents: int | None
    """What they would have to spend for it; None where spending makes no value grow."""


def missing(conn: Connection, person: int | None, right: str) -> Missing | None:
    """What is missing of a right; None where no tier has it, or they have it."""
    version = keeping.in_force(conn)
    tiers = [] if version is None else version.plan.with_right(right)
    if version is None or not tiers or (person is not None and may(conn, person, right)):
        return None
    value = 0
    if person is not None:
        kept = sa.select(people.c.kept).where(people.c.person == person).scalar_subquery()
        query = sa.select(tier_standings.c.value).where(tier_standings.c.person == kept)
        value = conn.execute(query).scalar() or 0
    more = max(tiers[0].up - value, 0)
    return Missing(right, tiers[0], value, more, to_spend(version.plan, more))


def to_spend(plan: Plan, value: int) -> int | None:
    """The cents whose spending makes value grow by so much; None where spending does not."""
    return None if not plan.rate else -(-value * 10_000 // plan.rate)
