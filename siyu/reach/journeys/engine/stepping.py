"""One step: the people who are due at one place, in one transaction.

What each would do is thought out before (``planning.py``). Inside, only those who are still as they were found are
moved: whom an event, an operator or another worker moved meanwhile is left alone, and looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.people.tables import people
from siyu.reach.journeys import nodes
from siyu.reach.journeys.engine.acts import Acting
from siyu.reach.journeys.engine.clock import MINUTE
from siyu.reach.journeys.engine.crowd import Crowd, Numbers, Places
from siyu.reach.journeys.engine.plan import LATER, Act, Fork, Plan, Planned, Rest, Way
from siyu.reach.journeys.engine.planning import Planner, Questions
from siyu.reach.journeys.engine.published import WALKING, Published
from siyu.reach.journeys.engine.telling import GOAL, LEFT, STEP, Told
from siyu.reach.journeys.tables import journey_people, journeys
from siyu.storage import Stores, gathered, sent
from siyu.storage.ledger import to_millis

STEP_ROWS = 8_000
"""People a transaction: no other writer waits longer than a fifth of a second."""


@dataclass(frozen=True)
class End:
    """Where some came to rest, or left: ``ways`` are those they went, with the node each begins at."""

    who: Places
    ways: tuple[tuple[str, str], ...]
    node: str | None
    due: Numbers
    moment: Numbers
    how: str = ""
    waits_for_guard: bool = False


def due_at(conn: Connection, published: Published, place: int, now: datetime, rows_max: int = STEP_ROWS) -> Crowd:
    """The next people who are due at a place, longest due first."""
    inside = journey_people
    node, kept = people.alias("node"), people.alias("kept")
    read = (inside.c.id, inside.c.person, inside.c.run, inside.c.due, inside.c.since, inside.c.until, inside.c.entered)
    first = (
        sa.select(*read)
        .where(inside.c.journey == published.journey, inside.c.version == published.version, inside.c.node == place)
        .where(inside.c.left.is_(None), inside.c.due <= now)
        .order_by(inside.c.due)
        .limit(rows_max)
        .subquery()
    )
    query = (
        sa.select(
            first.c.id,
            kept.c.person,
            first.c.run,
            _number(first.c.due),
            _number(first.c.since),
            sa.func.coalesce(_number(first.c.until), 0).label("until"),
            _number(first.c.entered),
            kept.c.timezone,
            sa.case((kept.c.gone.is_(None), 0), else_=1).label("gone"),
        )
        .join(node, node.c.person == first.c.person)
        .join(kept, kept.c.person == node.c.kept)
    )
    columns = gathered(conn, query)
    numbers = [np.array(column, dtype=np.int64) for column in columns[:7]]
    return Crowd(*numbers, zones=columns[7], gone=np.array(columns[8], dtype=np.bool_))


def step(
    stores: Stores, published: Published, place: int, crowd: Crowd, questions: Questions, acting: Acting, zone: ZoneInfo
) -> int:
    """Move a crowd; how many were moved."""
    now = stores.clock.now()
    planned = Planner(published, crowd, to_millis(now), zone, questions).plan(place)
    with stores.ledger.write() as conn:
        if not _under_way(conn, published.journey):
            return 0
        there = _still_there(conn, published, place, crowd)
        told = Told(published.journey, published.version, now)
        ends = list(carry_out(conn, planned.plan, there, acting.at(now, published.id_at(place)), crowd, told))
        for end in together([replace(end, ways=()) for end in ends]):
            _write(conn, published, place, crowd, end, now)
        for end in together(ends):
            _tell(conn, crowd, end, told)
        _note_goals(conn, planned, there, crowd, told, now)
        told.write_counts(conn)
    return int(there.sum())


def _under_way(conn: Connection, journey: int) -> bool:
    """Whether it still is, and stays so until this transaction ends."""
    state = sa.select(journeys.c.state).where(journeys.c.id == journey).with_for_update(read=True)
    return conn.execute(state).scalar() in WALKING


def _still_there(conn: Connection, published: Published, place: int, crowd: Crowd) -> npt.NDArray[np.bool_]:
    """Who of them is as they were found."""
    asked = sent(conn, id=(sa.BigInteger, crowd.rows.tolist()))
    inside = journey_people
    query = (
        sa.select(inside.c.id, _number(inside.c.due))
        .join(asked, inside.c.id == asked.c.id)
        .where(inside.c.version == published.version, inside.c.node == place, inside.c.left.is_(None))
    )
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(of=inside, skip_locked=True)
    found, due = (np.array(column, dtype=np.int64) for column in gathered(conn, query))
    order = np.argsort(crowd.rows)
    places = order[np.searchsorted(crowd.rows, found, sorter=order)]
    there = np.zeros(len(crowd), dtype=np.bool_)
    there[places] = crowd.due[places] == due
    return there


class Acts(Protocol):
    """What does things for people at a node: :class:`Acting`, or what a rehearsal has in its place."""

    def act(self, conn: Connection, node: nodes.Any, who: Places, crowd: Crowd) -> Mapping[str, Places]:
        """Do it for them; who goes which way from here."""
        ...


@dataclass(frozen=True)
class _Before:
    """Some who have come to something that is to be done."""

    act: Act
    who: Places
    ways: tuple[tuple[str, str], ...]
    waits_for_guard: bool


def carry_out(
    conn: Connection, plan: Plan, there: npt.NDArray[np.bool_], acts: Acts, crowd: Crowd, told: Told
) -> Iterator[End]:
    """Follow a plan with those who are there; what is done on the way is done, once for all who come to it together."""
    walked = list(_follow(plan, there, told, (), False))
    while walked:
        yield from (each for each in walked if isinstance(each, End))
        waiting = [each for each in walked if isinstance(each, _Before)]
        walked = []
        for node in {each.act.node.id: each.act.node for each in waiting}.values():
            those = [each for each in waiting if each.act.node is node]
            outcomes = acts.act(conn, node, np.concatenate([each.who for each in those]), crowd)
            for before in those:
                for outcome, whose in outcomes.items():
                    mine = np.zeros_like(there)
                    mine[before.who[np.isin(before.who, whose)]] = True
                    held_back = before.waits_for_guard or outcome == LATER
                    walked += _follow(before.act.on[outcome], mine, told, before.ways, held_back)


def _follow(
    plan: Plan, there: npt.NDArray[np.bool_], told: Told, ways: tuple[tuple[str, str], ...], held_back: bool
) -> Iterator[End | _Before]:
    """Up to where they rest, leave, or something is to be done for them."""
    if isinstance(plan, Fork):
        for part in plan.parts:
            yield from _follow(part, there, told, ways, held_back)
        return
    alive = there[plan.who]
    who = plan.who[alive]
    if not len(who):
        return
    if isinstance(plan, Way):
        told.count(plan.node, plan.way, plan.to, len(who))
        yield from _follow(plan.then, there, told, (*ways, (plan.node, plan.way)), held_back)
    elif isinstance(plan, Act):
        yield _Before(plan, who, ways, held_back)
    elif isinstance(plan, Rest):
        yield End(who, ways, plan.node, plan.due[alive], plan.moment[who], waits_for_guard=held_back)
    else:
        yield End(who, ways, None, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), plan.how)


def together(ends: Sequence[End]) -> list[End]:
    """Those who came the same ways to the same place, together."""
    groups: dict[tuple[Any, ...], list[End]] = {}
    for end in ends:
        groups.setdefault((end.ways, end.node, end.how, end.waits_for_guard), []).append(end)
    return [
        replace(
            those[0],
            who=np.concatenate([end.who for end in those]),
            due=np.concatenate([end.due for end in those]),
            moment=np.concatenate([end.moment for end in those]),
        )
        for those in groups.values()
    ]


def _write(conn: Connection, published: Published, place: int, crowd: Crowd, end: End, now: datetime) -> None:
    values: dict[str, Any]
    if end.node is None:
        values, asked = {"left": now, "how": end.how}, {}
    else:
        values, asked = _resting(published, place, crowd, end, now)
    given = sent(conn, id=(sa.BigInteger, crowd.rows[end.who].tolist()), **asked)
    columns = {name: given.c[name] if name in asked else value for name, value in values.items()}
    mine = journey_people.c.id == given.c.id
    if not asked and conn.dialect.name == "sqlite":  # all get the same: it goes through the rows in their own order
        mine = journey_people.c.id.in_(sa.select(given.c.id))
    conn.execute(sa.update(journey_people).where(mine).values(columns))


def _tell(conn: Connection, crowd: Crowd, end: End, told: Told) -> None:
    persons, runs = crowd.persons[end.who], crowd.runs[end.who]
    if end.ways:
        node, way = end.ways[0]
        path = [".".join(each) for each in end.ways]
        told.event_by_run(conn, STEP, persons, runs, node=node, way=way, to=end.node or "", path=path)
    if end.node is None:
        told.event_by_run(conn, LEFT, persons, runs, how=end.how, node=end.ways[-1][0] if end.ways else "")


def _resting(
    published: Published, place: int, crowd: Crowd, end: End, now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of those who rest: what is the same for all as a value, the rest as rows to be sent."""
    assert end.node is not None
    to = published.places[end.node]
    values: dict[str, Any] = {"node": to}
    asked: dict[str, Any] = {}
    for name, numbers in (("due", end.due), ("since", end.moment)):
        alike = len(numbers) > 0 and bool((numbers == numbers[0]).all())
        if name == "since" and np.array_equal(numbers, crowd.due[end.who]):
            values[name] = journey_people.c.due  # as it is before this statement
        elif name == "since" and np.array_equal(numbers, crowd.since[end.who]):
            continue
        elif alike:
            values[name] = sa.literal(int(numbers[0]), sa.BigInteger)
        else:
            values[name] = None
            asked[name] = (sa.BigInteger, numbers.tolist())
    values["until"] = _given_up_at(published, place, end.node, now) if end.waits_for_guard else None
    return values, asked


def _given_up_at(published: Published, place: int, id: str, now: datetime) -> Any:
    """When a message that waits for the guard is given up: reckoned from when it was first held."""
    to = published.places[id]
    node = published.document.nodes[to]
    assert isinstance(node, nodes.Message)
    fresh = sa.literal(to_millis(now) + node.when_held.minutes * MINUTE, sa.BigInteger)
    return sa.func.coalesce(_number(journey_people.c.until), fresh) if place == to else fresh


def _note_goals(
    conn: Connection, planned: Planned, there: npt.NDArray[np.bool_], crowd: Crowd, told: Told, now: datetime
) -> None:
    for who, at in planned.goals:
        alive = there[who]
        mine = who[alive]
        if not len(mine):
            continue
        given = sent(conn, id=(sa.BigInteger, crowd.rows[mine].tolist()), at=(sa.BigInteger, at[alive].tolist()))
        conn.execute(
            sa.update(journey_people)
            .where(journey_people.c.id == given.c.id, journey_people.c.goal.is_(None))
            .values(goal=given.c.at)
        )
        told.event_by_run(conn, GOAL, crowd.persons[mine], crowd.runs[mine])


def _number(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A moment as the number it is stored as."""
    return sa.type_coerce(column, sa.BigInteger)
