"""Carries what was committed from the log of a SQLite file (``-wal``) into the file itself, beside those who write.

SQLite does that inside a commit, once the log has grown past a size: everybody who waits for the writer then waits
for two syncs and some thousands of pages as well (57 ms once at 1,000 scans a second, where a commit takes 1). Here a
thread of its own does it a moment after a write, a little at a time, while others go on writing.

SQLite takes to writing its log from the beginning again only where nothing in it is left to carry over when a write
begins, which beside steady writing is hardly ever so. Past ``FRAMES_APART`` the rest, which is short by then, is
carried over in the writer's turn.

Until 3.51.3 SQLite can lose commits where a checkpoint that finds nothing left to carry over meets a write that begins
the log anew (the "WAL-reset bug"). So a reader is kept open beside each: where something is left, the log is not begun
anew as long as it reads; where nothing is, it reads the file alone, and a checkpoint can't touch that meanwhile.

Nothing depends on this thread: the log is what was committed, whoever carries it over and whenever. Where it does not
come to it (it died, it is slower than who writes), SQLite does so in a commit as ever once the log has
``FRAMES_MAX``; whoever closes the file last, or opens it after a crash, does the rest.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from typing import Any

from sqlalchemy import PoolProxiedConnection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError

PAUSE_SECONDS = 1.0
"""From a write until it is carried over: what is written again meanwhile is carried over once."""

SHARE_MAX = 0.1
"""Of the time, on a disk that is slow: it is others' too."""

FRAMES_APART = 4_000
"""A log of 16 MB is written from the beginning again as soon as it can be: what was allocated once syncs quicker."""

FRAMES_MAX = 16_000
"""64 MB."""

ROUNDS_MAX = 4
SHORT_SECONDS = 0.02
"""What took no longer outside of the writer's turn takes no longer in it."""

Pair = tuple[PoolProxiedConnection, PoolProxiedConnection]
"""Who carries over, and who reads meanwhile."""

log = logging.getLogger(__name__)


class Checkpoints:
    """One per SQLite file that is written. ``connect`` opens a connection; ``turn`` is held by who writes."""

    def __init__(self, connect: Callable[[], PoolProxiedConnection], turn: AbstractContextManager[None]) -> None:
        self._connect, self._turn = connect, turn
        self._written = threading.Event()
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def wrote(self) -> None:
        """After a commit: wakes the thread, or begins one where there is none (any more)."""
        if self._written.is_set() and self._alive():
            return
        self._written.set()
        if not self._alive():
            with self._starting:
                if not self._alive() and not self._closed.is_set():
                    self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Ends the thread; what is left is carried over by who closes the file last."""
        with self._starting:
            self._closed.set()
        self._written.set()
        if self._thread is not None:
            self._thread.join()

    def _alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        pause = PAUSE_SECONDS
        pair: Pair | None = None
        while self._written.wait() and not self._closed.wait(pause):
            self._written.clear()
            began = time.monotonic()
            try:
                pair = pair or (self._connect(), self._connect())
                self._carry_over(pair)
            except (sqlite3.Error, SQLAlchemyError) as error:  # a full disk, say: whoever writes hears of it
                log.warning("checkpoints: %s", error)
                pair = _left(pair)
            pause = max(PAUSE_SECONDS, (time.monotonic() - began) / SHARE_MAX)
        _left(pair)

    def _carry_over(self, pair: Pair) -> None:
        for _ in range(ROUNDS_MAX):
            began = time.monotonic()
            frames = _checkpoint(*pair)
            if frames < FRAMES_APART:
                return
            if time.monotonic() - began < SHORT_SECONDS:
                break
        with self._turn:
            _checkpoint(*pair)


def _checkpoint(connection: PoolProxiedConnection, reader: PoolProxiedConnection) -> int:
    """Carries over what can be while others read and write; how many frames the log has."""
    with closing(reader.cursor()) as beside, closing(connection.cursor()) as cursor:
        beside.execute("BEGIN")
        try:
            beside.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
            return _passive(cursor)
        finally:
            beside.execute("ROLLBACK")


def _passive(cursor: DBAPICursor) -> int:
    cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
    row: Any = cursor.fetchone()  # whether another is at it, frames in the log, of them carried over
    return int(row[1])


def _left(pair: Pair | None) -> None:
    for connection in pair or ():
        with suppress(sqlite3.Error):
            connection.close()
