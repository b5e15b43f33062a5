"""Sends what waits: records the attempt, calls, records the answer. At least once, under one id, in order per person.

One loop in the whole installation does this (``jobs/turns.py``). An attempt is on disk before its call; what a crash
left as *sending* is sent again under the same id. Of one person only the oldest open delivery is ever under way, so a
receiver gets each person's events in the order in which Siyu stored them.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Answer, Caller
from siyu.hooks import model
from siyu.hooks.actions import due_now, note_answer, secrets_of
from siyu.hooks.model import CALL_SECONDS_MAX, DOWN_AFTER_FAILURES, Delivery, Hook
from siyu.hooks.payload import bodies
from siyu.hooks.queries import all_hooks
from siyu.hooks.reading import read_on
from siyu.hooks.tables import hook_attempts, hook_deliveries, hooks
from siyu.jobs.turns import keep_doing
from siyu.people import news
from siyu.staff import audit
from siyu.storage import Stores

log = logging.getLogger(__name__)

HOOK_THREADS = 8
CALL_THREADS = 32
CALLS_A_ROUND = 64
CALLS_A_HOOK_AT_ONCE = 8
IDLE_SECONDS = 0.2

_COLUMNS = tuple(hook_deliveries.c[name] for name in Delivery.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class _Try:
    """One delivery whose attempt is on disk, and what came of the call."""

    delivery: Delivery
    attempt: int
    answer: Answer


class Sender:
    """Reads on and sends for every subscription; a slow receiver holds up nobody else's."""

    def __init__(self, stores: Stores, caller: Caller) -> None:
        self._stores = stores
        self._caller = caller
        self._under_way: dict[int, Future[int]] = {}

    def run_forever(self, stop: threading.Event) -> None:
        """Until ``stop``, as :func:`keep_doing` does; after a fault the next round begins from what is on disk."""
        self.recover()
        with (
            ThreadPoolExecutor(HOOK_THREADS, thread_name_prefix="hook") as rounds,
            ThreadPoolExecutor(CALL_THREADS, thread_name_prefix="hook-call") as calls,
        ):
            keep_doing(lambda: IDLE_SECONDS / 10 if self._tick(rounds, calls) else IDLE_SECONDS, stop, "event webhooks")

    def run_once(self) -> int:
        """One round of every subscription, in this thread's time: for commands and tests. How many were tried."""
        if news.anything_new(self._stores):
            news.give_places(self._stores)
        with ThreadPoolExecutor(CALL_THREADS) as calls:
            return sum(self._round(hook, calls) for hook in self._ready())

    def recover(self, hook: int | None = None) -> int:
        """Have what was interrupted (of one subscription, or of all) sent again under its id; how many."""
        now = self._stores.clock.now()
        interrupted = hook_deliveries.c.state == "sending"
        if hook is not None:
            interrupted = sa.and_(interrupted, hook_deliveries.c.hook == hook)
        with self._stores.ledger.write() as conn:
            conn.execute(
                sa.update(hook_attempts)
                .where(
                    hook_attempts.c.ended.is_(None),
                    hook_attempts.c.delivery.in_(sa.select(hook_deliveries.c.id).where(interrupted)),
                )
                .values(ended=now, status=0, fault="interrupted")
            )
            return conn.execute(
                sa.update(hook_deliveries)
                .where(interrupted)
                .values(state="waiting", due=now, tries=hook_deliveries.c.tries - 1)
            ).rowcount

    def _tick(self, rounds: ThreadPoolExecutor, calls: ThreadPoolExecutor) -> bool:
        ready = self._ready()
        if not ready:
            return False
        if news.anything_new(self._stores):
            news.give_places(self._stores)
        busy = False
        for hook in ready:
            running = self._under_way.get(hook.id)
            if running is not None and running.done():
                busy = busy or running.result() > 0
            if running is None or running.done():
                self._under_way[hook.id] = rounds.submit(self._round, hook, calls)
        return busy

    def _ready(self) -> list[Hook]:
        now = self._stores.clock.now()
        return [
            hook
            for hook in all_hooks(self._stores)
            if hook.state == "active" and (hook.rests_until is None or hook.rests_until <= now)
        ]

    def _round(self, hook: Hook, calls: ThreadPoolExecutor) -> int:
        """Read on, then try what is due; how many were tried."""
        try:
            read_on(self._stores, hook)
            return self._send(hook, calls)
        except Exception:
            log.exception("event webhook %d failed", hook.id)
            self.recover(hook.id)
            return 0

    def _send(self, hook: Hook, calls: ThreadPoolExecutor) -> int:
        due = self._due(hook, 1 if hook.failures >= DOWN_AFTER_FAILURES else CALLS_A_ROUND)
        if not due:
            return 0
        written = bodies(self._stores, hook, due, whole=hook.personal)
        secrets = secrets_of(self._stores, hook)
        claimed = self._claim(due, written)
        places = threading.BoundedSemaphore(CALLS_A_HOOK_AT_ONCE)

        def call(delivery: Delivery) -> Answer:
            with places:
                return self._caller.post(
                    hook.url, secrets, delivery.event, written[delivery.id], seconds=CALL_SECONDS_MAX
                )

        answers = list(calls.map(call, [delivery for delivery, _ in claimed]))
        tried = [_Try(*each, answer) for each, answer in zip(claimed, answers, strict=True)]
        self._settle(hook, tried)
        return len(due)

    def _due(self, hook: Hook, rows_max: int) -> list[Delivery]:
        """What may go now: of each person the oldest open one alone."""
        mine, earlier = hook_deliveries, hook_deliveries.alias()
        with self._stores.ledger.read() as conn:
            rows = conn.execute(
                sa.select(*_COLUMNS)
                .where(mine.c.hook == hook.id, mine.c.state == "waiting", mine.c.due <= self._stores.clock.now())
                .where(
                    ~sa.exists().where(
                        earlier.c.hook == mine.c.hook,
                        earlier.c.person == mine.c.person,
                        earlier.c.id < mine.c.id,
                        earlier.c.state.in_([sa.literal_column("'waiting'"), sa.literal_column("'sending'")]),
                    )
                )
                .order_by(mine.c.id)
                .limit(rows_max)
            )
            return [Delivery(*row) for row in rows]

    def _claim(self, due: Sequence[Delivery], written: Mapping[int, bytes]) -> list[tuple[Delivery, int]]:
        """On disk as attempted; what has no body any more (erased) is skipped."""
        now = self._stores.clock.now()
        claimed: list[tuple[Delivery, int]] = []
        with self._stores.ledger.write() as conn:
            for each in due:
                there = each.id in written
                values = (
                    {"state": "sending", "tries": each.tries + 1} if there else {"state": "skipped", "settled": now}
                )
                taken = conn.execute(
                    sa.update(hook_deliveries)
                    .where(hook_deliveries.c.id == each.id, hook_deliveries.c.state == "waiting")
                    .values(**values)
                ).rowcount
                if taken and there:
                    attempt = conn.execute(
                        sa.insert(hook_attempts).values(delivery=each.id, at=now).returning(hook_attempts.c.id)
                    ).scalar_one()
                    claimed.append((each, attempt))
        return claimed

    def _settle(self, hook: Hook, tried: Sequence[_Try]) -> None:
        now = self._stores.clock.now()
        with self._stores.ledger.write() as conn:
            for each in tried:
                note_answer(conn, each.attempt, each.answer, now)
                values = _after(each, now)
                conn.execute(
                    sa.update(hook_deliveries)
                    .where(hook_deliveries.c.id == each.delivery.id, hook_deliveries.c.state == "sending")
                    .values(status=each.answer.status, **values)
                )
            _judge(conn, hook, tried, now)


def _after(each: _Try, now: datetime) -> dict[str, object]:
    """What an answer makes of its delivery."""
    if each.answer.good:
        return {"state": "delivered", "settled": now}
    pause = model.pause_seconds(each.delivery.tries + 1, random.random(), each.answer.retry_after)
    if pause is None:
        return {"state": "failed", "settled": now}
    return {"state": "waiting", "due": now + timedelta(seconds=pause)}


def _judge(conn: Connection, hook: Hook, tried: Sequence[_Try], now: datetime) -> None:
    """What the round says about the receiver: it answers; it fails, and is given a pause; it has to be looked at."""
    if not tried:
        return
    if any(each.answer.good for each in tried):
        values = {"failures": 0, "failing_since": None, "rests_until": None, "answered": now}
        conn.execute(sa.update(hooks).where(hooks.c.id == hook.id).values(**values))
        if hook.failures >= DOWN_AFTER_FAILURES:
            due_now(conn, hook.id, now)
        return
    failures, since = hook.failures + len(tried), hook.failing_since or now
    rest = now + timedelta(seconds=model.rest_seconds(failures))
    conn.execute(
        sa.update(hooks)
        .where(hooks.c.id == hook.id)
        .values(failures=failures, failing_since=since, rests_until=rest)
    )  # fmt: skip
    if any(each.answer.status == 410 for each in tried):
        _stop(conn, hook, "gone", now)
    elif model.should_stop(failures, since, now):
        _stop(conn, hook, "failing", now)


def _stop(conn: Connection, hook: Hook, reason: str, now: datetime) -> None:
    """Send no more until somebody has looked: it shows on the home page and in the audit log. Nothing is lost."""
    stopped = conn.execute(
        sa.update(hooks)
        .where(hooks.c.id == hook.id, hooks.c.state == "active")
        .values(state="stopped", reason=reason, changed=now)
    ).rowcount
    if stopped:
        audit.record(conn, now, "system", "hook_stopped", f"hook:{hook.id}", {"reason": reason})
