"""Giving tasks: by a journey's step for a set of people, and by hand; and taking back what a journey gave."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import people
from siyu.reach.staff_tasks import holders
from siyu.reach.staff_tasks.model import ADVISER, PERSONS_MAX, POOL, UNDONE, Origin, Wish, check_text
from siyu.reach.staff_tasks.tables import staff_tasks, task_texts
from siyu.reach.staff_tasks.telling import tell
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into, put_rows, sent
from siyu.storage.ledger import to_millis

CANCELLED_A_STEP = 10_000


def give_tasks(
    conn: Connection,
    *,
    origin: Origin,
    script: str,
    title: str,
    minutes: int,
    escalate_to: str,
    persons: Sequence[int],
    now: datetime,
    runs: Sequence[int] | None = None,
    advisers: Mapping[int, str] | None = None,
) -> int:
    """Give each of ``persons`` (nodes, at most ``PERSONS_MAX``) a task to their adviser, to the pool where they have
    none; how many are new. ``runs``: the how-manieth time each is in the journey, 1 where it is not said;
    ``advisers``: what ``holders.advisers_of`` said of them, where it was asked before the transaction.

    In the caller's transaction. The same journey, node, person and run gives nothing twice, whichever version. Who is
    erased gets none. Three statements that look up, and one that writes, however many they are.
    """
    if len(persons) > PERSONS_MAX:
        raise ValueError(f"at most {PERSONS_MAX} people at once")
    turns = dict(zip(persons, runs, strict=True)) if runs is not None else dict.fromkeys(persons, 1)
    wanted = _without_given(conn, origin, turns)
    if not wanted:
        return 0
    of = holders.advisers_of(conn, wanted) if advisers is None else advisers
    said = {"journey": origin.journey, "version": origin.version, "node": origin.node}
    rows = [{"person": person, "run": turns[person], "holder": of.get(person, POOL)} for person in wanted]
    shared = {
        **said,
        "text": text_of(conn, title, script),
        "template": "",
        "by": f"journey:{origin.journey}",
        "created": now,
        "due": now + timedelta(minutes=minutes),
        "escalate_to": escalate_to,
    }
    _write(conn, rows, shared)
    mine = sent(conn, person=(sa.BigInteger, wanted), run=(sa.Integer, [turns[person] for person in wanted]))
    given = conn.execute(
        sa.select(staff_tasks.c.id)
        .join_from(
            mine,
            staff_tasks,
            sa.and_(
                staff_tasks.c.journey == origin.journey,
                staff_tasks.c.node == origin.node,
                staff_tasks.c.person == mine.c.person,
                staff_tasks.c.run == mine.c.run,
            ),
        )
        .order_by(staff_tasks.c.id)
    ).scalars()
    numbers = list(given)
    tell(conn, "task_given", numbers, now)
    return len(numbers)


def _without_given(conn: Connection, origin: Origin, turns: dict[int, int]) -> list[int]:
    """Those alive who have not had it in this run."""
    asked = sent(conn, person=(sa.BigInteger, list(turns)), run=(sa.Integer, list(turns.values())))
    same = sa.and_(
        staff_tasks.c.journey == origin.journey,
        staff_tasks.c.node == origin.node,
        staff_tasks.c.person == asked.c.person,
        staff_tasks.c.run == asked.c.run,
    )
    query = (
        sa.select(asked.c.person)
        .join(people, people.c.person == asked.c.person)
        .outerjoin(staff_tasks, same)
        .where(people.c.gone.is_(None), staff_tasks.c.id.is_(None))
        .order_by(asked.c.person)
    )
    return list(conn.execute(query).scalars())


def _write(conn: Connection, rows: Sequence[dict[str, Any]], shared: dict[str, Any]) -> None:
    """Put rows that differ by what each says into the table; ``shared`` is the same for all."""
    moments = {name: to_millis(value) for name, value in shared.items() if isinstance(value, datetime)}
    values: dict[str, Any] = {**shared, **moments, "state": "open"}
    kinds: dict[str, Any] = {
        name: sa.Text if isinstance(value, str) else sa.BigInteger for name, value in values.items()
    }
    columns = {name: (kinds[name], [value] * len(rows)) for name, value in values.items()}
    columns |= {
        "person": (sa.BigInteger, [row["person"] for row in rows]),
        "run": (sa.BigInteger, [row["run"] for row in rows]),
        "holder": (sa.Text, [row["holder"] for row in rows]),
    }
    put_rows(conn, insert_into(conn, staff_tasks).on_conflict_do_nothing(), columns)


def text_of(conn: Connection, title: str, script: str) -> int:
    """The number of what tasks say, kept once."""
    digest = hashlib.sha256(f"{title}\0{script}".encode()).hexdigest()
    conn.execute(
        insert_into(conn, task_texts).values(digest=digest, title=title, script=script).on_conflict_do_nothing()
    )
    return conn.execute(sa.select(task_texts.c.id).where(task_texts.c.digest == digest)).scalar_one()


def give(stores: Stores, by: str, persons: Sequence[int], wish: Wish) -> list[int]:
    """Give a task for each of ``persons`` by hand; their numbers in the order of the persons.

    Raises :class:`BadInput` by field, and :class:`NotFound` or :class:`Conflict` for a person who is not there or was
    erased.
    """
    wanted = list(dict.fromkeys(persons))
    if not 1 <= len(wanted) <= PERSONS_MAX:
        raise BadInput(
            "task_persons", f"须选 1 至 {PERSONS_MAX} 位客户。", f"1 to {PERSONS_MAX} people.", field="persons"
        )
    wish = replace(wish, title=wish.title.strip(), script=wish.script.strip(), escalate_to=wish.escalate_to.strip())
    check_text(wish.title, wish.script, wish.minutes)
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        _require_people(conn, wanted)
        holders.check_login(conn, wish.escalate_to)
        to = None if wish.to == ADVISER else holders.holder_named(conn, wish.to)
        of = holders.advisers_of(conn, wanted) if to is None else {}
        shares = [(each, of.get(each, POOL) if to is None else to) for each in wanted]
        return give_to(conn, now, by, shares, wish, now + timedelta(minutes=wish.minutes))


def give_to(
    conn: Connection, now: datetime, by: str, shares: Sequence[tuple[int, str]], wish: Wish, due: datetime
) -> list[int]:
    """Give a task of ``wish``'s words for each (person, holder), by when it is ``due``; their numbers, in order. In the
    caller's transaction, who has checked people, holders and words: ``wish.to`` and ``wish.minutes`` say nothing."""
    shared = {
        "text": text_of(conn, wish.title, wish.script),
        "template": wish.template,
        "by": by,
        "state": "open",
        "created": now,
        "due": due,
        "escalate_to": wish.escalate_to,
    }
    rows = [{**shared, "person": person, "holder": holder} for person, holder in shares]
    made = conn.execute(sa.insert(staff_tasks).returning(staff_tasks.c.id, sort_by_parameter_order=True), rows)
    numbers = list(made.scalars())
    tell(conn, "task_given", numbers, now)
    return numbers


def _require_people(conn: Connection, persons: Sequence[int]) -> None:
    asked = sent(conn, person=(sa.BigInteger, list(persons)))
    found = dict(
        conn.execute(sa.select(people.c.person, people.c.gone).join(asked, asked.c.person == people.c.person))
        .tuples()
        .all()
    )
    unknown = next((each for each in persons if each not in found), None)
    if unknown is not None:
        raise NotFound("person_unknown", f"没有编号为 {unknown} 的客户。", f"There is no person {unknown}.")
    erased = next((each for each, gone in found.items() if gone is not None), None)
    if erased is not None:
        raise Conflict("person_erased", f"客户 {erased} 已被删除。", f"Person {erased} has been erased.")


def cancel_tasks(
    conn: Connection,
    *,
    journey: int,
    now: datetime,
    why: str,
    up_to: int | None = None,
    node: str | None = None,
    persons: Sequence[int] | None = None,
) -> int:
    """Take back tasks that a journey gave and nobody has done: of versions ``up_to`` one, of one node, of some people
    (nodes), or all of them; how many, at most ``CANCELLED_A_STEP``: ask again until it is none. ``why``: of
    CANCELLED_FOR."""
    task = staff_tasks.c
    which = [task.journey == journey, task.state.in_(UNDONE)]
    if up_to is not None:
        which.append(task.version <= up_to)
    if node is not None:
        which.append(task.node == node)
    if persons is not None:
        which.append(task.person.in_(sa.select(sent(conn, person=(sa.BigInteger, list(persons))).c.person)))
    some = sa.select(task.id).where(*which).limit(CANCELLED_A_STEP)
    values = {"state": "cancelled", "ended": now, "ended_by": f"journey:{journey}", "why": why}
    return conn.execute(sa.update(staff_tasks).where(task.id.in_(some)).values(values)).rowcount
