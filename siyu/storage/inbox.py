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
from pathlib import Path

import sqlalchemy as sa

from siyu.storage import copies
from siyu.storage.errors import Unavailable
from siyu.storage.ledger import BigId, Instant, Ledger

GROUP_ROWS_MAX = 256
WAITING_ROWS_MAX = 4_096
_IN_ORDER_LOCK = 0x51595532

inbox_metadata = sa.MetaData()

inbox_table = sa.Table(
    "inbox",
    inbox_metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("received", Instant, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)


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

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        inbox_metadata.create_all(ledger.engine)
        self._waiting: queue.Queue[Waiting | None] = queue.Queue(WAITING_ROWS_MAX)
        self._writer = threading.Thread(target=self._commit_groups, name="inbox", daemon=True)
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
                    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_IN_ORDER_LOCK)))
                numbers = (
                    conn.execute(
                        sa.insert(inbox_table).returning(inbox_table.c.id, sort_by_parameter_order=True),
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
                sa.select(inbox_table).where(inbox_table.c.id > number).order_by(inbox_table.c.id).limit(rows_max)
            ).all()
        return [InboxRow(*row) for row in found]

    def get(self, number: int) -> InboxRow | None:
        with self._ledger.read() as conn:
            row = conn.execute(sa.select(inbox_table).where(inbox_table.c.id == number)).one_or_none()
        return None if row is None else InboxRow(*row)

    def last(self) -> int:
        """The highest number given out so far, 0 if none."""
        with self._ledger.read() as conn:
            return conn.execute(sa.select(sa.func.max(inbox_table.c.id))).scalar_one() or 0

    def rewrite(self, number: int, body: bytes) -> None:
        """Put another body in place of one that was read already (what somebody asked to be erased is taken out)."""
        with self._ledger.write() as conn:
            conn.execute(sa.update(inbox_table).where(inbox_table.c.id == number).values(body=body))

    def purge(self, before: datetime, up_to: int, rows_max: int) -> int:
        """Drop rows received before a moment and already read (number ≤ ``up_to``); how many went."""
        with self._ledger.write() as conn:
            doomed = (
                sa.select(inbox_table.c.id)
                .where(inbox_table.c.received < before, inbox_table.c.id <= up_to)
                .order_by(inbox_table.c.id)
                .limit(rows_max)
            )
            return conn.execute(sa.delete(inbox_table).where(inbox_table.c.id.in_(doomed))).rowcount

    def copy_out(self, target: Path) -> None:
        """A copy of the file as it is now (on SQLite)."""
        copies.copy_out(self._ledger, target)

    def copy_in(self, source: Path) -> None:
        """Take over what such a copy holds."""
        copies.copy_in(self._ledger, source)

    def close(self) -> None:
        self._waiting.put(None)
        self._writer.join()
