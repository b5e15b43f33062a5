"""Copies of the stores while they are in use: SQLite files as one snapshot, tables of the event log as streams."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from siyu.storage.errors import BadInput
from siyu.storage.ledger import Ledger


def copy_out(ledger: Ledger, target: Path) -> None:
    """Write a SQLite ledger to a new file as it is at this moment. Nobody waits meanwhile."""
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(_file(ledger))) as source:
        source.execute("VACUUM INTO ?", (str(target),))


def copy_in(ledger: Ledger, source: Path) -> None:
    """Replace everything in an open SQLite ledger with what the file holds, in one transaction.

    Raises :class:`BadInput` where the file is no whole SQLite file.
    """
    with closing(sqlite3.connect(source)) as given:
        _checked(given)
        with closing(sqlite3.connect(_file(ledger))) as target:
            given.backup(target)


def _file(ledger: Ledger) -> str:
    return str(ledger.url.database)


def _checked(given: sqlite3.Connection) -> None:
    try:
        (verdict,) = given.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        raise damaged()


def damaged() -> BadInput:
    return BadInput(
        "backup_damaged",
        "这个备份文件不完整或已损坏，没有恢复任何内容。请换一个备份文件。",
        "This backup file is not whole; nothing was restored. Take another one.",
        field="file",
    )


def pieces(file: IO[bytes], size: int = 1 << 20) -> Iterator[bytes]:
    """The bytes of a file, a megabyte at a time."""
    while piece := file.read(size):
        yield piece
