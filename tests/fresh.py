"""Fresh stores for each test, quickly: what is the same for all of them is made once and copied or emptied.

Making some hundred tables takes a hundred times as long as copying the file that holds them. Nothing is synced to disk:
a test's stores need not outlive the machine. (That the product's own do is tested where it opens them itself.)
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.event import listens_for
from sqlalchemy.util import LRUCache

from siyu.storage import EventLog, Inbox, Ledger, ManualClock, Stores, metadata
from siyu.storage.inbox import INBOXES, inbox_metadata

FILLED = "SELECT DISTINCT table FROM system.parts WHERE database = currentDatabase() AND active"
EVENT_LOG_TABLES = ("events", "people", "aliases", "audience_states", "person_stats")


class WatchedLog(EventLog):
    """An event log that knows whether something was written since it was emptied."""

    def __init__(self, dsn: str) -> None:
        self._written = True
        super().__init__(dsn)

    def command(self, sql: str, *rest: Any, **more: Any) -> None:
        self._written = True
        super().command(sql, *rest, **more)

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], **more: Any) -> None:
        self._written = True
        super().insert(table, columns, **more)

    def insert_arrow(self, table: str, rows: Any, **more: Any) -> None:
        self._written = True
        super().insert_arrow(table, rows, **more)

    def load(self, table: str, file: Any) -> None:
        self._written = True
        super().load(table, file)

    def empty(self) -> None:
        """Make it as it was when it was opened."""
        if self._written:
            filled = {name for (name,) in self.rows(FILLED)}
            for table in EVENT_LOG_TABLES:
                if table in filled:
                    self.command(f"TRUNCATE TABLE {table}")
            self.command("SYSTEM RELOAD DICTIONARY person_of")
            self._written = False


STATEMENTS_KEPT = 2_000
_FIRST: dict[str, sa.Engine] = {}


def compiled_once(ledger: Ledger) -> Ledger:
    """The same ledger, which knows what was compiled for those before it: in the product too, an engine lives for as
    long as its process, and compiles a statement once. (It was a fifth of the time of such tests.)"""
    for engine in dict.fromkeys((ledger.engine, ledger._reader)):
        if engine.name not in _FIRST:
            with engine.connect():  # so that the dialect gets to know its server
                _FIRST[engine.name] = engine
            engine._compiled_cache = LRUCache(STATEMENTS_KEPT)
        first = _FIRST[engine.name]
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return ledger


def unsynced(ledger: Ledger) -> Ledger:
    """The same ledger, which does not wait for the disk."""

    @listens_for(ledger.engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return compiled_once(ledger)


class Templates:
    """SQLite files that hold every table and no row, to be copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: frozenset[str] = frozenset()

    def copy_to(self, home: Path) -> None:
        """Put ``ledger.db`` and the inboxes there, as they are where nothing happened yet."""
        if self._known != metadata.tables.keys():  # a test may be the first to import a room
            self._make()
        for name in ("ledger", *INBOXES):
            shutil.copyfile(self._folder / f"{name}.db", home / f"{name}.db")

    def _make(self) -> None:
        wanted = {"ledger": list(metadata.sorted_tables)} | {name: [table] for name, table in INBOXES.items()}
        for name, tables in wanted.items():
            (self._folder / f"{name}.db").unlink(missing_ok=True)
            ledger = unsynced(Ledger(f"sqlite:///{self._folder / f'{name}.db'}"))
            tables[0].metadata.create_all(ledger.engine, tables=tables)
            ledger.close()
        self._known = frozenset(metadata.tables)


@contextmanager
def on_sqlite(home: Path, events: EventLog) -> Iterator[Stores]:
    """Stores of the files in ``home``."""
    ledger = unsynced(Ledger(f"sqlite:///{home / 'ledger.db'}"))
    beside = {name: unsynced(Ledger(f"sqlite:///{home / f'{name}.db'}")) for name in INBOXES}
    inbox, callbacks = (Inbox(each, name) for name, each in beside.items())
    yield Stores(home, ledger, events, inbox, callbacks, ManualClock())
    for waiting in (inbox, callbacks):
        waiting.close()
    for each in beside.values():
        each.close()
    ledger.close()


@contextmanager
def on_postgresql(home: Path, events: EventLog, url: str) -> Iterator[Stores]:
    """Stores of a PostgreSQL whose tables are made already."""
    ledger = compiled_once(Ledger(url))
    inbox, callbacks = (Inbox(ledger, name) for name in INBOXES)
    yield Stores(home, ledger, events, inbox, callbacks, ManualClock())
    for waiting in (inbox, callbacks):
        waiting.close()
    ledger.close()


EMPTY = """
DO $$
DECLARE
    one record; filled boolean; names text[] := '{}';
BEGIN
    SET LOCAL session_replication_role = replica;  -- the audit log refuses to be emptied
    FOR one IN SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || one.name || ')' INTO filled;
        IF filled THEN names := names || one.name; END IF;
    END LOOP;
    IF names <> '{}' THEN EXECUTE 'TRUNCATE ' || array_to_string(names, ', ') || ' CASCADE'; END IF;
    FOR one IN SELECT quote_ident(sequencename) AS name FROM pg_sequences
            WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE 'ALTER SEQUENCE ' || one.name || ' RESTART';
    END LOOP;
END $$
"""
"""Rows go, and numbers begin anew, where there are any: nine of ten tables were not touched."""

SHAPE = """
SELECT md5(concat(
    (SELECT string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace)
))
"""


class Database:
    """A PostgreSQL database with every table, emptied before each test; made anew where a test changed its shape."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = sa.create_engine(
            sa.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        self._known: frozenset[str] = frozenset()
        self._shape = ""
        with self._engine.connect() as conn:
            conn.exec_driver_sql("ALTER SYSTEM SET fsync = off")
            conn.exec_driver_sql("SELECT pg_reload_conf()")

    def empty(self) -> None:
        """Every table there, and no row."""
        with self._engine.connect() as conn:
            if self._known == metadata.tables.keys() and conn.scalar(sa.text(SHAPE)) == self._shape:
                conn.exec_driver_sql(EMPTY)
                return
            _drop(conn)
            metadata.create_all(conn)
            inbox_metadata.create_all(conn)
            self._known, self._shape = frozenset(metadata.tables), conn.scalar(sa.text(SHAPE)) or ""

    def bare(self) -> None:
        """Not even a table: as a first start finds it."""
        with self._engine.connect() as conn:
            _drop(conn)

    def close(self) -> None:
        self._engine.dispose()


def _drop(conn: sa.Connection) -> None:
    conn.exec_driver_sql("DROP SCHEMA public CASCADE")
    conn.exec_driver_sql("CREATE SCHEMA public")
