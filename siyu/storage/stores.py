"""Opens the stores of one home folder, and keeps a second process out of it."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from siyu.storage import migrations
from siyu.storage.clock import Clock, SystemClock
from siyu.storage.errors import Unavailable
from siyu.storage.eventlog import EventLog
from siyu.storage.inbox import Inbox
from siyu.storage.ledger import Ledger


@dataclass(frozen=True)
class Stores:
    """Everything that is kept, and the clock. Handed to every action; made once, in ``app.py`` or ``cli.py``."""

    home: Path
    ledger: Ledger
    events: EventLog
    inbox: Inbox
    clock: Clock
    lock: IO[str] | None = None

    def close(self) -> None:
        self.inbox.close()
        self.events.close()
        self.ledger.close()
        if self.lock is not None:
            self.lock.close()


def open_stores(
    home: Path,
    *,
    ledger_dsn: str | None = None,
    events_dsn: str | None = None,
    clock: Clock | None = None,
) -> Stores:
    """Open (and bring up to date) the stores. Without DSNs: SQLite and chDB inside ``home``.

    Raises :class:`Unavailable` where another process holds the folder or it can't be written.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's data: for this user alone
        embedded = events_dsn is None or events_dsn.startswith("chdb:") or ledger_dsn is None
        lock = _take(home / "lock") if embedded else None
    except OSError as error:
        raise Unavailable(
            "home_not_writable",
            f"无法写入数据目录 {home}：{error.strerror}。",
            f"Can't write to {home}: {error.strerror}.",
        ) from error
    ledger = Ledger(ledger_dsn or f"sqlite:///{home / 'ledger.db'}")
    inbox_ledger = Ledger(f"sqlite:///{home / 'inbox.db'}") if ledger.dialect == "sqlite" else ledger
    migrations.upgrade(ledger)
    return Stores(
        home=home,
        ledger=ledger,
        events=EventLog(events_dsn or f"chdb://{(home / 'events').resolve()}"),
        inbox=Inbox(inbox_ledger),
        clock=clock or SystemClock(),
        lock=lock,
    )


def _take(path: Path) -> IO[str]:
    """Hold the folder for this process. The lock goes with the process, however it ends."""
    handle = path.open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        holder = handle.read().strip() or "?"
        handle.close()
        raise Unavailable(
            "home_in_use",
            f"数据目录 {path.parent} 正被进程 {holder} 使用。请先停止它，或用 --home 指定另一个目录。",
            f"The folder {path.parent} is in use by another process (id {holder}). Stop it, or give another --home.",
            holder=holder,
        ) from None
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle
