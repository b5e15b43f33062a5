"""What becomes of a lead by hand: given to somebody, noted, its booking cancelled, dropped, taken up again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.leads import reading
from siyu.growth.leads.model import TEXT_CHARACTERS_MAX, unfit
from siyu.growth.leads.reading import Lead
from siyu.growth.leads.tables import lead_slots, leads
from siyu.reach.staff_tasks import doing as tasks
from siyu.reach.staff_tasks.model import EVERYTHING, UNDONE
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import Conflict, Stores


def hand_over(stores: Stores, number: int, to: str) -> Lead:
    """Another is to answer: a login, a holder, or ``pool``. Raises :class:`NotFound`, :class:`BadInput`,
    :class:`Conflict` where it was answered."""
    found = reading.get_lead(stores, number)
    if found.task is None:
        raise Conflict("lead_no_task", "这条线索没有待办任务。", "There is no task for this lead.")
    tasks.hand_over(stores, EVERYTHING, found.task, to)
    return reading.get_lead(stores, number)


def set_note(stores: Stores, number: int, note: str) -> Lead:
    """What staff wrote about it. Raises :class:`NotFound`, :class:`BadInput`."""
    text = note.strip()
    if len(text) > TEXT_CHARACTERS_MAX or "\0" in text:
        raise unfit("note", f"最多 {TEXT_CHARACTERS_MAX} 个字", f"At most {TEXT_CHARACTERS_MAX} characters")
    return _changed(stores, number, {"note": text})


def drop(stores: Stores, by: str, number: int) -> Lead:
    """It was none (a joke, a wrong number): it counts as dropped, its seat is free, its task is taken back. Raises
    :class:`NotFound`."""
    return _close(stores, by, number, "dropped")


def cancel(stores: Stores, by: str, number: int) -> Lead:
    """The booking does not take place: its seat is free, its task is taken back. Raises :class:`NotFound`,
    :class:`Conflict` where it is no booking, or its time has begun."""
    found = reading.get_lead(stores, number)
    if found.slot is None:
        raise Conflict("lead_not_booked", "这条线索没有预约时间。", "Nothing was booked with this lead.")
    if found.stage == "open" and found.starts is not None and found.starts <= stores.clock.now():
        raise Conflict("lead_begun", "预约的时间已到，不能再取消。", "Its time has come: it can't be cancelled.")
    return _close(stores, by, number, "cancelled")


def _close(stores: Stores, by: str, number: int, stage: str) -> Lead:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        close_in(conn, by, number, stage, now)
        return reading.lead_in(conn, number)


def close_in(conn: Connection, by: str, number: int, stage: str, now: datetime) -> None:
    """An open lead is over: its seat is free, its task is taken back. Raises :class:`NotFound`."""
    found = reading.lead_in(conn, number)
    closing = sa.update(leads).where(leads.c.id == number, leads.c.stage == "open").values(stage=stage)
    if conn.execute(closing).rowcount:  # once: the seat is given back by who closes it
        _give_back(conn, by, found, now)


def _give_back(conn: Connection, by: str, lead: Lead, now: datetime) -> None:
    slot = lead_slots.c
    conn.execute(sa.update(lead_slots).where(slot.id == lead.slot).values(taken=slot.taken - 1))
    task = staff_tasks.c
    undone = sa.and_(task.id == lead.task, task.state.in_(UNDONE))
    conn.execute(sa.update(staff_tasks).where(undone).values(state="cancelled", ended=now, ended_by=by))


def _changed(stores: Stores, number: int, values: dict[str, Any]) -> Lead:
    with stores.ledger.write() as conn:
        reading.lead_in(conn, number)
        conn.execute(sa.update(leads).where(leads.c.id == number).values(values))
        return reading.lead_in(conn, number)
