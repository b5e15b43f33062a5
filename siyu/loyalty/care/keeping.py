"""Programmes of care as the shop keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import preferences
from siyu.loyalty.care.model import Care, Stage, require_fit
from siyu.loyalty.care.tables import care_gifts, care_programs
from siyu.storage import BadInput, Conflict, NotFound, Stores

PROGRAMS_MAX = 50


@dataclass(frozen=True, slots=True)
class Program:
    """A programme as it is kept. ``given``: of its budget."""

    id: int
    care: Care
    stage: Stage
    budget: int
    given: int
    day: int
    created: datetime
    by: str

    @property
    def left(self) -> int:
        return self.budget - self.given


def _program(row: Any) -> Program:
    care = msgspec.convert(row.care, Care)
    return Program(row.id, care, row.stage, row.budget, row.given, row.day, row.created, row.by)


def programs(conn: Connection, stage: str = "") -> Sequence[Program]:
    """All of them, or those in a stage, the newest first."""
    query = sa.select(care_programs).order_by(care_programs.c.id.desc())
    return [_program(row) for row in conn.execute(query.where(care_programs.c.stage == stage) if stage else query)]


def get(conn: Connection, number: int) -> Program:
    """One of them. Raises :class:`NotFound`."""
    row = conn.execute(sa.select(care_programs).where(care_programs.c.id == number)).first()
    if row is None:
        raise NotFound("no_care", f"没有编号为 {number} 的关怀。", f"There is no programme of care {number}.")
    return _program(row)


def add(stores: Stores, by: str, care: Care) -> int:
    """Keep a draft. Raises :class:`BadInput`."""
    require_fit(care)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        if conn.execute(sa.select(sa.func.count()).select_from(care_programs)).scalar_one() >= PROGRAMS_MAX:
            raise Conflict("care_many", f"最多 {PROGRAMS_MAX} 项关怀。", f"At most {PROGRAMS_MAX} programmes.")
        row = {"care": msgspec.to_builtins(care), "kind": care.kind, "stage": "draft", "budget": care.budget}
        row |= {"day": today(conn, now) - 1, "created": now, "by": by}
        return int(conn.execute(sa.insert(care_programs).values(row).returning(care_programs.c.id)).scalar_one())


def change(stores: Stores, number: int, care: Care) -> None:
    """Change one. What it is of and what it gives stays, once somebody was thought of; a budget is never below what was
    given. Raises :class:`BadInput`, :class:`Conflict`, :class:`NotFound`."""
    require_fit(care)
    with stores.ledger.write() as conn:
        before = get(conn, number)
        used = conn.execute(sa.select(care_gifts.c.key).where(care_gifts.c.program == number).limit(1)).first()
        old = before.care
        if used is not None and (care.kind, care.gift, care.hold_out) != (old.kind, old.gift, old.hold_out):
            raise Conflict(
                "care_used",
                "已经送出过，种类、礼物和对照比例不能再改，否则效果无法比较。请新建一项。",
                "Gifts were made: its kind, gift and hold-out stay, or the effect could not be read. Make a new one.",
            )
        _set_budget(conn, number, care.budget)
        row = {"care": msgspec.to_builtins(care), "kind": care.kind}
        conn.execute(sa.update(care_programs).where(care_programs.c.id == number).values(row))


def _set_budget(conn: Connection, number: int, budget: int) -> None:
    enough = sa.and_(care_programs.c.id == number, care_programs.c.given <= budget)
    if not conn.execute(sa.update(care_programs).where(enough).values(budget=budget)).rowcount:
        raise BadInput("care_budget", "预算不能低于已送出的。", "Not below what was given.", field="budget")


def set_stage(stores: Stores, number: int, stage: Stage) -> None:
    """Start it, or let it rest. From its start on it goes by day; days before are not made up. Raises
    :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        before = get(conn, number)
        row: dict[str, object] = {"stage": stage}
        if stage == "live" and before.stage != "live":
            row["day"] = today(conn, now) - 1
        conn.execute(sa.update(care_programs).where(care_programs.c.id == number).values(row))


def today(conn: Connection, now: datetime) -> int:
    """The shop's day, as an ordinal."""
    return now.astimezone(preferences.timezone(conn)).date().toordinal()
