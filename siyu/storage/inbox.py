"""The inbox: what came from outside, as it came, on disk before it is acknowledged.

A file of its own beside an SQLite ledger (so that an acknowledgement never waits for a long ledger write), a
table in a PostgreSQL one. Rows are appended by group commit: everything that arrives while one commit is
syncing goes into the next. Numbers only grow; a reader keeps its own place.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path

import sqlalchemy as sa

from siyu.storage import copies
from siyu.storage.errors import Unavailable
from siyu.storage.ledger import BigId, Instant, Ledger

GROUP_ROWS_MAX = 256
WAITING_ROWS_MAX = 4_096
PURGE_BYTES_MAX = 4 * 2**20
_IN_ORDER_LOCK = 0x51595532

inbox_metadata = sa.MetaData()


def _table(name: str) -> sa.Table:
    return sa.Table(
        name,
        inbox_metadata,
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("received", Instant, nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )


INBOXES = {"inbox": _table("inbox"), "callbacks": _table("callbacks")}
"""Events of a shop's own pages and servers, and what platforms call about: a first contact must not wait behind a
million events, so each has its own writer."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One body as it came. ``kind`` says who can read it (``segment``, ``own``…); ``events`` counts what is in it."""

    id: int
    received: datetime
    kind: str
    source: str
    events: int
    body: bytes


Waiting = tuple[InboxRow, Future[int]]


class Inbox:
    """Appends bodies durably and reads them in order."""

    def __init__(self, ledger: Ledger, name: str = "inbox") -> None:
        self._ledger = ledger
        self._table = INBOXES[name]
        self._in_order_lock = _IN_ORDER_LOCK + list(INBOXES).index(name)
        inbox_metadata.create_all(ledger.engine, tables=[self._table])
        self._waiting: queue.Queue[Waiting | None] = queue.Queue(WAITING_ROWS_MAX)
        self._writer = threading.Thread(target=self._commit_groups, name=name, daemon=True)
        self._writer.start()

    def append(self, received: datetime, kind: str, source: str, events: int, body: bytes) -> Future[int]:
        """Queue a body. The future holds its number once it is on disk; only then may it be acknowledged."""
        done: Future[int] = Future()
        try:
            self._waiting.put_nowait((InboxRow(0, received, kind, source, events, body), done))
        except queue.Full:
            done.set_exception(
                Unavailable(
                    "inbox_full", "系统繁忙，请稍后重试。", "Too much is waiting to be written; try again shortly."
                )
            )
        return done

    def _commit_groups(self) -> None:
        closing = False
        while not closing:
            group: list[Waiting] = []
            entry = self._waiting.get()
            while True:
                if entry is None:
                    closing = True
                    break
                group.append(entry)
                if len(group) == GROUP_ROWS_MAX:
                    break
                try:
                    entry = self._waiting.get_nowait()
                except queue.Empty:
                    break
            if group:
                self._commit(group)

    def _commit(self, group: Sequence[Waiting]) -> None:
        try:
            with self._ledger.write() as conn:
                if self._ledger.dialect == "postgresql":  # numbers must become visible in order, or readers skip some
                    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(self._in_order_lock)))
                numbers = (
                    conn.execute(
                        sa.insert(self._table).returning(self._table.c.id, sort_by_parameter_order=True),
                        [
                            {
                                "received": row.received,
                                "kind": row.kind,
                                "source": row.source,
                                "events": row.events,
                                "body": row.body,
                            }
                            for row, _ in group
                        ],
                    )
                    .scalars()
                    .all()
                )
        except Exception as error:  # every waiter must hear of it: none may hang
            for _, done in group:
                done.set_exception(error)
            return
        for (_, done), number in zip(group, numbers, strict=True):
            done.set_result(number)

    def after(self, number: int, rows_max: int) -> list[InboxRow]:
        """The next rows behind ``number``, in order."""
        with self._ledger.read() as conn:
            found = conn.execute(
                sa.select(self._table).where(self._table.c.id > number).order_by(self._table.c.id).limit(rows_max)
            ).all()
        return [InboxRow(*row) for row in found]

    def get(self, number: int) -> InboxRow | None:
        with self._ledger.read() as conn:
            row = conn.execute(sa.select(self._table).where(self._table.c.id == number)).one_or_none()
        return None if row is None else InboxRow(*row)

    def last(self) -> int:
        """The highest number given out so far, 0 if none."""
        with self._ledger.read() as conn:
            return conn.execute(sa.select(sa.func.max(self._table.c.id))).scalar_one() or 0

    def rewrite(self, number: int, body: bytes) -> None:
        """Put another body in place of one that was read already (what somebody asked to be erased is taken out)."""
        with self._ledger.write() as conn:
            conn.execute(sa.update(self._table).where(self._table.c.id == number).values(body=body))

    def purge(self, before: datetime, up_to: int, rows_max: int, bytes_max: int = PURGE_BYTES_MAX) -> int:
        """Drop the oldest rows received before a moment and already read (number ≤ ``up_to``); how many went, which is
        no more than ``rows_max`` and, but for one that is longer by itself, ``bytes_max``: freeing 75 MB at once would
        keep whoever appends waiting for seconds."""
        told = self._table.c
        with self._ledger.read() as conn:
            oldest = (
                sa.select(told.id, sa.func.length(told.body))
                .where(told.received < before, told.id <= up_to)
                .order_by(told.id)
                .limit(rows_max)
            )
            rows = conn.execute(oldest).all()
        freed = list(accumulate(size for _, size in rows))
        doomed = [number for (number, _), so_far in zip(rows, freed, strict=True) if so_far <= max(bytes_max, freed[0])]
        if doomed:
            with self._ledger.write() as conn:
                conn.execute(sa.delete(self._table).where(told.id.in_(doomed)))
        return len(doomed)

    def copy_out(self, target: Path) -> None:
        """A copy of the file as it is now (on SQLite)."""
        copies.copy_out(self._ledger, target)

    def copy_in(self, source: Path) -> None:
        """Take over what such a copy holds."""
        copies.copy_in(self._ledger, source)

    def close(self) -> None:
        self._waiting.put(None)
        self._writer.join()
        if self._ledger.dialect == "sqlite":  # its own
            self._ledger.close()
