"""Promises to customers: each is a task with its clock, and is kept where that is done in time.

A promise that was handed on is still the same promise: its day stays, whoever has the task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from siyu.people import actions
from siyu.people.tables import people
from siyu.reach.promises.tables import promises
from siyu.reach.staff_tasks import giving, holders
from siyu.reach.staff_tasks.model import ADVISER, POOL, Looker, Wish
from siyu.reach.staff_tasks.queries import visible
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import BadInput, Stores

WORDS_CHARACTERS_MAX = 60
ORDER_CHARACTERS_MAX = 120
AHEAD_MAX = timedelta(days=366)
ROWS_MAX = 200

State = Literal["open", "overdue", "kept", "late", "broken", "withdrawn"]
STATES: Mapping[State, tuple[str, str]] = {
    "open": ("未到期", "To be kept"),
    "overdue": ("已逾期", "Overdue"),
    "kept": ("已兑现", "Kept"),
    "late": ("逾期后兑现", "Kept late"),
    "broken": ("未兑现", "Not kept"),
    "withdrawn": ("已撤回", "Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Promise:
    """One. ``person`` is the kept one, ``name`` theirs; ``holder`` has its task now."""

    id: int
    task: int
    person: int
    name: str
    words: str
    order: str
    due: datetime
    at: datetime
    by: str
    holder: str
    state: State


@dataclass(frozen=True, slots=True)
class Figures:
    """Of promises due within the last 30 days: all of them, those kept in time, those kept late, the others."""

    due: int
    kept: int
    late: int
    broken: int

    @property
    def rate(self) -> float | None:
        """Kept in time, of all that were due."""
        return self.kept / self.due if self.due else None


def promise(
    stores: Stores, by: str, person: int, words: str, due: datetime, *, to: str = ADVISER, order: str = ""
) -> Promise:
    """Promise somebody something by a moment; its task is their adviser's unless ``to`` says whose. Raises
    :class:`BadInput` by field, :class:`NotFound`, :class:`Conflict` for who was erased."""
    said, number, now = words.strip(), order.strip(), stores.clock.now()
    if not 1 <= len(said) <= WORDS_CHARACTERS_MAX:
        raise BadInput(
            "promise_words",
            f"请写明承诺了什么，不超过 {WORDS_CHARACTERS_MAX} 字。",
            f"Say what was promised, in at most {WORDS_CHARACTERS_MAX} characters.",
            field="words",
        )
    if len(number) > ORDER_CHARACTERS_MAX:
        raise BadInput("promise_order", "订单号太长。", "The order's number is too long.", field="order")
    if not now < due <= now + AHEAD_MAX:
        raise BadInput("promise_due", "日期须在今后一年内。", "The day has to be within the year to come.", field="due")
    with stores.ledger.write() as conn:
        actions.require_person(conn, person)
        asked = None if to == ADVISER else holders.holder_named(conn, to)
        holder = holders.advisers_of(conn, [person]).get(person, POOL) if asked is None else asked
        script = f"答应客户的事，请在到期前办好。{f'订单 {number}。' if number else ''}"
        (task,) = giving.give_to(conn, now, by, [(person, holder)], Wish(title=f"承诺：{said}", script=script), due)
        row = {"task": task, "person": person, "words": said, "order": number, "due": due, "at": now, "by": by}
        made = conn.execute(sa.insert(promises).values(row).returning(promises.c.id)).scalar_one()
        told = {"promise": made, "words": said, "due": due.isoformat(), "task": task}
        event = {"message_id": f"promise_made-{made}", "time": now, "name": "promise_made", "person": person}
        actions.append_own(conn, [{**event, "properties": told}])
        return Promise(*conn.execute(_query(now).where(promises.c.id == made)).one())


def list_promises(
    stores: Stores,
    looker: Looker,
    *,
    state: str = "",
    person: int | None = None,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[Promise]:
    """Those that one may see, the newest first."""
    now = stores.clock.now()
    query = _query(now).where(visible(looker)).order_by(promises.c.id.desc())
    if state:
        query = query.where(_state(now) == state)
    if person is not None:
        mine = sa.select(people.c.person).where(people.c.kept == person)
        query = query.where(promises.c.person.in_(mine))
    if before is not None:
        query = query.where(promises.c.id < before)
    with stores.ledger.read() as conn:
        return [Promise(*row) for row in conn.execute(query.limit(min(rows_max, ROWS_MAX)))]


def figures(stores: Stores, looker: Looker) -> Figures:
    """Of promises that one may see."""
    now = stores.clock.now()
    due = sa.and_(promises.c.due <= now, promises.c.due > now - timedelta(days=30), visible(looker))
    joined = promises.join(staff_tasks, staff_tasks.c.id == promises.c.task)
    state = _state(now)
    query = sa.select(state, sa.func.count()).select_from(joined).where(due).group_by(state)
    with stores.ledger.read() as conn:
        found = {row[0]: row[1] for row in conn.execute(query)}
    kept, late = found.get("kept", 0), found.get("late", 0)
    broken = found.get("overdue", 0) + found.get("broken", 0)
    return Figures(kept + late + broken, kept, late, broken)


def _state(now: datetime) -> sa.ColumnElement[Any]:
    """SQL: what has become of a promise. What was done and did not reach them is not kept."""
    task = staff_tasks.c
    met = sa.and_(task.state == "done", task.outcome.in_(("", "reached")))
    return sa.case(
        (sa.and_(met, task.ended <= promises.c.due), "kept"),
        (met, "late"),
        (task.state == "done", "broken"),
        (task.state == "cancelled", "withdrawn"),
        (promises.c.due <= now, "overdue"),
        else_="open",
    )


def _query(now: datetime) -> sa.Select[Any]:
    kept, own = people.alias("kept"), promises.c
    joined = (
        promises.join(staff_tasks, staff_tasks.c.id == own.task)
        .join(people, people.c.person == own.person)
        .join(kept, kept.c.person == people.c.kept)
    )
    name = sa.func.coalesce(kept.c.name, "")
    columns = (own.id, own.task, people.c.kept, name, own.words, own.order, own.due, own.at, own.by)
    return sa.select(*columns, staff_tasks.c.holder, _state(now)).select_from(joined)


def names_of(stores: Stores, found: Sequence[Promise]) -> dict[str, str]:
    """Holder → name."""
    with stores.ledger.read() as conn:
        return holders.names_of(conn, {each.holder for each in found if each.holder})
