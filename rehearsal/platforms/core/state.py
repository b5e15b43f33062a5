"""What a platform remembers: drawers of rows in memory, and in a SQLite file when one is given."""

from __future__ import annotations

import sqlite3
from collections.abc import ItemsView, Iterator, ValuesView
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import msgspec

Row = TypeVar("Row", bound=msgspec.Struct)

_SCHEMA = """CREATE TABLE IF NOT EXISTS rows (
  place INTEGER PRIMARY KEY, drawer TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (drawer, key))"""
_PUT = """INSERT INTO rows (drawer, key, body) VALUES (?, ?, ?)
  ON CONFLICT (drawer, key) DO UPDATE SET body = excluded.body"""


class Drawer(Generic[Row]):
    """Rows by key, in the order they were first put. Rows are frozen: to change one is to put another in its place."""

    def __init__(self, name: str, kept: dict[str, Row], dirty: dict[tuple[str, str], None] | None) -> None:
        self.name = name
        self._rows = kept
        self._dirty = dirty

    def get(self, key: str) -> Row | None:
        return self._rows.get(key)

    def __getitem__(self, key: str) -> Row:
        return self._rows[key]

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def values(self) -> ValuesView[Row]:
        return self._rows.values()

    def items(self) -> ItemsView[str, Row]:
        return self._rows.items()

    def put(self, key: str, row: Row) -> Row:
        self._rows[key] = row
        if self._dirty is not None:
            self._dirty[self.name, key] = None
        return row

    def change(self, key: str, **changes: Any) -> Row:
        return self.put(key, msgspec.structs.replace(self._rows[key], **changes))

    def remove(self, key: str) -> Row | None:
        if self._dirty is not None:
            self._dirty[self.name, key] = None
        return self._rows.pop(key, None)


class Shelf:
    """All drawers of one platform. With a path, ``flush`` writes what changed in one transaction; what is flushed
    survives ``kill -9`` (not a power cut)."""

    def __init__(self, path: Path | None = None) -> None:
        self._drawers: dict[str, Drawer[Any]] = {}
        self._dirty: dict[tuple[str, str], None] = {}
        self._connection: sqlite3.Connection | None = None
        if path is not None:
            self._connection = sqlite3.connect(path, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.execute(_SCHEMA)
            self._connection.commit()

    def drawer(self, name: str, kind: type[Row]) -> Drawer[Row]:
        """The drawer of that name, with what it held when the file was last written."""
        found = self._drawers.get(name)
        if found is None:
            dirty = None if self._connection is None else self._dirty
            found = self._drawers[name] = Drawer(name, self._kept(name, kind), dirty)
        return cast("Drawer[Row]", found)

    def open_drawers(self) -> list[str]:
        """Names of the drawers that were asked for so far."""
        return list(self._drawers)

    def _kept(self, name: str, kind: type[Row]) -> dict[str, Row]:
        if self._connection is None:
            return {}
        decode = msgspec.msgpack.Decoder(kind).decode
        rows = self._connection.execute("SELECT key, body FROM rows WHERE drawer = ? ORDER BY place", (name,))
        return {key: decode(body) for key, body in rows}

    def flush(self) -> None:
        if self._connection is None or not self._dirty:
            return
        encode = msgspec.msgpack.Encoder().encode
        put: list[tuple[str, str, bytes]] = []
        gone: list[tuple[str, str]] = []
        for name, key in self._dirty:
            row = self._drawers[name].get(key)
            if row is None:
                gone.append((name, key))
            else:
                put.append((name, key, encode(row)))
        with self._connection:
            self._connection.executemany("DELETE FROM rows WHERE drawer = ? AND key = ?", gone)
            self._connection.executemany(_PUT, put)
        self._dirty.clear()

    def close(self) -> None:
        self.flush()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
