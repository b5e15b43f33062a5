"""What staff do with tasks: take, hand on, do, undo, cancel. Everything is refused for a task one may not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.reach.staff_tasks import holders
from siyu.reach.staff_tasks.model import NOTE_CHARACTERS_MAX, OUTCOMES, RUNGS, UNDONE, Looker, Task
from siyu.reach.staff_tasks.queries import require, visible
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.reach.staff_tasks.telling import tell_done
from siyu.storage import BadInput, Conflict, NotAllowed, Stores, sent

CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """How it went. ``outcome`` of OUTCOMES, ``rung`` of RUNGS, both "" where nothing is said."""

    note: str = ""
    outcome: str = ""
    rung: str = ""


def take(stores: Stores, looker: Looker, holder: str, number: int) -> Task:
    """``holder`` begins: one of the pool becomes theirs. Taking again what is one's own changes nothing.

    Raises :class:`NotFound`, :class:`Conflict` where another has begun, or it is done.
    """
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = require(conn, looker, number, acting=True)
        _require_undone(found)
        if found.taken is not None and found.holder == holder:
            return found
        if found.taken is not None:
            raise Conflict("task_taken", "同事已经在处理这个任务。", "A colleague has begun with this task.")
        state = "late" if found.state == "late" else "taken"
        _set(conn, number, state=state, holder=holder, taken=now)
        return require(conn, looker, number)


def hand_over(stores: Stores, looker: Looker, number: int, to: str) -> Task:
    """Another is to do it: a login, a holder, or ``pool``. As it is afterwards. Raises :class:`NotFound`,
    :class:`BadInput`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        _require_undone(require(conn, looker, number, acting=True))
        _hand_on(conn, looker, [number], holders.holder_named(conn, to))
        return require(conn, Looker(True), number)


def hand_some(stores: Stores, looker: Looker, numbers: Sequence[int], to: str) -> int:
    """These (at most ``CHUNK``) go to another, where they are undone and may be seen; how many. Raises
    :class:`BadInput`."""
    if len(numbers) > CHUNK:
        raise BadInput("task_many", f"一次最多转交 {CHUNK} 个。", f"At most {CHUNK} at once.", field="tasks")
    with stores.ledger.write() as conn:
        return _hand_on(conn, looker, numbers, holders.holder_named(conn, to))


def hand_over_all(stores: Stores, looker: Looker, giver: str, to: str) -> int:
    """Everything undone that ``giver`` holds goes to another, by chunks; how many. Raises :class:`BadInput`, and
    :class:`NotAllowed` for who may not see everybody's."""
    if not looker.everything:
        raise NotAllowed(
            "task_not_yours", "只有主管可以转交全部任务。", "Only who manages tasks hands all of them over."
        )
    moved, task = 0, staff_tasks.c
    while True:
        with stores.ledger.write() as conn:
            taker = holders.holder_named(conn, to)
            some = sa.select(task.id).where(task.holder == giver, task.state.in_(UNDONE)).limit(CHUNK)
            numbers = [] if taker == giver else list(conn.execute(some).scalars())
            moved += _hand_on(conn, looker, numbers, taker)
        if len(numbers) < CHUNK:
            return moved


def _hand_on(conn: Connection, looker: Looker, numbers: Sequence[int], taker: str) -> int:
    task = staff_tasks.c
    asked = sa.select(sent(conn, id=(sa.BigInteger, list(numbers))).c.id)
    state = sa.case((task.state == "taken", "open"), else_=task.state)
    which = (task.id.in_(asked), task.state.in_(UNDONE), task.holder != taker, visible(looker))
    return conn.execute(sa.update(staff_tasks).where(*which).values(holder=taker, taken=None, state=state)).rowcount


def finish(stores: Stores, looker: Looker, by: str, number: int, result: Result) -> Task:
    """It is done. Told as ``task_done``. Raises :class:`NotFound`, :class:`BadInput`, :class:`Conflict` where it is
    done or cancelled already."""
    note = result.note.strip()
    _check(result, note)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = require(conn, looker, number, acting=True)
        _require_undone(found)
        holder = by if not found.holder and by.startswith("staff:") else found.holder
        said = {"note": note, "outcome": result.outcome, "rung": result.rung}
        _set(conn, number, state="done", ended=now, ended_by=by, holder=holder, **said)
        done = require(conn, Looker(True), number)
        node = conn.execute(sa.select(staff_tasks.c.person).where(staff_tasks.c.id == number)).scalar_one()
        tell_done(conn, node, done)
        return done


def _check(result: Result, note: str) -> None:
    if len(note) > NOTE_CHARACTERS_MAX:
        raise BadInput(
            "task_note",
            f"备注最多 {NOTE_CHARACTERS_MAX} 字。",
            f"At most {NOTE_CHARACTERS_MAX} characters.",
            field="note",
        )
    if result.outcome and result.outcome not in OUTCOMES:
        raise BadInput("task_outcome", "没有这种结果。", "There is no such outcome.", field="outcome")
    if result.rung and result.rung not in RUNGS:
        raise BadInput("task_rung", "没有这种联系方式。", "There is no such way to be in touch.", field="rung")


def reopen(stores: Stores, looker: Looker, number: int) -> Task:
    """Not done after all, or not cancelled: it is to do again, and its clock is what it was. What was told of it stays
    told. Raises :class:`NotFound`, :class:`Conflict`."""
    with stores.ledger.write() as conn:
        found = require(conn, looker, number, acting=True)
        if found.undone:
            raise Conflict("task_undone", "这个任务还没有完成。", "This task is not done.")
        state = "late" if found.late is not None else "taken" if found.taken is not None else "open"
        _set(conn, number, state=state, ended=None, ended_by=None, why="", outcome="", rung="")
        return require(conn, looker, number)


def cancel(stores: Stores, looker: Looker, by: str, number: int) -> Task:
    """It need not be done. For who manages tasks, and for who gave it. Raises :class:`NotFound`, :class:`NotAllowed`,
    :class:`Conflict`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = require(conn, looker, number, acting=True)
        if not looker.everything and found.by != by:
            raise NotAllowed(
                "task_not_given_by_you",
                "只有布置它的人和主管可以取消任务。",
                "Only who gave a task, and who manages tasks, may cancel it.",
            )
        _require_undone(found)
        _set(conn, number, state="cancelled", ended=now, ended_by=by)
        return require(conn, looker, number)


def _set(conn: Connection, number: int, **values: object) -> None:
    conn.execute(sa.update(staff_tasks).where(staff_tasks.c.id == number).values(**values))


def _require_undone(task: Task) -> None:
    if not task.undone:
        raise Conflict(
            "task_ended",
            "这个任务已经完成或取消；需要时请先撤销。",
            "This task is done or cancelled already; reopen it first.",
        )
