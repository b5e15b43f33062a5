"""One process opens an embedded event log; the others of the same home ask it over the loopback.

The *keeper* is the server that holds the home folder (``siyu up``, ``siyu web``). It answers the HTTP interface of
ClickHouse as far as :class:`siyu.storage.EventLog` uses it: a statement with its parameters and settings, and inserts
in a format of the engine's. Bytes pass through as the engine made them, so an answer is the same here and there.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chdb

from siyu.storage.errors import Unavailable

PATH = "/internal/events"
STATEMENTS_MAX = 4
"""At once, of all other processes together: each may use every core. Whoever calls :class:`Keeper` sees to it."""

_INSERT = re.compile(rb"\s*INSERT INTO (\S+ ?\([^)]*\)|\S+) FORMAT (\w+)\s*\Z")
_TRANSPORT = {
    *("database", "query", "wait_end_of_query", "client_protocol_version", "session_id", "query_id", "compress"),
    *("decompress", "send_progress_in_http_headers", "http_headers_progress_interval_ms", "enable_http_compression"),
}
_NAME = re.compile(r"[a-z_0-9]+")
_CODE = re.compile(r"Code: (\d+)")


def away(home: Path) -> Unavailable:
    """What a process says that can't reach the keeper."""
    return Unavailable(
        "event_log_away",
        f"内嵌事件库由 siyu up 或 siyu web 打开，而数据目录 {home} 的服务现在没有响应。"
        "请先启动它；工作进程会自动接上。",
        f"The embedded event log is opened by siyu up or siyu web, and the server of {home} does not answer now. "
        "Start it; workers join it by themselves.",
    )


class EngineRefusal(Exception):
    """The engine's own error. ``number`` is ClickHouse's code, 0 if it gave none."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        found = _CODE.search(text)
        self.number = int(found[1]) if found else 0


class Keeper:
    """Runs statements of other processes on the embedded engine of this one, whose folder it shares."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._folder = os.path.realpath(folder)
        self._settings = settings
        self._local = threading.local()

    def answer(self, query: Mapping[str, str], body: bytes) -> bytes:
        """The engine's answer to a request as ClickHouse takes them over HTTP: the statement stands in the body, or
        in ``query`` with its data in the body. Raises :class:`EngineRefusal`."""
        statement, data = _parted(query.get("query", ""), body)
        parameters = {name[6:]: value for name, value in query.items() if name.startswith("param_")}
        settings = {
            name: value
            for name, value in query.items()
            if name not in _TRANSPORT and not name.startswith("param_") and _NAME.fullmatch(name)
        }
        with self._set(settings) as engine:
            if data is None:
                return self._run(engine, statement.decode(), parameters)
            return self._insert(engine, statement, data)

    def _insert(self, engine: Any, statement: bytes, data: bytes) -> bytes:
        found = _INSERT.match(statement)
        if found is None:
            raise EngineRefusal("an insert names its table and its format")
        with tempfile.NamedTemporaryFile(prefix="siyu-insert-") as file:
            file.write(data)
            file.flush()
            table, form = found[1].decode(), found[2].decode()
            return self._run(engine, f"INSERT INTO {table} FROM INFILE '{file.name}' FORMAT {form}", {})

    @contextmanager
    def _set(self, settings: Mapping[str, str]) -> Generator[Any]:
        """This thread's connection with these settings; afterwards they are as they were."""
        engine = self._engine()
        try:
            for name, value in settings.items():
                self._run(engine, _setting(name, value), {})
            yield engine
        finally:
            for name in settings:
                before = self._settings.get(name)
                self._run(engine, f"SET {name} = DEFAULT" if before is None else _setting(name, before), {})

    def _engine(self) -> Any:
        engine = getattr(self._local, "engine", None)
        if engine is None:
            engine = chdb.connect(self._folder)
            for name, value in self._settings.items():
                self._run(engine, _setting(name, value), {})
            self._local.engine = engine
        return engine

    @staticmethod
    def _run(engine: Any, statement: str, parameters: Mapping[str, str]) -> bytes:
        try:
            return engine.query(statement, "TabSeparated", params=dict(parameters)).bytes() or b""
        except Exception as error:
            raise EngineRefusal(str(error)) from error


def _parted(statement: str, body: bytes) -> tuple[bytes, bytes | None]:
    """The statement, and the data of an insert."""
    if statement:
        return statement.encode(), body
    first, sign, rest = body.partition(b"\n")
    return (first, rest) if sign and _INSERT.match(first) else (body, None)


def _setting(name: str, value: Any) -> str:
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"SET {name} = '{text}'"
