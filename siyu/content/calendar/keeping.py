"""Writing the calendar: plans and the shop's own days."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.content.calendar.days import YEAR_MAX, YEAR_MIN
from siyu.content.calendar.model import (
    BRIEF_CHARACTERS_MAX,
    CHANNELS,
    PLANS_A_DAY_MAX,
    TITLE_CHARACTERS_MAX,
    Draft,
    Plan,
)
from siyu.content.calendar.reading import plan_in
from siyu.content.calendar.tables import content_days, content_plans
from siyu.content.pieces.model import CLASSES
from siyu.content.pieces.reading import piece_in
from siyu.storage import BadInput, NotFound, Stores

OWN_DAYS_MAX = 500


def add_plan(stores: Stores, by: str, draft: Draft) -> int:
    """Put a plan into the calendar; its number. Raises :class:`BadInput` by field, :class:`NotFound` of the piece."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        values = _checked(conn, draft)
        _room(conn, draft.day)
        insert = sa.insert(content_plans).values(**values, created=now, changed=now, by=by)
        return conn.execute(insert.returning(content_plans.c.id)).scalar_one()


def change_plan(stores: Stores, plan: int, draft: Draft) -> None:
    """Write it anew. Raises :class:`BadInput`, :class:`NotFound`."""
    with stores.ledger.write() as conn:
        found = plan_in(conn, plan)
        values = _checked(conn, draft)
        if found.draft.day != draft.day:
            _room(conn, draft.day)
        _write(conn, stores, plan, values)


def move_plan(stores: Stores, plan: int, day: date) -> date:
    """To another day; where it stood, so that it can be moved back. Raises :class:`BadInput`, :class:`NotFound`."""
    with stores.ledger.write() as conn:
        found = plan_in(conn, plan)
        _require_day(day)
        if day != found.draft.day:
            _room(conn, day)
            _write(conn, stores, plan, {"day": day})
        return found.draft.day


def remove_plan(stores: Stores, plan: int) -> Plan:
    """Take it out; it can be put back."""
    return _out(stores, plan, out=True)


def restore_plan(stores: Stores, plan: int) -> Plan:
    """Put it back."""
    return _out(stores, plan, out=False)


def note_done(stores: Stores, plan: int, what: str) -> None:
    """What became of it: ``broadcast:12``."""
    with stores.ledger.write() as conn:
        plan_in(conn, plan)
        _write(conn, stores, plan, {"done": what})


def add_day(stores: Stores, by: str, day: date, name: str, *, yearly: bool) -> int:
    """A day of the shop's own; its number. The same day and name again changes only whether it is yearly."""
    told = " ".join(name.split())
    _require_day(day)
    if not 1 <= len(told) <= 20:
        raise BadInput("day_name", "请填写 1 至 20 个字。", "Give 1 to 20 characters.", field="name")
    same = sa.and_(content_days.c.day == day, content_days.c.name == told)
    with stores.ledger.write() as conn:
        known = conn.execute(sa.select(content_days.c.id).where(same)).scalar_one_or_none()
        if known is not None:
            conn.execute(sa.update(content_days).where(content_days.c.id == known).values(yearly=yearly))
            return known
        if conn.execute(sa.select(sa.func.count()).select_from(content_days)).scalar_one() >= OWN_DAYS_MAX:
            zh, en = f"最多 {OWN_DAYS_MAX} 个日子。", f"At most {OWN_DAYS_MAX} days."
            raise BadInput("own_days", zh, en, field="name")
        values = {"day": day, "name": told, "yearly": yearly, "created": stores.clock.now(), "by": by}
        return conn.execute(sa.insert(content_days).values(**values).returning(content_days.c.id)).scalar_one()


def remove_day(stores: Stores, number: int) -> None:
    """Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        if not conn.execute(sa.delete(content_days).where(content_days.c.id == number)).rowcount:
            raise NotFound("own_day_unknown", "没有这个日子。", "There is no such day.")


def _out(stores: Stores, plan: int, *, out: bool) -> Plan:
    with stores.ledger.write() as conn:
        found = plan_in(conn, plan)
        _write(conn, stores, plan, {"removed": stores.clock.now() if out else None})
    return replace(found, removed=out)


def _write(conn: Connection, stores: Stores, plan: int, values: dict[str, Any]) -> None:
    conn.execute(
        sa.update(content_plans).where(content_plans.c.id == plan).values(**values, changed=stores.clock.now())
    )


def _checked(conn: Connection, draft: Draft) -> dict[str, Any]:
    _require_day(draft.day)
    values: dict[str, Any] = {**asdict(draft), "title": draft.title.strip(), "brief": draft.brief.strip()}
    if draft.channel not in CHANNELS:
        raise BadInput("plan_channel", "请选择渠道。", "Choose a channel.", field="channel")
    if draft.piece is not None:
        piece = piece_in(conn, draft.piece).draft
        values |= {name: getattr(piece, name) for name in CLASSES}
        values["title"] = values["title"] or piece.title
    for name in CLASSES:
        if values[name] not in CLASSES[name][1]:
            raise BadInput(f"plan_{name}", "请选择。", "Choose one.", field=name)
    if not 1 <= len(values["title"]) <= TITLE_CHARACTERS_MAX:
        zh, en = f"请填写 1 至 {TITLE_CHARACTERS_MAX} 个字。", f"Give 1 to {TITLE_CHARACTERS_MAX} characters."
        raise BadInput("plan_title", zh, en, field="title")
    if len(values["brief"]) > BRIEF_CHARACTERS_MAX:
        zh, en = f"最多 {BRIEF_CHARACTERS_MAX} 个字。", f"At most {BRIEF_CHARACTERS_MAX} characters."
        raise BadInput("plan_brief", zh, en, field="brief")
    return values


def _require_day(day: date) -> None:
    if not YEAR_MIN < day.year < YEAR_MAX:
        zh, en = f"日期须在 {YEAR_MIN} 年与 {YEAR_MAX} 年之间。", f"Give a day between {YEAR_MIN} and {YEAR_MAX}."
        raise BadInput("plan_day", zh, en, field="day")


def _room(conn: Connection, day: date) -> None:
    there = sa.select(sa.func.count()).select_from(content_plans)
    many = conn.execute(there.where(content_plans.c.day == day, content_plans.c.removed.is_(None))).scalar_one()
    if many >= PLANS_A_DAY_MAX:
        zh, en = f"一天最多 {PLANS_A_DAY_MAX} 条计划。", f"At most {PLANS_A_DAY_MAX} plans a day."
        raise BadInput("plans_a_day", zh, en, field="day")
