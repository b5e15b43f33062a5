"""What every reading needs, and how far each list is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.news import News, tell
from siyu.channels.protocol import Account
from siyu.channels.wecom import mirror
from siyu.channels.wecom.tables import wecom_reads
from siyu.jobs import Job
from siyu.storage import Stores

T = TypeVar("T")
R = TypeVar("R")

SYNC_PATIENCE_SECONDS = 4_000.0
"""A sync waits for the limit of the hour if it must."""


@dataclass
class Reading:
    """One job at one account. ``read`` counts what was read so far, for its progress."""

    stores: Stores
    client: PlatformClient
    account: Account
    job: Job
    read: int = 0
    told: int = 0
    expected: int | None = None
    skipped: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def source(self) -> str:
        return f"wecom:{self.account.name}"

    def now(self) -> datetime:
        return self.stores.clock.now()

    def progress(self, more: int, stage: str) -> None:
        """Say how far it is. Raises what stops the job."""
        self.read += more
        expected = None if self.expected is None else max(self.expected, self.read)
        self.job.progress(self.read, expected, stage)

    def apply(self, change: Callable[[Connection], Iterable[News]]) -> None:
        """One transaction of the mirror; what it means is on disk in the inbox before it commits, so a crash in
        between tells it again under the same keys. News are taken as they come: those of one statement go to disk
        while the next is made."""
        with self.stores.ledger.write() as conn:
            self.job.still_mine(conn)
            mirror.alone(conn, self.account.id)
            told = tell(self.stores, self.source, change(conn))
        self.told += told

    def position(self, what: str, of: str = "") -> Position:
        """Where this job is with a list: begun now, unless it began before."""
        with self.stores.ledger.read() as conn:
            row = conn.execute(sa.select(wecom_reads).where(_is(self.account.id, what, of))).one_or_none()
        return self.position_of(what, of, row)

    def position_of(self, what: str, of: str, row: Any) -> Position:
        """The same, of a row that was looked up already."""
        if row is None or row.begun is None:
            return Position(what, of, self.now())
        ended = row.ended is not None and row.ended >= row.begun
        if row.job != self.job.id:
            return Position(what, of, self.now(), again=not ended)
        return Position(what, of, row.begun, row.cursor, row.found, done=ended, again=not ended)

    def kept(self, conn: Connection, positions: Sequence[Position]) -> None:
        """Keep positions in the transaction that makes them true."""
        now = self.now()
        for done in (False, True):
            rows = [
                {"what": each.what, "of": each.of, "job": self.job.id, "begun": each.begun, "cursor": each.cursor}
                | {"found": each.found}
                | ({"ended": now} if done else {})
                for each in positions
                if each.done == done
            ]
            mirror.put(conn, wecom_reads, self.account.id, rows, always=True)


@dataclass
class Position:
    """How far a list is: ``cursor`` begins the next page. ``again``: an earlier reading of it did not end, so what is
    found may have been told before."""

    what: str
    of: str
    begun: datetime
    cursor: str = ""
    found: int = 0
    done: bool = False
    again: bool = False


def at_once(many: int, do: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """Do it for each, ``many`` at a time; the answers in order. The first fault is raised, and what has not begun by
    then is left: a platform that does not answer must not hold a stop up for each of them."""
    with ThreadPoolExecutor(many, thread_name_prefix="wecom-calls") as threads:
        waiting = [threads.submit(do, each) for each in things]
        try:
            return [each.result() for each in waiting]
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _is(account: int, what: str, of: str) -> sa.ColumnElement[bool]:
    return sa.and_(wecom_reads.c.account == account, wecom_reads.c.what == what, wecom_reads.c.of == of)
