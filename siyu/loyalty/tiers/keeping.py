"""Plans as the shop keeps them: drafts, the one in force, those of before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs.tables import cursors
from siyu.loyalty.tiers.model import Plan, require_fit
from siyu.loyalty.tiers.tables import tier_facts, tier_plans, tier_stale, tier_trials
from siyu.storage import Conflict, NotFound, Stores

CURSOR = "tier_facts"
Stage = Literal["draft", "in_force", "past"]
NOTE_CHARACTERS_MAX = 200
DRAFTS_MAX = 20


@dataclass(frozen=True, slots=True)
class Version:
    """A plan as it is kept."""

    id: int
    plan: Plan
    note: str
    created: datetime
    by: str
    begins: datetime | None
    ends: datetime | None

    @property
    def stage(self) -> Stage:
        """draft, in_force, past."""
        return "draft" if self.begins is None else "in_force" if self.ends is None else "past"


def _version(row: sa.Row[Any]) -> Version:
    plan = msgspec.convert(row.plan, Plan)
    return Version(row.id, plan, row.note, row.created, row.by, row.begins, row.ends)


def in_force(conn: Connection) -> Version | None:
    """The plan that holds now; None where no plan ever began."""
    row = conn.execute(
        sa.select(tier_plans).where(tier_plans.c.begins.is_not(None), tier_plans.c.ends.is_(None))
    ).first()
    return None if row is None else _version(row)


def all_versions(conn: Connection) -> Sequence[Version]:
    """Every plan, the newest first."""
    return [_version(row) for row in conn.execute(sa.select(tier_plans).order_by(tier_plans.c.id.desc()))]


def get(conn: Connection, number: int) -> Version:
    """One of them. Raises :class:`NotFound`."""
    row = conn.execute(sa.select(tier_plans).where(tier_plans.c.id == number)).first()
    if row is None:
        raise NotFound("no_tier_plan", f"没有第 {number} 版等级方案。", f"There is no plan of tiers {number}.")
    return _version(row)


def save(stores: Stores, by: str, plan: Plan, note: str = "", number: int | None = None) -> int:
    """Keep a new draft, or change one (``number``). Raises :class:`BadInput` for a plan that is not fit,
    :class:`Conflict` for one that began: it is never changed, a new version takes its place."""
    require_fit(plan)
    now = stores.clock.now()
    row = {"plan": msgspec.to_builtins(plan), "note": note[:NOTE_CHARACTERS_MAX], "by": by}
    with stores.ledger.write() as conn:
        known = _deeds_followed(conn)
        if number is None:
            drafts = sa.select(sa.func.count()).where(tier_plans.c.begins.is_(None))
            if conn.execute(drafts).scalar_one() >= DRAFTS_MAX:
                raise Conflict("tier_drafts", f"最多保留 {DRAFTS_MAX} 个草稿，请先删除一些。", "Too many drafts.")
            made = sa.insert(tier_plans).values(row | {"created": now}).returning(tier_plans.c.id)
            number = int(conn.execute(made).scalar_one())
        else:
            _require_draft(conn, number)
            conn.execute(sa.update(tier_plans).where(tier_plans.c.id == number).values(row))
        if _deeds_followed(conn) - known:  # what was done of it before is read too
            conn.execute(sa.update(cursors).where(cursors.c.name == CURSOR).values(place=0))
    return number


def drop(stores: Stores, number: int) -> None:
    """Forget a draft. Raises :class:`Conflict` for a plan that began."""
    with stores.ledger.write() as conn:
        _require_draft(conn, number)
        conn.execute(sa.delete(tier_trials).where(tier_trials.c.plan == number))
        conn.execute(sa.delete(tier_plans).where(tier_plans.c.id == number))


def begin(stores: Stores, number: int) -> None:
    """Let a draft be in force from now on, in the place of the one before. Everybody's standing is worked out anew;
    whoever would come down has their grace first. Raises :class:`Conflict` for one that began before."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _require_draft(conn, number)
        before = sa.and_(tier_plans.c.begins.is_not(None), tier_plans.c.ends.is_(None))
        conn.execute(sa.update(tier_plans).where(before).values(ends=now))
        conn.execute(sa.update(tier_plans).where(tier_plans.c.id == number).values(begins=now))
        everybody = sa.select(tier_facts.c.person).distinct()
        conn.execute(sa.insert(tier_stale).from_select(["person"], everybody))


def deeds_followed(conn: Connection) -> set[str]:
    """The events that any plan, begun or not, gives value for."""
    return _deeds_followed(conn)


def _deeds_followed(conn: Connection) -> set[str]:
    plans = conn.execute(sa.select(tier_plans.c.plan).where(tier_plans.c.ends.is_(None))).scalars()
    return {str(deed["event"]) for plan in plans for deed in plan.get("deeds", ())}


def _require_draft(conn: Connection, number: int) -> None:
    if get(conn, number).stage != "draft":
        raise Conflict(
            "tier_plan_began",
            "这一版已经启用过，不能修改或删除。请另存为新版本。",
            "This version began: it is kept as it was. Save a new one.",
        )
