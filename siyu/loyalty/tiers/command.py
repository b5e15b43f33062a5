"""What ``siyu tier …`` and the API answer of tiers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from siyu.loyalty.tiers import keeping, queries, trying
from siyu.loyalty.tiers.keeping import Version
from siyu.loyalty.tiers.model import Plan
from siyu.loyalty.tiers.trying import Trial
from siyu.people.families import members_of
from siyu.people.merges import kept_person
from siyu.storage import Conflict, Stores


class PlanAnswer(msgspec.Struct, frozen=True):
    """A version of the plan. `begins`: when it came into force (null: a draft); `ends`: when another took its place."""

    id: int
    stage: Literal["draft", "in_force", "past"]
    plan: Plan
    note: str
    created: datetime
    by: str
    begins: datetime | None
    ends: datetime | None


class PlansAnswer(msgspec.Struct, frozen=True):
    """Every version, the newest first."""

    plans: list[PlanAnswer]


class WayAnswer(msgspec.Struct, frozen=True):
    """Where a person stands: `tier` (key, "" for none) with its `name`, since when, by which `value`. `rights`: name →
    number (hours, percent; 1, where it has none), those of the tiers below among them. `next`: the tier above, to which
    `more` value leads (`more_cents` spent; null: not by spending). `falls`: the day on which they come down unless they
    gain `lacks`. `agent`: who looks after them, "" for nobody in particular."""

    person: int
    tier: str
    name: str
    value: int
    since: datetime | None
    rights: dict[str, int]
    next: str
    more: int
    more_cents: int | None
    falls: date | None
    lacks: int
    agent: str


class ChangeAnswer(msgspec.Struct, frozen=True):
    """Somebody came from one tier to another. `why`: `up`, `down`, `plan` (another came into force), `joined`
    (profiles were merged or parted). `needed`: the value that decided."""

    id: int
    person: int
    at: datetime
    before: str
    after: str
    why: str
    value: int
    needed: int
    plan: int


class ChangesAnswer(msgspec.Struct, frozen=True):
    """Changes, the newest first. `next`: give it as `before`; null at the end."""

    changes: list[ChangeAnswer]
    next: int | None


class InTierAnswer(msgspec.Struct, frozen=True):
    """A tier (`key`, "" for none) and how many stand in it; `falling`: of them, who will come down."""

    key: str
    name: str
    people: int
    falling: int


class TiersAnswer(msgspec.Struct, frozen=True):
    """The tiers of the plan in force (`plan`; null: none began), the highest first."""

    plan: int | None
    tiers: list[InTierAnswer]


class TrialAnswer(msgspec.Struct, frozen=True):
    """A trial of a plan; `result` is null until it is worked out."""

    id: int
    plan: int
    against: int | None
    months: int
    created: datetime
    finished: datetime | None
    result: Trial | None


def _plan(found: Version) -> PlanAnswer:
    return PlanAnswer(
        found.id, found.stage, found.plan, found.note, found.created, found.by, found.begins, found.ends
    )  # fmt: skip


def plans_told(stores: Stores) -> PlansAnswer:
    """Every version."""
    with stores.ledger.read() as conn:
        return PlansAnswer([_plan(each) for each in keeping.all_versions(conn)])


def plan_told(stores: Stores, number: int) -> PlanAnswer:
    """One version. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _plan(keeping.get(conn, number))


def tiers_told(stores: Stores) -> TiersAnswer:
    """How many stand where."""
    with stores.ledger.read() as conn:
        version = keeping.in_force(conn)
        rows = [] if version is None else queries.distribution(conn, version.plan)
    tiers = [
        InTierAnswer(
            "" if row.tier is None else row.tier.key, "" if row.tier is None else row.tier.name, row.people, row.falling
        )
        for row in rows
    ]
    return TiersAnswer(None if version is None else version.id, tiers)


def way_told(stores: Stores, person: int) -> WayAnswer:
    """Where a person stands. Raises :class:`NotFound`, and :class:`Conflict` where no plan is in force."""
    with stores.ledger.read() as conn:
        kept = kept_person(conn, person)
        way = queries.way_of(conn, kept)
    if way is None:
        raise Conflict("no_tier_plan_in_force", "还没有启用等级方案。", "No plan of tiers is in force.")
    return WayAnswer(
        kept,
        "" if way.tier is None else way.tier.key,
        "" if way.tier is None else way.tier.name,
        way.value,
        way.since,
        way.rights,
        "" if way.next is None else way.next.key,
        way.more,
        way.more_cents if way.next is not None else None,
        way.falls,
        way.lacks,
        way.agent,
    )


def changes_told(stores: Stores, person: int | None, before: int | None, limit: int) -> ChangesAnswer:
    """A page of changes, of everybody or of one person. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        nodes = None
        if person is not None:
            kept = kept_person(conn, person)
            nodes = members_of(conn, [kept])[kept]
        found = queries.all_changes(conn, before, limit + 1, nodes)
    following = found[limit - 1].id if len(found) > limit else None
    rows = [ChangeAnswer(**{name: getattr(row, name) for name in ChangeAnswer.__struct_fields__}) for row in found]
    return ChangesAnswer(rows[:limit], following)


def trial_told(stores: Stores, number: int) -> TrialAnswer:
    """A trial. Raises :class:`NotFound`."""
    row, result = trying.get(stores, number)
    return TrialAnswer(row.id, row.plan, row.against, row.months, row.created, row.finished, result)
