"""What pages and the API show of tiers: one person's way, who stands where, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.tiers import agents, keeping
from siyu.loyalty.tiers.keeping import Version
from siyu.loyalty.tiers.model import NONE, Plan, Tier
from siyu.loyalty.tiers.rights import to_spend
from siyu.loyalty.tiers.tables import tier_changes, tier_standings
from siyu.people.tables import people


@dataclass(frozen=True, slots=True)
class Way:
    """Where a person stands, and what leads on. ``more`` value leads to ``next`` (``more_cents`` spent; None: not by
    spending), ``lacks`` keeps ``tier`` where it ``falls`` otherwise."""

    version: Version
    tier: Tier | None
    value: int
    since: datetime | None
    rights: dict[str, int]
    next: Tier | None
    more: int
    more_cents: int | None
    falls: date | None
    lacks: int
    lacks_cents: int | None
    agent: str

    @property
    def progress(self) -> int:
        """Of the way to the next tier, in percent."""
        return 100 if self.next is None else min(self.value * 100 // self.next.up, 99)


def way_of(conn: Connection, person: int) -> Way | None:
    """The way of a kept person; None where no plan is in force."""
    version = keeping.in_force(conn)
    if version is None:
        return None
    plan = version.plan
    row = conn.execute(sa.select(tier_standings).where(tier_standings.c.person == person)).first()
    rank = 0 if row is None else plan.rank(row.tier)
    value = 0 if row is None else row.value
    tier, following = plan.tier(rank), plan.tier(rank + 1) if rank < len(plan.tiers) else None
    more = 0 if following is None else max(following.up - value, 0)
    falls = None if row is None or row.falls is None or tier is None else date.fromordinal(row.falls)
    lacks = 0 if falls is None or tier is None else max(tier.stay - value, 0)
    return Way(
        version,
        tier,
        value,
        None if row is None else row.since,
        plan.rights(rank),
        following,
        more,
        to_spend(plan, more),
        falls,
        lacks,
        to_spend(plan, lacks),
        agents.agents_of(conn, [person]).get(person, ""),
    )


def all_changes(conn: Connection, before: int | None, limit: int, nodes: Sequence[int] | None = None) -> Sequence[Any]:
    """What changed for whom (all, or these nodes), the newest first."""
    query = sa.select(tier_changes).order_by(tier_changes.c.id.desc()).limit(limit)
    if nodes is not None:
        query = query.where(tier_changes.c.person.in_(list(nodes)))
    return conn.execute(query if before is None else query.where(tier_changes.c.id < before)).all()


@dataclass(frozen=True, slots=True)
class InTier:
    """How many stand in a tier (None: in none, though they did something), and how many of them will come down."""

    tier: Tier | None
    people: int
    falling: int


def distribution(conn: Connection, plan: Plan) -> list[InTier]:
    """The tiers of a plan, the highest first."""
    query = sa.select(tier_standings.c.tier, sa.func.count(), sa.func.count(tier_standings.c.falls))
    found = {tier: (many, falling) for tier, many, falling in conn.execute(query.group_by(tier_standings.c.tier))}
    rows = [InTier(tier, *found.get(tier.key, (0, 0))) for tier in reversed(plan.tiers)]
    return [*rows, InTier(None, *found.get(NONE, (0, 0)))]


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of people: of a ``tier`` ("": of any), those who will come down alone (``falling``), behind (value,
    person)."""

    tier: str = ""
    falling: bool = False
    after: tuple[int, int] | None = None
    limit: int = 50


def standings(conn: Connection, asked: Asked) -> Sequence[Any]:
    """People who stand in a tier, the most value first."""
    row = tier_standings.c
    query = sa.select(tier_standings).where(row.tier == asked.tier if asked.tier else row.tier != NONE)
    if asked.falling:
        query = query.where(row.falls.is_not(None))
    if asked.after is not None:
        value, person = asked.after
        query = query.where(sa.or_(row.value < value, sa.and_(row.value == value, row.person < person)))
    return conn.execute(query.order_by(row.value.desc(), row.person.desc()).limit(asked.limit)).all()


def kept(conn: Connection, person: int) -> int:
    """The person that a node belongs to."""
    return conn.execute(sa.select(people.c.kept).where(people.c.person == person)).scalar() or person
