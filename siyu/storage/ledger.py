"""The ledger: the product's state, in SQLite (embedded) or PostgreSQL, through SQLAlchemy Core.

Reads see a snapshot. Writes are one at a time on SQLite (``BEGIN IMMEDIATE`` behind a lock of this process, so
that threads queue fairly instead of meeting "database is locked"); on PostgreSQL they run side by side.
Keep a write short: no network call inside, and at most ``CHUNK_ROWS`` rows a statement.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.event import listens_for

from siyu.storage.checkpoints import FRAMES_MAX, Checkpoints
from siyu.storage.refusals import told

CHUNK_ROWS = 20_000
"""Rows one write statement may touch: other writers then wait about .1 s (measured), not seconds."""

BUSY_SECONDS_MAX = 30

LOG_BYTES_MAX = 128 * 2**20

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.TypeDecorator[datetime]):
    """A moment, stored as whole milliseconds since 1970 UTC: compares and adds the same way on every engine."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        return None if value is None else to_millis(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else from_millis(value)


def to_millis(moment: datetime) -> int:
    """Whole milliseconds since 1970 UTC of an aware datetime."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return round(moment.timestamp() * 1000)


def from_millis(millis: int) -> datetime:
    """The moment, in UTC."""
    return datetime.fromtimestamp(millis / 1000, UTC)


# SQLite only numbers rows by itself where the column is exactly INTEGER.
BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class Turns:
    """A lock that serves those who wait in the order in which they came.

    A plain lock may be taken again at once by the thread that gave it up: one that writes chunk after chunk then
    kept another writer waiting for 1.5 s (measured, 100 chunks of .18 s). A thread in a *hurry* is served before those
    that are in none.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._hurried: deque[threading.Lock] = deque()
        self._taken = False
        self._thread = threading.local()

    @contextmanager
    def hurry(self) -> Generator[None]:
        """What this thread asks for within is served first."""
        before, self._thread.hurries = self._hurries, True
        try:
            yield
        finally:
            self._thread.hurries = before

    @property
    def _hurries(self) -> bool:
        return bool(getattr(self._thread, "hurries", False))

    @contextmanager
    def at_once(self) -> Generator[bool]:
        """Whether the turn is had, without waiting for it."""
        with self._guard:
            had = not self._taken
            self._taken = True
        try:
            yield had
        finally:
            if had:
                self.__exit__()

    def __enter__(self) -> None:
        waiting = self._hurried if self._hurries else self._waiting
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            waiting.append(mine)
        try:
            mine.acquire()  # until it is handed over
        except BaseException:
            with self._guard:
                waits = mine in waiting
                if waits:
                    waiting.remove(mine)
            if not waits:
                self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        with self._guard:
            waiting = self._hurried or self._waiting
            if waiting:
                waiting.popleft().release()
            else:
                self._taken = False


class Ledger:
    """Opens and guards the state store. ``dsn`` is a path-like SQLite URL or a PostgreSQL URL of SQLAlchemy."""

    def __init__(self, dsn: str) -> None:
        url = sa.make_url(dsn)
        self.dialect: Literal["sqlite", "postgresql"]
        self.url = url
        self._turn = Turns()
        self._checkpoints: Checkpoints | None = None
        if url.get_backend_name() == "sqlite":
            self.dialect = "sqlite"
            if url.database:
                Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            self._reader = _sqlite_engine(url, "BEGIN", pool_size=16)
            self._writer = _sqlite_engine(url, "BEGIN IMMEDIATE", pool_size=1)
            self._checkpoints = Checkpoints(self._another, self._turn)
        else:
            self.dialect = "postgresql"
            url = url.set(drivername="postgresql+psycopg")
            engine = sa.create_engine(
                url, pool_size=16, max_overflow=16, pool_pre_ping=True, hide_parameters=True, json_serializer=dump_json
            )
            self._reader = self._writer = engine

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A connection that sees one snapshot and writes nothing."""
        with told(), self._reader.connect() as conn:
            if self.dialect == "postgresql":
                conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            try:
                yield conn
            finally:
                conn.rollback()

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        if self.dialect == "sqlite":
            with self._turn:
                yield from self._transaction()
        else:
            yield from self._transaction()

    @contextmanager
    def write_unless_busy(self) -> Generator[Connection | None]:
        """As ``write``; or None where another writer has the turn (SQLite). For what may as well be noted another time,
        and for which nobody who only reads should wait."""
        if self.dialect == "postgresql":
            yield from self._transaction()
            return
        with self._turn.at_once() as had:
            if had:
                yield from self._transaction()
            else:
                yield None

    def hurry(self) -> AbstractContextManager[None]:
        """Small writes of this thread within go before others' that wait (SQLite has one writer): for what has
        seconds, like a welcome."""
        return self._turn.hurry()

    def _transaction(self) -> Generator[Connection]:
        acts: list[Callable[[], None]] = []
        with told(), self._writer.begin() as conn:
            conn.info["after_commit"] = acts  # ``info`` outlives the transaction, so each one brings its own list
            yield conn
        if self._checkpoints is not None:
            self._checkpoints.wrote()
        for act in acts:
            act()

    def _another(self) -> sa.PoolProxiedConnection:
        """A connection beside the writer's, made like it."""
        with self._turn:  # nobody has the writer's, which is taken out of its pool; the next to write gets a new one
            taken = self._writer.raw_connection()
            taken.detach()
        return taken

    def hold(self, key: int, *, shared: bool) -> Connection | None:
        """Hold ``key`` for as long as the connection is open, alone or with others who share it; None where somebody
        has it the other way. PostgreSQL only: it lets go when this process ends, however that happens."""
        conn = self._writer.connect().execution_options(isolation_level="AUTOCOMMIT")
        take = sa.func.pg_try_advisory_lock_shared if shared else sa.func.pg_try_advisory_lock
        if conn.execute(sa.select(take(key))).scalar_one():
            conn.detach()  # never back to the pool: the lock is the session's
            return conn
        conn.close()
        return None

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations only."""
        return self._writer

    def insert(self, table: sa.Table) -> Any:
        """An INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update`` on both engines."""
        return sqlite_insert(table) if self.dialect == "sqlite" else pg_insert(table)

    def close(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.close()
        self._reader.dispose()
        self._writer.dispose()


def after_commit(conn: Connection, act: Callable[[], None]) -> None:
    """Run ``act`` once this transaction is on disk (and never if it is rolled back). For waking, not for state."""
    conn.info["after_commit"].append(act)


def insert_into(conn: Connection, table: sa.Table) -> Any:
    """The conflict-aware INSERT of the connection's engine."""
    return sqlite_insert(table) if conn.dialect.name == "sqlite" else pg_insert(table)


def dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sqlite_engine(url: sa.URL, begin: str, pool_size: int) -> Engine:
    engine = sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS_MAX, "check_same_thread": False},
        hide_parameters=True,  # an error's text must never carry a phone or a name into a log
        json_serializer=dump_json,
    )

    @listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"wal_autocheckpoint={FRAMES_MAX}",  # the net below :class:`Checkpoints`
            f"journal_size_limit={LOG_BYTES_MAX}",  # what a long read made of the log goes back to the disk
            "synchronous=FULL",  # what was acknowledged survives a power cut, not only a kill
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "mmap_size=268435456",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @listens_for(engine, "begin")
    def begin_transaction(conn: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        conn.exec_driver_sql(begin)

    return engine
