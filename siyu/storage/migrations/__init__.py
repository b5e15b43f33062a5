"""Brings a ledger up to the schema of this version.

A new ledger gets every table as it is today. An older one first goes through the steps that it has not seen, each in
a transaction of its own: a step changes tables that exist already. Then tables that are missing are created, so a
new table needs no step. Which steps a ledger has seen stands in ``schema_steps``.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection

from siyu.storage.errors import Unavailable
from siyu.storage.ledger import Instant, Ledger, metadata
from siyu.storage.migrations.steps import STEPS, Step

PG_LOCK = 0x51595550
"""Key of the advisory lock that lets one of several starting processes change the schema."""

schema_steps = sa.Table(
    "schema_steps",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)


def upgrade(ledger: Ledger, steps: Sequence[Step] = STEPS) -> list[int]:
    """Bring the ledger up to date; the numbers of the steps that were taken. Running it again changes nothing.

    A SQLite file is copied beside itself (``ledger.db.before-<number>``) before the first step. Raises
    :class:`Unavailable` for a ledger that a newer version has changed.
    """
    if not _exists(ledger):
        with _alone(ledger) as conn:
            metadata.create_all(conn)
            _note(conn, [step for step in steps if step.number not in _seen(conn)])
        return []
    with ledger.read() as conn:
        seen = _seen(conn)
    _refuse_newer(seen, steps)
    pending = [step for step in steps if step.number not in seen]
    if pending:
        _copy_aside(ledger, pending[0].number)
        with _without_foreign_keys(ledger):
            for step in pending:
                _take(ledger, step)
    with _alone(ledger) as conn:
        _make_missing(conn)
    return [step.number for step in pending]


def _make_missing(conn: Connection) -> None:
    """Tables that this version has and the ledger has not; asked for by one question, not one a table."""
    there = set(sa.inspect(conn).get_table_names())
    missing = [table for name, table in metadata.tables.items() if name not in there]
    if missing:
        metadata.create_all(conn, tables=missing, checkfirst=False)


def _exists(ledger: Ledger) -> bool:
    """Whether this is a ledger already. (Both tables: a first start may have been cut off between the two.)"""
    found = sa.inspect(ledger.engine)
    return found.has_table("schema_steps") and found.has_table("settings")


def _seen(conn: Connection) -> set[int]:
    return set(conn.execute(sa.select(schema_steps.c.number)).scalars())


def _refuse_newer(seen: set[int], steps: Sequence[Step]) -> None:
    unknown = seen - {step.number for step in steps}
    if unknown:
        raise Unavailable(
            "ledger_newer",
            "这个数据目录已被更新版本的 Siyu 升级，请安装新版本后再启动。",
            "A newer version of Siyu has already upgraded these data; install that version.",
            steps=sorted(unknown),
        )


def _take(ledger: Ledger, step: Step) -> None:
    with _alone(ledger) as conn:
        if step.number in _seen(conn):  # another process was quicker
            return
        step.run(Operations(MigrationContext.configure(conn)))
        _note(conn, [step])
        if ledger.dialect == "sqlite" and conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise RuntimeError(f"schema step {step.number} leaves rows that point nowhere")


def _note(conn: Connection, steps: Sequence[Step]) -> None:
    if steps:
        now = datetime.now(UTC)
        conn.execute(sa.insert(schema_steps), [{"number": step.number, "name": step.name, "at": now} for step in steps])


@contextmanager
def _alone(ledger: Ledger) -> Generator[Connection]:
    """A transaction that no other process's upgrade runs beside. (On SQLite the transaction is enough.)"""
    with ledger.write() as conn:
        if ledger.dialect == "postgresql":
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(PG_LOCK)))
        yield conn


@contextmanager
def _without_foreign_keys(ledger: Ledger) -> Generator[None]:
    """SQLite alters most things by making the table anew; its rows must not count as gone meanwhile.

    The pragma does nothing inside a transaction, so it is set on the writer's one connection beforehand.
    """
    if ledger.dialect != "sqlite":
        yield
        return
    _pragma(ledger, "foreign_keys=OFF")
    try:
        yield
    finally:
        _pragma(ledger, "foreign_keys=ON")


def _pragma(ledger: Ledger, words: str) -> None:
    raw = ledger.engine.raw_connection()
    try:
        raw.cursor().execute(f"PRAGMA {words}")
    finally:
        raw.close()


def _copy_aside(ledger: Ledger, number: int) -> None:
    if ledger.dialect != "sqlite" or not ledger.url.database:
        return
    copy = Path(f"{ledger.url.database}.before-{number}")
    copy.unlink(missing_ok=True)  # of an attempt that was cut off
    raw = ledger.engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(copy),))
    finally:
        raw.close()
