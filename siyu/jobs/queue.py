"""The jobs table: put in, taken by compare-and-set, settled. Every statement names the state that it expects.

Two clocks meet here. ``due`` is domain time (the injected clock, which a rehearsal may run fast); leases are machine
time, because they say whether a process is alive.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from siyu.jobs.model import UNFINISHED, Job, JobStatus, LeaseLost, Reporter, kept_arguments
from siyu.jobs.tables import jobs
from siyu.storage import Conflict, Ledger, NotFound, Stores, after_commit, insert_into

ATTEMPTS_MAX = 5
CRASHES_MAX = 10
"""Leases that may run out without any progress between them before a job counts as the cause of the crashes."""
CRASHES_AT_ONCE = 3
"""After so many it rests, longer each time: that the process was killed, time after time, is then seldom its doing."""
CANDIDATES_MAX = 16
BACKOFF_FIRST_SECONDS = 5
BACKOFF_SECONDS_MAX = 3_600
PURGE_ROWS_MAX = 5_000
AT_ONCE = datetime.fromtimestamp(0, UTC)
"""Due by any clock, also by one that a test or a rehearsal has set."""

_bells: weakref.WeakKeyDictionary[Engine, threading.Condition] = weakref.WeakKeyDictionary()
_bells_lock = threading.Lock()


def bell(engine: Engine) -> threading.Condition:
    """What wakes the workers of this process when a job is put into this ledger."""
    with _bells_lock:
        return _bells.setdefault(engine, threading.Condition())


def _ring(engine: Engine) -> None:
    waiting = bell(engine)
    with waiting:
        waiting.notify_all()


def enqueue(
    conn: Connection,
    name: str,
    arguments: Mapping[str, Any],
    *,
    now: datetime | None = None,
    key: str | None = None,
    due: datetime | None = None,
    priority: int = 0,
    attempts_max: int = ATTEMPTS_MAX,
    again: bool = False,
) -> int:
    """Put a job in, in the caller's transaction; its number.

    Where an unfinished job has the same ``key``, that one's number is given and nothing is added; with ``again`` a
    job that is *running* will then run once more, so that news which arrived behind its back is not missed.
    Without ``due`` it may begin at once. ``now`` is the moment shown as its beginning (default: the machine's time).
    """
    row = {
        "name": name,
        "key": key,
        "arguments": dict(arguments),
        "state": "waiting",
        "priority": priority,
        "due": due or now or AT_ONCE,
        "attempts_max": attempts_max,
        "created": now or datetime.now(UTC),
    }
    for _ in range(3):  # the job that stood in the way may end between two statements
        number = conn.execute(
            insert_into(conn, jobs).values(row).on_conflict_do_nothing().returning(jobs.c.id)
        ).scalar()
        if number is None and again:
            number = conn.execute(
                sa.update(jobs)
                .where(jobs.c.key == key, jobs.c.state == "running")
                .values(again=True)
                .returning(jobs.c.id)
            ).scalar()
        if number is None:
            number = conn.execute(sa.select(jobs.c.id).where(jobs.c.key == key, jobs.c.state.in_(UNFINISHED))).scalar()
        if number is not None:
            after_commit(conn, partial(_ring, conn.engine))
            return number
    raise Conflict("job_busy", "任务正在变动，请重试。", "The job is changing just now; try again.", key=key)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this process holds until ``lease`` runs out."""

    job: Job
    lease: str
    attempts_max: int
    crashes: int
    after_crash: bool
    """Whether its holder was gone."""
    cancel_asked: bool


def claim(
    ledger: Ledger,
    names: Sequence[str],
    *,
    now: datetime,
    machine_now: datetime,
    lease: str,
    lease_seconds: float,
    only: int | None = None,
) -> Claimed | None:
    """Take the next due job, or one whose holder is gone. Nothing is written where nothing is due."""
    waiting = sa.and_(jobs.c.state == "waiting", jobs.c.due <= now)
    abandoned = sa.and_(jobs.c.state == "running", jobs.c.leased_until < machine_now)
    free = sa.and_(sa.or_(waiting, abandoned), jobs.c.name.in_(names))
    if only is not None:
        free = sa.and_(free, jobs.c.id == only)
    order = (jobs.c.priority.desc(), jobs.c.due, jobs.c.id)
    with ledger.read() as conn:
        candidates = conn.execute(
            sa.select(jobs.c.id, jobs.c.crashes).where(free).order_by(*order).limit(CANDIDATES_MAX)
        )
        found = candidates.all()
    for number, crashes in found:
        with ledger.write() as conn:
            row = conn.execute(
                sa.update(jobs)
                .where(jobs.c.id == number, free)
                .values(
                    state="running",
                    lease=lease,
                    leased_until=machine_now + timedelta(seconds=lease_seconds),
                    attempt=jobs.c.attempt + sa.case((jobs.c.state == "waiting", 1), else_=0),
                    crashes=jobs.c.crashes + sa.case((jobs.c.state == "running", 1), else_=0),
                )
                .returning(jobs)
            ).one_or_none()
        if row is not None:
            return _claimed(row, lease, crashes)
    return None


def _claimed(row: Row[Any], lease: str, crashes_before: int) -> Claimed:
    job = Job(row.id, row.name, row.arguments, max(row.attempt, 1), row.key)
    after_crash = row.crashes > crashes_before
    return Claimed(job, lease, row.attempts_max, row.crashes, after_crash, row.cancel_asked is not None)


def with_reporter(job: Job, reporter: Reporter) -> Job:
    """The job as its handler is given it, with a way to tell how far it is."""
    return Job(job.id, job.name, job.arguments, job.attempt, job.key, reporter)


def renew(ledger: Ledger, leases: Sequence[str], until: datetime) -> None:
    """Keep the leases that are still ours."""
    with ledger.write() as conn:
        conn.execute(
            sa.update(jobs).where(jobs.c.state == "running", jobs.c.lease.in_(leases)).values(leased_until=until)
        )


def abandon_all(ledger: Ledger) -> int:
    """Let every running job be taken over at once; how many. Only for a process that is alone with the stores."""
    with ledger.write() as conn:
        return conn.execute(sa.update(jobs).where(jobs.c.state == "running").values(leased_until=AT_ONCE)).rowcount


def finish(ledger: Ledger, claimed: Claimed, now: datetime, result: Mapping[str, Any] | None) -> None:
    """The work is done; with news that came meanwhile (``again``) it waits for its next turn instead."""
    _settle(
        ledger,
        claimed,
        state=sa.case((jobs.c.again, "waiting"), else_="done"),
        finished=sa.case((jobs.c.again, None), else_=sa.literal(now, jobs.c.finished.type)),
        due=now,
        attempt=sa.case((jobs.c.again, 0), else_=jobs.c.attempt),
        arguments=kept_arguments(claimed.job),
        result=dict(result or {}),
        error=None,
        again=False,
        crashes=0,
    )


def give_up(ledger: Ledger, claimed: Claimed, now: datetime, state: str, error: str | None) -> None:
    """End the job as ``failed`` or ``cancelled``."""
    _settle(ledger, claimed, state=state, finished=now, error=error, again=False)


def try_later(ledger: Ledger, claimed: Claimed, due: datetime, error: str) -> None:
    """Give a claimed job back, to be tried again at ``due``."""
    _settle(ledger, claimed, state="waiting", due=due, error=error)


def put_back(ledger: Ledger, claimed: Claimed) -> None:
    """Return an unharmed job because this process is stopping; the attempt does not count."""
    _settle(ledger, claimed, state="waiting", attempt=jobs.c.attempt - 1)


def rest(ledger: Ledger, claimed: Claimed, now: datetime) -> None:
    """Put a job off that a crash left time after time; the attempt does not count. All its rests take ten minutes:
    who kills processes for a while ends no job, and a job that brings them down is soon let do so no more."""
    due = now + timedelta(seconds=backoff_seconds(claimed.crashes - CRASHES_AT_ONCE))
    _settle(ledger, claimed, state="waiting", attempt=jobs.c.attempt - 1, due=due)


def _settle(ledger: Ledger, claimed: Claimed, **values: Any) -> None:
    with ledger.write() as conn:
        held = sa.and_(jobs.c.id == claimed.job.id, jobs.c.lease == claimed.lease, jobs.c.state == "running")
        changed = conn.execute(sa.update(jobs).where(held).values(lease=None, leased_until=None, **values)).rowcount
    if changed != 1:
        raise LeaseLost(claimed.job.id)


def backoff_seconds(attempt: int) -> float:
    """5 s, 10 s, 20 s … up to an hour."""
    return min(BACKOFF_FIRST_SECONDS * 2 ** (attempt - 1), BACKOFF_SECONDS_MAX)


def cancel(conn: Connection, number: int, now: datetime) -> bool:
    """Ask a job to stop: at once where it waits, at its next ``progress`` where it runs; False if already ended."""
    waiting = sa.update(jobs).where(jobs.c.id == number, jobs.c.state == "waiting")
    if conn.execute(waiting.values(state="cancelled", cancel_asked=now, finished=now)).rowcount:
        return True
    running = sa.update(jobs).where(jobs.c.id == number, jobs.c.state == "running")
    return bool(conn.execute(running.values(cancel_asked=now, again=False)).rowcount)


def status(stores: Stores, number: int) -> JobStatus:
    """One job. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(jobs).where(jobs.c.id == number)).one_or_none()
    if row is None:
        raise NotFound("job_not_found", f"没有编号为 {number} 的任务。", f"There is no job {number}.")
    return _status(row)


def find(
    stores: Stores,
    *,
    names: Sequence[str] | None = None,
    states: Sequence[str] = (),
    key: str | None = None,
    before: int | None = None,
    rows_max: int = 50,
) -> list[JobStatus]:
    """The newest jobs first, narrowed by name (None: any), state or key; ``before``: older than that number."""
    query = sa.select(jobs).order_by(jobs.c.id.desc()).limit(rows_max)
    if names is not None:
        query = query.where(jobs.c.name.in_(names))
    if before is not None:
        query = query.where(jobs.c.id < before)
    if states:
        query = query.where(jobs.c.state.in_(states))
    if key is not None:
        query = query.where(jobs.c.key == key)
    with stores.ledger.read() as conn:
        return [_status(row) for row in conn.execute(query)]


def _status(row: Row[Any]) -> JobStatus:
    return JobStatus(
        id=row.id,
        name=row.name,
        key=row.key,
        arguments=row.arguments,
        state=row.state,
        attempt=row.attempt,
        attempts_max=row.attempts_max,
        done=row.done_units,
        all=row.all_units,
        stage=row.stage,
        cancel_asked=row.cancel_asked,
        due=row.due,
        created=row.created,
        finished=row.finished,
        result=row.result,
        error=None if row.error is None else json.loads(row.error),
    )


def purge(stores: Stores, before: datetime) -> int:
    """Forget jobs that ended before a moment; how many went (at most ``PURGE_ROWS_MAX``)."""
    old = sa.select(jobs.c.id).where(jobs.c.finished < before).limit(PURGE_ROWS_MAX)
    with stores.ledger.write() as conn:
        return conn.execute(sa.delete(jobs).where(jobs.c.id.in_(old))).rowcount
