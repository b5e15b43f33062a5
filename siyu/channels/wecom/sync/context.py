"""What every reading needs, and how far each list is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from siyu.storage import Stores, insert_into

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

    def apply(self, change: Callable[[Connection], Sequence[News]]) -> None:
        """One transaction of the mirror; what it means is on disk in the inbox before it commits, so a crash in
        between tells it again under the same keys."""
        with self.stores.ledger.write() as conn:
            self.job.still_mine(conn)
            mirror.alone(conn, self.account.id)
            news = change(conn)
            tell(self.stores, self.source, news)
        self.told += len(news)

    def position(self, what: str, of: str = "") -> Position:
        """Where this job is with a list: begun now, unless it began before."""
        with self.stores.ledger.read() as conn:
            row = conn.execute(sa.select(wecom_reads).where(_is(self.account.id, what, of))).one_or_none()
        return self.position_of(what, of, row)

    def position_of(self, what: str, of: str, row: Any) -> Position:
        """The same, of a row that was looked up already."""
        if row is None or row.job != self.job.id or row.begun is None:
            return Position(what, of, self.now())
        return Position(
            what, of, row.begun, row.cursor, row.found, done=row.ended is not None and row.ended >= row.begun
        )

    def kept(self, conn: Connection, positions: Sequence[Position]) -> None:
        """Keep positions in the transaction that makes them true."""
        now = self.now()
        for each in positions:
            values: dict[str, Any] = {
                "job": self.job.id,
                "begun": each.begun,
                "cursor": each.cursor,
                "found": each.found,
            }
            if each.done:
                values["ended"] = now
            row = insert_into(conn, wecom_reads).values(account=self.account.id, what=each.what, of=each.of, **values)
            conn.execute(row.on_conflict_do_update(index_elements=["account", "what", "of"], set_=values))


@dataclass
class Position:
    """How far a list is: ``cursor`` begins the next page."""

    what: str
    of: str
    begun: datetime
    cursor: str = ""
    found: int = 0
    done: bool = False


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
