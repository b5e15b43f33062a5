"""The event log: every fact, in ClickHouse; embedded (chDB) by default, a server or cluster by DSN.

They differ only in how a client is made. One client per thread, because a client of chDB is not shared;
heavy queries are admitted two at a time, because each may use every core and much memory. An embedded log that
another process of this home has open is reached through that process (``keeper.py``).
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from urllib.parse import urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from siyu.holder import server_of
from siyu.storage import eventlog_schema, keeper
from siyu.storage.errors import BadInput, Unavailable
from siyu.storage.patience import merge_behind_others

HEAVY_QUERIES_MAX = 2
QUERY_SECONDS_MAX = 60
MEMORY_BYTES_MAX = 4 * 2**30
"""Per query. The embedded engine's own cap is 90% of the machine, which would end the whole product."""

SETTINGS: Mapping[str, Any] = {
    "max_memory_usage": MEMORY_BYTES_MAX,
    "max_bytes_before_external_group_by": MEMORY_BYTES_MAX // 2,
    "max_bytes_before_external_sort": MEMORY_BYTES_MAX // 2,
    # A text that looks like a date stays a text: a rule's meaning must not depend on how a value looks.
    "input_format_try_infer_dates": 0,
    "input_format_try_infer_datetimes": 0,
    "date_time_output_format": "iso",
    # What came from outside may name a property twice, or tell of years long past: neither may stop the intake.
    "type_json_skip_duplicated_paths": 1,
    "max_partitions_per_insert_block": 1_000,
    # An insert repeated after a crash must reach the views that the first one did not.
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "join_use_nulls": 0,
}


class EventLog:
    """The facts. ``dsn`` is ``chdb:///abs/folder``, ``clickhouse://user:password@host:port/database``, or
    ``keeper:///abs/home`` for the embedded log that another process has open."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self.embedded = dsn.startswith("chdb:")
        self._keepers_home = Path(dsn.removeprefix("keeper://")) if dsn.startswith("keeper:") else None
        self._local = threading.local()
        self._heavy = threading.BoundedSemaphore(HEAVY_QUERIES_MAX)
        self._clients: list[tuple[threading.Thread, Client]] = []
        self._clients_lock = threading.Lock()
        self._latest: dict[str, str] = {}
        if self.embedded:
            Path(dsn.removeprefix("chdb://")).mkdir(parents=True, exist_ok=True)
        if self._keepers_home is not None:
            self.rows("SELECT 1")  # it made the tables when it opened
            return
        for statement in (*eventlog_schema.STATEMENTS, *eventlog_schema.CHANGES):
            self.command(statement)
        if self.row(eventlog_schema.PARTS_WITHOUT_BY_NAME)[0]:
            self.command(eventlog_schema.MATERIALIZE_BY_NAME)
        if self.embedded:
            merge_behind_others()

    def kept(self) -> keeper.Keeper | None:
        """What answers other processes of this home; None where the log is not embedded in this one."""
        return keeper.Keeper(Path(self._dsn.removeprefix("chdb://")), SETTINGS) if self.embedded else None

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            if self.embedded:
                client = clickhouse_connect.get_client(
                    interface="chdb", path=self._dsn.removeprefix("chdb://"), settings=dict(SETTINGS)
                )
            elif self._keepers_home is not None:
                client = _client_of_keeper(self._keepers_home)
            else:
                client = clickhouse_connect.get_client(
                    dsn=self._dsn, settings=dict(SETTINGS), autogenerate_session_id=False
                )
            self._local.client = client
            self._keep(client)
        return client

    def _keep(self, client: Client) -> None:
        """Remember this thread's client, and close those whose threads have ended."""
        with self._clients_lock:
            ended = [each for thread, each in self._clients if not thread.is_alive()]
            self._clients = [(thread, each) for thread, each in self._clients if thread.is_alive()]
            self._clients.append((threading.current_thread(), client))
        for each in ended:
            each.close()

    @contextmanager
    def _admitted(self, heavy: bool) -> Generator[Client]:
        with self._heavy if heavy else nullcontext():
            try:
                yield self._client()
            except ClickHouseError as error:
                if self._keepers_home is not None and getattr(error, "code", None) is None:
                    self._local.client = None  # it is away, or began anew at another address
                    raise keeper.away(self._keepers_home) from error
                raise _understood(error) from error

    @contextmanager
    def superseding(self, asker: str) -> Generator[None]:
        """Questions inside the block replace those that the same asker still has running or waiting: these are ended
        in the engine and raise :class:`Unavailable`. (The embedded engine ignores a query's id, so the question
        itself carries a mark.)"""
        token = secrets.token_hex(8)
        name = hashlib.sha256(asker.encode()).hexdigest()[:16]
        with self._clients_lock:
            before, self._latest[name] = self._latest.get(name), token
        if before is not None or not self.embedded:  # a server may be asked by other processes too
            mark = f"asked by {name}"
            self.command(f"KILL QUERY WHERE query LIKE '%{mark}%' AND query NOT LIKE 'KILL%' ASYNC")
        self._local.asked = (name, token)
        try:
            yield
        finally:
            self._local.asked = None
            with self._clients_lock:
                if self._latest.get(name) == token:
                    del self._latest[name]

    def _marked(self, sql: str) -> str:
        asked: tuple[str, str] | None = getattr(self._local, "asked", None)
        if asked is None:
            return sql
        name, token = asked
        if self._latest.get(name) != token:  # replaced while it waited for its turn
            raise Unavailable("query_replaced", "这次计算已被新的取代。", "A newer question has replaced this one.")
        return f"{sql} /* asked by {name} */"

    def rows(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        heavy: bool = False,
        seconds_max: float = QUERY_SECONDS_MAX,
    ) -> list[tuple[Any, ...]]:
        """The rows of a query. Parameters are bound as ``{name:Type}``. For many rows use :meth:`arrow`."""
        with self._admitted(heavy) as client:
            result = client.query(
                self._marked(sql), parameters=dict(parameters or {}), settings={"max_execution_time": seconds_max}
            )
            return [tuple(row) for row in result.result_rows]

    def row(self, sql: str, parameters: Mapping[str, Any] | None = None, *, heavy: bool = False) -> tuple[Any, ...]:
        """The only row of a query that has one."""
        (row,) = self.rows(sql, parameters, heavy=heavy)
        return row

    def arrow(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        heavy: bool = False,
        seconds_max: float = QUERY_SECONDS_MAX,
    ) -> pa.Table:
        """The answer as an Arrow table: the way for more than a few thousand rows."""
        with self._admitted(heavy) as client:
            return client.query_arrow(
                sql, parameters=dict(parameters or {}), settings={"max_execution_time": seconds_max}
            )

    def command(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        heavy: bool = False,
    ) -> None:
        """Run a statement that answers nothing (DDL, ``INSERT … SELECT``)."""
        with self._admitted(heavy) as client:
            client.command(sql, parameters=dict(parameters or {}), settings=dict(settings or {}))

    def insert(
        self,
        table: str,
        columns: Mapping[str, Sequence[Any]],
        *,
        token: str | None = None,
    ) -> None:
        """Append columns of equal length. The same ``token`` with the same rows is stored once for ever
        (within the last ``eventlog_schema.TOKENS_KEPT`` inserts), also after a crash in between."""
        with self._admitted(heavy=False) as client:
            client.insert(
                table,
                list(columns.values()),
                column_names=list(columns),
                column_oriented=True,
                settings=_once(token),
            )

    @contextmanager
    def trial(self, table: str) -> Generator[str]:
        """A table of the same columns that keeps nothing: what it refuses, it refuses for the rows' own sake."""
        name = f"{table}_trial"
        self.command(f"CREATE OR REPLACE TABLE {name} AS {table} ENGINE = Null")
        try:
            yield name
        finally:
            self.command(f"DROP TABLE IF EXISTS {name}")

    def insert_arrow(self, table: str, rows: pa.Table, *, token: str | None = None) -> None:
        """As :meth:`insert`, from Arrow. Not for JSON columns: Arrow input guesses dates there."""
        with self._admitted(heavy=False) as client:
            client.insert_arrow(table, rows, settings=_once(token))

    @contextmanager
    def dumped(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Generator[IO[bytes]]:
        """The answer as a stream in the engine's own format (``Native``), for :meth:`load`; of any size."""
        asked = dict(parameters or {})
        with self._admitted(heavy=True) as client, client.raw_stream(sql, parameters=asked, fmt="Native") as stream:
            yield cast("IO[bytes]", stream)

    def load(self, table: str, file: IO[bytes]) -> None:
        """Append what :meth:`dumped` gave of the same table."""
        with self._admitted(heavy=True) as client:
            client.raw_insert(
                table, insert_block=cast("BinaryIO", file), fmt="Native", settings={"insert_deduplicate": 0}
            )

    def close(self) -> None:
        with self._clients_lock:
            for _, client in self._clients:
                client.close()
            self._clients.clear()
        self._local = threading.local()


def _once(token: str | None) -> dict[str, Any]:
    """Settings with which an insert is stored once, however often it comes."""
    return {"insert_deduplicate": 1, "insert_deduplication_token": token} if token else {}


def _client_of_keeper(home: Path) -> Client:
    server = server_of(home)
    if server is None:
        raise keeper.away(home)
    at = urlsplit(server.address)
    return clickhouse_connect.get_client(
        host=at.hostname or "",
        port=at.port or 0,
        username="siyu",
        password=server.token,
        proxy_path=keeper.PATH,
        compress=False,  # it is the same machine
        autogenerate_session_id=False,
        query_retries=0,
    )


def _understood(error: ClickHouseError) -> Exception:
    """The engine's answer as an error a user can act on, where it is one."""
    text = str(error)
    if "TIMEOUT_EXCEEDED" in text or "QUERY_WAS_CANCELLED" in text:
        return Unavailable(
            "query_too_long", "查询超时，请缩小时间范围后再试。", "The query took too long; narrow its period."
        )
    if "MEMORY_LIMIT_EXCEEDED" in text:
        return Unavailable(
            "query_too_large", "查询占用内存过多，请缩小范围后再试。", "The query needs too much memory; narrow it."
        )
    if "NOT_ENOUGH_SPACE" in text or "No space left" in text:
        return Unavailable(
            "disk_full", "磁盘已满，请清理空间后再试。", "The disk is full; free some space and try again."
        )
    if "BAD_QUERY_PARAMETER" in text:
        return BadInput("bad_parameter", "查询参数不正确。", "A query parameter is not valid.")
    return error
