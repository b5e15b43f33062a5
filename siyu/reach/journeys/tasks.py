"""Jobs of journeys: people moved from one version to the next, and everybody out of one that was stopped.

Both go in chunks, each a transaction that finds whom it has to do with by where they are: so a job that dies or runs
twice moves nobody twice and leaves nobody behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import Job, handles
from siyu.reach.journeys import nodes
from siyu.reach.journeys.drafts import read, read_document
from siyu.reach.journeys.engine.leaving import LEAVE_ROWS, leave
from siyu.reach.journeys.engine.published import GATE, Published
from siyu.reach.journeys.engine.telling import STEP, Told
from siyu.reach.journeys.model import Journey, parse
from siyu.reach.journeys.moves import moved, rests
from siyu.reach.journeys.publishing import MOVE_JOB, STOP_JOB
from siyu.reach.journeys.tables import journey_people, journey_versions
from siyu.reach.senders import senders_of
from siyu.reach.staff_tasks.giving import CANCELLED_A_STEP, cancel_tasks
from siyu.storage import Instant, Stores, sent

MOVE_ROWS = 10_000
MOVED = "moved"
"""The way of those who are moved: out of a step of the old version, and into one of the new."""


@handles(MOVE_JOB)
def move_people(stores: Stores, job: Job) -> Mapping[str, Any]:
    """Those who rest at a step that the mapping names, and those at the gate, to the new version."""
    journey, old_version, new_version = (int(job.arguments[name]) for name in ("journey", "from", "to"))
    moves: Mapping[str, str] = job.arguments["moves"]
    with stores.ledger.read() as conn:
        old = read_document(conn, journey, old_version)
        new = read_document(conn, journey, new_version)
    done = 0
    for one, other in [("", ""), *moves.items()]:
        if one and not rests(old.node(one)):
            continue
        chunk = _Chunk(journey, (old_version, new_version), old, new, one, other)
        after = 0
        while True:
            with stores.ledger.write() as conn:
                job.still_mine(conn)
                after, many = chunk.move(stores, conn, after)
            done += many
            job.progress(done, None, "moving")
            if not after:
                break
    return {"moved": done}


class _Chunk:
    """People at one step of the old version, some at a time. '' is the gate."""

    def __init__(
        self, journey: int, versions: tuple[int, int], old: Journey, new: Journey, one: str, other: str
    ) -> None:
        self._journey, self._versions = journey, versions
        self._one, self._other = one, other
        self._start = new.start or ""
        self._from = old.places()[one] if one else GATE
        self._to = new.places()[other] if other else GATE
        self._node_before = old.node(one) if one else None
        self._node = new.node(other) if other else None

    def move(self, stores: Stores, conn: Connection, after: int) -> tuple[int, int]:
        """The next; the number of the last row looked at (0: there are no more), and how many were moved."""
        now = stores.clock.now()
        inside = journey_people.c
        query = (
            sa.select(inside.id, inside.person, inside.run)
            .where(inside.journey == self._journey, inside.version == self._versions[0], inside.node == self._from)
            .where(inside.left.is_(None), inside.id > after)
            .order_by(inside.id)
            .limit(MOVE_ROWS)
        )
        if isinstance(self._node_before, nodes.WaitEvent | nodes.Task):  # woken or late: they go on from there
            query = query.where(inside.due > now)
        if conn.dialect.name == "postgresql":
            query = query.with_for_update()
        rows = conn.execute(query).all()
        if not rows:
            return 0, 0
        asked = sent(conn, id=(sa.BigInteger, [row.id for row in rows]))
        conn.execute(
            sa.update(journey_people)
            .where(inside.id.in_(sa.select(asked.c.id)), inside.left.is_(None))
            .values(version=self._versions[1], node=self._to, **self._rest(now))
        )
        self._tell(conn, now, [(row.person, row.run) for row in rows])
        return rows[-1].id, len(rows)

    def _rest(self, now: Any) -> dict[str, Any]:
        """What their row says of how long they rest."""
        before, node = self._node_before, self._node
        if before is None or node is None:
            return {}
        if moved(before, node) != "stays":
            return {"due": sa.literal(now, Instant), "until": None}
        heard = isinstance(before, nodes.WaitEvent) and isinstance(node, nodes.WaitEvent) and before.match == node.match
        if isinstance(node, nodes.WaitEvent) and not heard:  # what they did before nobody listened for counts no more
            return {"since": sa.literal(now, Instant)}
        return {}

    def _tell(self, conn: Connection, now: Any, people: list[tuple[int, int]]) -> None:
        old, new = (Told(self._journey, version, now) for version in self._versions)
        persons, runs = [person for person, _ in people], [run for _, run in people]
        new.event_by_run(conn, STEP, persons, runs, node=self._one, way=MOVED, to=self._other)
        old.count(self._one, MOVED, "", len(people))
        new.count("", MOVED, self._other or self._start, len(people))
        old.write_counts(conn)
        new.write_counts(conn)


@handles(STOP_JOB)
def stop_journey(stores: Stores, job: Job) -> Mapping[str, Any]:
    """Everybody leaves who is inside a version up to the one that was running when it was stopped, and what these
    versions gave staff to do and nobody has done is cancelled."""
    journey, up_to = int(job.arguments["journey"]), int(job.arguments["up_to"])
    with stores.ledger.read() as conn:
        versions = _versions(conn, journey, up_to)
    done = 0
    for published in versions:
        inside = journey_people.c
        query = (
            sa.select(inside.id)
            .where(inside.journey == journey, inside.version == published.version, inside.left.is_(None))
            .limit(LEAVE_ROWS)
        )
        while True:
            with stores.ledger.write() as conn:
                job.still_mine(conn)
                rows = list(conn.execute(query).scalars())
                done += leave(conn, published, rows, "stopped", stores.clock.now())
            job.progress(done, None, "leaving")
            if len(rows) < LEAVE_ROWS:
                break
    return {"left": done, "tasks": _take_tasks_back(stores, job, journey, up_to)}


def _take_tasks_back(stores: Stores, job: Job, journey: int, up_to: int) -> int:
    """Tasks that nobody has done, of those too who had gone on from the step or left; how many."""
    done = 0
    while True:
        with stores.ledger.write() as conn:
            job.still_mine(conn)
            many = cancel_tasks(conn, journey=journey, up_to=up_to, now=stores.clock.now(), why="stopped")
        done += many
        if many < CANCELLED_A_STEP:
            return done


def _versions(conn: Connection, journey: int, up_to: int) -> list[Published]:
    salt = read(conn, journey).salt
    known = journey_versions.c
    rows = conn.execute(
        sa.select(known.version, known.published, known.document)
        .where(known.journey == journey, known.version <= up_to)
        .order_by(known.version)
    ).all()
    return [
        Published(
            journey, row.version, salt, row.published, parse(row.document), senders_of(conn, journey, row.version)
        )
        for row in rows
    ]
