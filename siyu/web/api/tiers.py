"""The API of tiers: where people stand, plans, trials."""

from __future__ import annotations

from typing import Annotated

import msgspec

from siyu.loyalty.tiers import command, keeping, trying
from siyu.loyalty.tiers.command import (
    ChangesAnswer,
    PlanAnswer,
    PlansAnswer,
    TiersAnswer,
    TrialAnswer,
    WayAnswer,
)
from siyu.loyalty.tiers.model import Plan
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import note
from siyu.web.paging import Id, Limit
from siyu.web.routes import api_acts, api_read, api_write


class PlanBody(msgspec.Struct, forbid_unknown_fields=True):
    """A plan to keep as a draft."""

    plan: Plan
    note: Annotated[str, msgspec.Meta(max_length=200)] = ""


class TrialBody(msgspec.Struct, forbid_unknown_fields=True):
    """Over how many months of the past."""

    months: Annotated[int, msgspec.Meta(ge=1, le=trying.MONTHS_MAX)] = 12


@api_read("/api/tiers", "tier.read")
def tiers(stores: Stores) -> TiersAnswer:
    """How many people stand in each tier."""
    return command.tiers_told(stores)


@api_read("/api/people/{person:int}/tier", "tier.read")
def way(stores: Stores, person: Id) -> WayAnswer:
    """A person's tier, rights and next step. A shop reads the discount here at its checkout."""
    return command.way_told(stores, person)


@api_read("/api/tier-changes", "tier.read")
def changes(stores: Stores, person: int | None = None, before: int | None = None, limit: Limit = 50) -> ChangesAnswer:
    """Who came to which tier, the newest first."""
    return command.changes_told(stores, person, before, limit)


@api_read("/api/tier-plans", "tier.read")
def plans(stores: Stores) -> PlansAnswer:
    """Every version of the plan, the newest first."""
    return command.plans_told(stores)


@api_write("POST", "/api/tier-plans", "tier.write", audits="tier_plan_added")
def add(stores: Stores, actor: Actor, data: PlanBody) -> PlanAnswer:
    """Keep a draft."""
    number = keeping.save(stores, actor.tag, data.plan, data.note)
    note(f"tier_plan:{number}")
    return command.plan_told(stores, number)


@api_read("/api/tier-plans/{plan:int}", "tier.read")
def one(stores: Stores, plan: Id) -> PlanAnswer:
    """One version."""
    return command.plan_told(stores, plan)


@api_write("PUT", "/api/tier-plans/{plan:int}", "tier.write", audits="tier_plan_changed", about="tier_plan:{plan}")
def change(stores: Stores, actor: Actor, plan: Id, data: PlanBody) -> PlanAnswer:
    """Change a draft; what began is never changed."""
    keeping.save(stores, actor.tag, data.plan, data.note, plan)
    return command.plan_told(stores, plan)


acts = api_acts("/api/tier-plans/{plan:int}", "tier.write", about="tier_plan:{plan}")


@acts("begin", "tier_plan_began")
def begin(stores: Stores, plan: Id) -> PlanAnswer:
    """Let a draft be in force from now on; whoever would come down has a grace first."""
    keeping.begin(stores, plan)
    return command.plan_told(stores, plan)


@api_write(
    "POST", "/api/tier-plans/{plan:int}/trials", "tier.write", audits="tier_plan_tried", about="tier_plan:{plan}"
)
def try_it(stores: Stores, actor: Actor, plan: Id, data: TrialBody) -> TrialAnswer:
    """Try a plan on the past, in the background."""
    return command.trial_told(stores, trying.ask(stores, actor.tag, plan, data.months))


@api_read("/api/tier-trials/{trial:int}", "tier.read")
def trial(stores: Stores, trial: Id) -> TrialAnswer:
    """What a trial says, month by month."""
    return command.trial_told(stores, trial)


ROUTES = [tiers, way, changes, plans, add, one, change, begin, try_it, trial]
