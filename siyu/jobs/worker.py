"""Does the jobs: threads that claim, run, renew and settle."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs import queue, schedules
from siyu.jobs.model import Cancelled, Job, JobStatus, LeaseLost, error_text, handled_names, handler_of, permanent
from siyu.jobs.queue import Claimed
from siyu.jobs.tables import jobs
from siyu.jobs.turns import keep_doing
from siyu.storage import Clock, SiyuError, Stores, SystemClock, at_machine_speed

log = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
POLL_SECONDS = 1.0
PROGRESS_SECONDS_MIN = 0.5
THREADS = 4
RUN_DUE_MAX = 10_000
KEEP_SECONDS = 0.2

Watch = Callable[[int, int | None, str], None]


class StoreReporter:
    """Writes a job's progress, at most twice a second, and learns on the way whether to go on."""

    def __init__(self, stores: Stores, claimed: Claimed, stopping: threading.Event, watch: Watch | None) -> None:
        self._stores = stores
        self._claimed = claimed
        self._stopping = stopping
        self._watch = watch
        self._stage = ""
        self._written = 0.0

    def progress(self, done: int, all: int | None, stage: str | None) -> None:
        if self._stopping.is_set():
            raise Stopping
        moved_on = stage is not None and stage != self._stage
        self._stage = self._stage if stage is None else stage
        if self._watch is not None:
            self._watch(done, all, self._stage)
        moment = time.monotonic()
        if not moved_on and done != all and moment - self._written < PROGRESS_SECONDS_MIN:
            return
        self._written = moment
        self._write(done, all)

    def _write(self, done: int, all: int | None) -> None:
        crashes = sa.case((jobs.c.done_units < done, 0), else_=jobs.c.crashes)
        with self._stores.ledger.write() as conn:
            cancelled = conn.execute(
                sa.update(jobs)
                .where(self._held())
                .values(done_units=done, all_units=all, stage=self._stage, crashes=crashes)
                .returning(jobs.c.cancel_asked)
            ).one_or_none()
        if cancelled is None:
            raise LeaseLost(self._claimed.job.id)
        if cancelled.cancel_asked is not None:
            raise Cancelled

    def still_mine(self, conn: Connection) -> None:
        # An update, not a look: it also locks the row, so that nobody takes the job before this transaction ends.
        fenced = conn.execute(sa.update(jobs).where(self._held()).values(stage=self._stage)).rowcount
        if fenced != 1:
            raise LeaseLost(self._claimed.job.id)

    def _held(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            jobs.c.id == self._claimed.job.id, jobs.c.lease == self._claimed.lease, jobs.c.state == "running"
        )


class Stopping(Exception):
    """This process is going down; the job goes back and is taken up by the next one."""


class Worker:
    """Runs jobs in ``threads`` threads until stopped. Several processes may share one PostgreSQL ledger."""

    def __init__(
        self,
        stores: Stores,
        *,
        threads: int = THREADS,
        lease_seconds: float = LEASE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        machine_clock: Clock | None = None,
    ) -> None:
        self._stores = stores
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._machine = machine_clock or SystemClock()
        self._stop = threading.Event()
        self._held: set[str] = set()
        self._held_lock = threading.Lock()
        self._bell = queue.bell(stores.ledger.engine)
        self._schedules = schedules.Scheduler(stores)
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{place}", daemon=True) for place in range(threads)
        ]
        self._keeper = threading.Thread(target=self.keep_leases, name="worker-leases", daemon=True)

    def start(self) -> None:
        """Begin. A process that is alone with its home takes up at once what a crash left behind."""
        if self._stores.alone:
            left = queue.abandon_all(self._stores.ledger)
            if left:
                log.info("taking up %d jobs that were running when the last process ended", left)
        self._keeper.start()
        for thread in self._threads:
            thread.start()

    def stop(self, seconds_max: float = 20.0) -> None:
        """Stop gracefully: running jobs end at their next ``progress`` and go back to the queue."""
        self._stop.set()
        with self._bell:
            self._bell.notify_all()
        until = time.monotonic() + seconds_max
        for thread in [*self._threads, self._keeper]:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def run_forever(self) -> None:
        """Start, and stay until :meth:`stop` is called from another thread or a signal handler."""
        self.start()
        while not self._stop.wait(1.0):
            pass
        self.stop()

    def run_once(self, *, only: int | None = None, watch: Watch | None = None) -> bool:
        """Claim one due job and do it in this thread; False where nothing is due."""
        claimed = queue.claim(
            self._stores.ledger,
            handled_names(),
            now=self._stores.clock.now(),
            machine_now=self._machine.now(),
            lease=uuid.uuid4().hex,
            lease_seconds=self._lease_seconds,
            only=only,
        )
        if claimed is None:
            return False
        with self._held_lock:
            self._held.add(claimed.lease)
        try:
            self._do(claimed, watch)
        finally:
            with self._held_lock:
                self._held.discard(claimed.lease)
        return True

    def renew_leases(self) -> None:
        """Prolong what this worker holds."""
        with self._held_lock:
            held = list(self._held)
        if held:
            until = self._machine.now() + timedelta(seconds=self._lease_seconds)
            queue.renew(self._stores.ledger, held, until)

    def _do(self, claimed: Claimed, watch: Watch | None) -> None:
        ledger, now = self._stores.ledger, self._stores.clock.now
        try:
            if claimed.cancel_asked:
                queue.give_up(ledger, claimed, now(), "cancelled", None)
            elif claimed.crashes > queue.CRASHES_MAX:
                queue.give_up(ledger, claimed, now(), "failed", error_text(RepeatedCrash()))
            elif claimed.after_crash and claimed.crashes > queue.CRASHES_AT_ONCE:
                queue.rest(ledger, claimed, now())
            else:
                job = queue.with_reporter(claimed.job, StoreReporter(self._stores, claimed, self._stop, watch))
                self._run(claimed, job)
        except LeaseLost:
            log.warning("job %d (%s) was taken over by another worker", claimed.job.id, claimed.job.name)

    def _run(self, claimed: Claimed, job: Job) -> None:
        ledger, now = self._stores.ledger, self._stores.clock.now
        try:
            result = handler_of(job.name)(self._stores, job)
        except Stopping:
            queue.put_back(ledger, claimed)
        except Cancelled:
            queue.give_up(ledger, claimed, now(), "cancelled", None)
        except LeaseLost:
            raise
        except Exception as error:
            self._failed(claimed, error)
        else:
            queue.finish(ledger, claimed, now(), result)

    def _failed(self, claimed: Claimed, error: Exception) -> None:
        job, now = claimed.job, self._stores.clock.now()
        if permanent(error) or job.attempt >= claimed.attempts_max:
            log.error("job %d (%s) failed", job.id, job.name, exc_info=error)
            queue.give_up(self._stores.ledger, claimed, now, "failed", error_text(error))
        else:
            log.warning("job %d (%s) failed, attempt %d", job.id, job.name, job.attempt, exc_info=error)
            pause = at_machine_speed(self._stores.clock, queue.backoff_seconds(job.attempt))
            due = now + timedelta(seconds=pause)
            queue.try_later(self._stores.ledger, claimed, due, error_text(error))

    def _work(self) -> None:
        # A fault here is the ledger's own (a full disk, a lost connection): the jobs' are settled in run_once.
        keep_doing(self._one_or_wait, self._stop, "jobs")

    def _one_or_wait(self) -> float:
        """One job, or else wait until the bell tells of one: the waiting is done here, so no rest is asked for."""
        if not self.run_once():
            with self._bell:
                if not self._stop.is_set():
                    self._bell.wait(self._poll_seconds)
        return 0.0

    def keep_leases(self) -> None:
        """Renew what is held until stopped and nothing is held any more."""
        renewed = time.monotonic()
        while self._held or not self._stop.is_set():
            try:
                if time.monotonic() - renewed >= self._lease_seconds / 3:
                    self.renew_leases()
                    renewed = time.monotonic()
                self._ticking()
            except Exception:  # as above: the lease outlasts two failures
                log.exception("can't renew leases or look at schedules")
            if self._stop.wait(KEEP_SECONDS) and self._held:
                time.sleep(KEEP_SECONDS)

    def _ticking(self) -> None:
        if self._threads and not self._stop.is_set():
            self._schedules.tick()


class RepeatedCrash(Exception):
    """The process went down too often while this job ran."""


def run_due(stores: Stores) -> int:
    """Do every job that is due, in this thread; how many. For commands and tests, where no worker runs."""
    worker = Worker(stores, threads=0)
    for done in range(RUN_DUE_MAX):
        if not worker.run_once():
            return done
    return RUN_DUE_MAX


def run_now(stores: Stores, number: int, watch: Watch | None = None) -> JobStatus:
    """Do one job in this thread, or wait for the worker that has it; how it ended. ``watch`` hears of progress.

    A job that failed and will be tried later counts as ended here: its status says so.
    """
    worker = Worker(stores, threads=0)
    keeper = threading.Thread(target=worker.keep_leases, name="job-lease", daemon=True)
    keeper.start()
    try:
        while True:
            ran = worker.run_once(only=number, watch=watch)
            found = queue.status(stores, number)
            if ran or found.state != "running":
                return found
            if watch is not None:
                watch(found.done, found.all, found.stage)
            time.sleep(POLL_SECONDS / 4)
    finally:
        worker.stop()
        keeper.join()


def run_to_end(stores: Stores, ask: Callable[[], int], *, alone: bool, watch: Watch | None = None) -> JobStatus:
    """Ask for a job and do it now, as a command does; how it ended. ``alone``: no other process is up, so jobs under
    way were left by one that ended. Raises :class:`SiyuError` as the job failed."""
    if alone:
        queue.abandon_all(stores.ledger)
    ended = run_now(stores, ask(), watch)
    if ended.state == "failed" and ended.error is not None:
        raise SiyuError(ended.error["code"], ended.error["zh"], ended.error["en"])
    return ended
