"""What can be asked about tasks. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from siyu.content.fields import ROOTS
from siyu.jobs import preferences
from siyu.people import families
from siyu.people.tables import people
from siyu.reach import fields
from siyu.reach.staff_tasks.model import POOL, STATES, UNDONE, Looker, Task, written_out
from siyu.reach.staff_tasks.tables import staff_tasks, task_texts
from siyu.storage import BadInput, NotFound, Stores
from siyu.storage.ledger import from_millis

PAGE_MAX = 200
COUNTED_MAX = 10_000
"""More is "about": nobody reads further."""
DONE_SHOWN = timedelta(days=7)
"""How long what is done stays on the board."""
OF_PERSON_MAX = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for. ``holders``: only theirs (``""`` is the pool), None: everybody's that may be seen;
    ``words``: in the title, or the person is one of ``about`` (every node); ``persons``: only for these (every node);
    ``since``: done or cancelled no earlier; ``told``: what was passed up to one of these; ``journey``: only its."""

    state: str = ""
    holders: Sequence[str] | None = None
    words: str = ""
    about: Sequence[int] = ()
    persons: Sequence[int] | None = None
    since: datetime | None = None
    told: Sequence[str] | None = None
    journey: int | None = None


def visible(looker: Looker) -> sa.ColumnElement[bool]:
    """SQL: the tasks that one may see."""
    if looker.everything:
        return sa.true()
    mine = (*looker.names, POOL)
    return sa.or_(staff_tasks.c.holder.in_(mine), staff_tasks.c.escalated_to.in_(looker.names))


def tasks_page(
    stores: Stores, looker: Looker, asked: Asked, *, after: tuple[int, int] | None = None, rows_max: int = 50
) -> list[Task]:
    """The next tasks behind ``after`` (see :func:`place`): those to do by their time, the soonest first; with a state
    of the ended ones, the latest first."""
    ended = asked.state in ("done", "cancelled")
    moment = staff_tasks.c.ended if ended else staff_tasks.c.due
    query = _tasks().where(visible(looker), *_conditions(asked))
    if after is not None:
        at, number = _moment_of(after[0]), after[1]
        behind = moment < at if ended else moment > at
        tie = staff_tasks.c.id < number if ended else staff_tasks.c.id > number
        query = query.where(sa.or_(behind, sa.and_(moment == at, tie)))
    order = (moment.desc(), staff_tasks.c.id.desc()) if ended else (moment, staff_tasks.c.id)
    with stores.ledger.read() as conn:
        return _read(conn.execute(query.order_by(*order).limit(max(1, min(rows_max, PAGE_MAX)))).all())


def place(task: Task) -> tuple[int, int]:
    """Where a page that ends with this task goes on."""
    moment = task.ended if task.state in ("done", "cancelled") else task.due
    assert moment is not None
    return round(moment.timestamp() * 1000), task.id


def _moment_of(millis: int) -> datetime:
    try:
        return from_millis(millis)
    except (OverflowError, ValueError):
        raise BadInput("bad_cursor", "分页标记无效。", "The cursor is not valid.", field="cursor") from None


def counts(stores: Stores, looker: Looker, asked: Asked) -> dict[str, int]:
    """How many are in each state, at most ``COUNTED_MAX`` each."""
    found: dict[str, int] = {}
    with stores.ledger.read() as conn:
        for state in STATES:
            here = replace(asked, state=state)
            some = _tasks(staff_tasks.c.id).where(visible(looker), *_conditions(here)).limit(COUNTED_MAX)
            found[state] = conn.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()
    return found


def one_task(stores: Stores, looker: Looker, number: int) -> Task:
    """One task. Raises :class:`NotFound`, also for one that may not be seen."""
    with stores.ledger.read() as conn:
        return require(conn, looker, number)


def require(conn: Connection, looker: Looker, number: int, *, acting: bool = False) -> Task:
    """The same, in a transaction; ``acting``: nobody else changes it until that ends."""
    query = _tasks().where(staff_tasks.c.id == number, visible(looker))
    if acting:
        query = query.with_for_update(of=staff_tasks)
    rows = conn.execute(query).all()
    if not rows:
        raise NotFound("task_unknown", "没有这个任务，或不归您处理。", "There is no such task, or it is not yours.")
    return _read(rows)[0]


def tasks_of_person(conn: Connection, looker: Looker, nodes: Sequence[int]) -> list[Task]:
    """A person's (every node), what is to do first, then what was done lately."""
    undone = sa.case((staff_tasks.c.state.in_(UNDONE), 0), else_=1)
    latest = sa.func.coalesce(staff_tasks.c.ended, staff_tasks.c.due)
    query = _tasks().where(staff_tasks.c.person.in_(nodes), visible(looker))
    order = (undone, sa.case((undone == 0, staff_tasks.c.due)), latest.desc(), staff_tasks.c.id)
    return _read(conn.execute(query.order_by(*order).limit(OF_PERSON_MAX)).all())


@dataclass(frozen=True, slots=True)
class Mine:
    """What waits for one who looks: theirs, of these late, in the pool, and told to them as late."""

    undone: int
    late: int
    pool: int
    told: int


def waiting_for(conn: Connection, names: Sequence[str], now: datetime) -> Mine:
    """What waits for the holder with these names."""

    def many(*which: sa.ColumnElement[bool]) -> int:
        some = sa.select(staff_tasks.c.id).where(*which).limit(COUNTED_MAX)
        return conn.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()

    task = staff_tasks.c
    own = (task.holder.in_(names), task.state.in_(UNDONE))
    return Mine(
        undone=many(*own),
        late=many(*own, task.due < now),
        pool=many(task.holder == POOL, task.state.in_(UNDONE)),
        told=many(task.state == "late", task.escalated_to.in_(names), task.holder.not_in(names)),
    )


def late_of_all(conn: Connection, now: datetime) -> int:
    """How many are past their time, whoever holds them, at most ``COUNTED_MAX``."""
    late = sa.select(staff_tasks.c.id).where(staff_tasks.c.state.in_(UNDONE), staff_tasks.c.due < now)
    return conn.execute(sa.select(sa.func.count()).select_from(late.limit(COUNTED_MAX).subquery())).scalar_one()


def scripts_of(stores: Stores, tasks: Sequence[Task], seen: Callable[[Any], Any]) -> Mapping[int, str]:
    """Task → its script written out for its person. ``seen``: what of a free value the reader may see. It is asked of
    the fields, before a script can take them to pieces, and of the text."""
    persons = sorted({task.person for task in tasks if task.script})
    known = fields.load(stores, persons, ROOTS) if persons else {}
    language = str(preferences.get(stores, "language"))
    return {task.id: seen(written_out(task.script, seen(known.get(task.person, {})), language)) for task in tasks}


def nodes_of(conn: Connection, persons: Sequence[int]) -> list[int]:
    """Every node of these persons."""
    return [node for nodes in families.members_of(conn, persons).values() for node in nodes]


def _tasks(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    wanted = columns or (*staff_tasks.c, people.c.kept, task_texts.c.title, task_texts.c.script)
    joined = staff_tasks.join(task_texts, task_texts.c.id == staff_tasks.c.text)
    return sa.select(*wanted).select_from(joined.join(people, people.c.person == staff_tasks.c.person))


def _conditions(asked: Asked) -> list[sa.ColumnElement[bool]]:
    task = staff_tasks.c
    found: list[sa.ColumnElement[bool]] = []
    if asked.state:
        found.append(task.state == asked.state if asked.state != "undone" else task.state.in_(UNDONE))
    if asked.holders is not None:
        found.append(task.holder.in_(asked.holders))
    if asked.words:
        in_title = task_texts.c.title.icontains(asked.words, autoescape=True)
        found.append(sa.or_(in_title, task.person.in_(asked.about)))
    if asked.persons is not None:
        found.append(task.person.in_(asked.persons))
    if asked.since is not None and asked.state in ("done", "cancelled"):
        found.append(task.ended >= asked.since)
    if asked.told is not None:
        found.append(task.state == "late")
        found.append(task.escalated_to.in_(asked.told))
    if asked.journey is not None:
        found.append(task.journey == asked.journey)
    return found


def _read(rows: Sequence[Row[Any]]) -> list[Task]:
    return [
        Task(
            id=row.id,
            person=row.kept,
            title=row.title,
            script=row.script,
            template=row.template,
            journey=row.journey,
            version=row.version,
            node=row.node,
            run=row.run,
            by=row.by,
            holder=row.holder,
            state=row.state,
            created=row.created,
            due=row.due,
            escalate_to=row.escalate_to,
            taken=row.taken,
            late=row.late,
            escalated_to=row.escalated_to,
            ended=row.ended,
            ended_by=row.ended_by,
            why=row.why,
            outcome=row.outcome,
            rung=row.rung,
            note=row.note,
        )
        for row in rows
    ]
