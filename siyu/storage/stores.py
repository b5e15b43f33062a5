"""Opens the stores of one home folder, and keeps a second process out of it."""

from __future__ import annotations

import fcntl
import gc
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError

from siyu.storage import migrations
from siyu.storage.clock import Clock, SystemClock
from siyu.storage.errors import Unavailable
from siyu.storage.eventlog import EventLog
from siyu.storage.inbox import INBOXES, Inbox
from siyu.storage.ledger import Ledger
from siyu.storage.refusals import told

KEEPER_LOCK = 0x51595545
"""Key of the advisory lock that says whose event log belongs to a PostgreSQL ledger: one keeper's, or a server's."""

YOUNG_OBJECTS = 50_000


@dataclass(frozen=True)
class Stores:
    """Everything that is kept, and the clock. Handed to every action; made once, in ``app.py`` or ``cli.py``."""

    home: Path
    ledger: Ledger
    events: EventLog
    inbox: Inbox
    callbacks: Inbox
    clock: Clock
    lock: IO[str] | None = None
    held: Connection | None = None

    @property
    def alone(self) -> bool:
        """Whether no other process can be at work on these stores, so that what a crash left may be taken up at once.
        (Workers may share a PostgreSQL ledger with the server that holds the home.)"""
        return self.lock is not None and self.ledger.dialect == "sqlite"

    def close(self) -> None:
        self.inbox.close()
        self.callbacks.close()
        self.events.close()
        if self.held is not None:
            self.held.close()
        self.ledger.close()
        if self.lock is not None:
            self.lock.close()


def open_stores(
    home: Path,
    *,
    ledger_dsn: str | None = None,
    events_dsn: str | None = None,
    clock: Clock | None = None,
    join: bool = False,
) -> Stores:
    """Open (and bring up to date) the stores. Without DSNs: SQLite and chDB inside ``home``.

    A file can be opened by one process, so it takes the home folder for itself, unless both stores are servers.
    ``join``: come beside the server that holds the home, and use its embedded event log; the ledger has to be
    PostgreSQL. Raises :class:`Unavailable` where another process holds the folder or it can't be written.
    """
    dsn = ledger_dsn or f"sqlite:///{home / 'ledger.db'}"
    on_server = not dsn.startswith("sqlite")
    embedded = events_dsn is None or events_dsn.startswith("chdb:")
    joins = join and on_server and embedded
    lock = _prepared(home, take=not joins and (embedded or not on_server))
    collect_seldom()
    try:
        ledger = _ledger(dsn)
        if joins or events_dsn is None:
            events_dsn = f"keeper://{home.resolve()}" if joins else f"chdb://{(home / 'events').resolve()}"
        with told():
            held = _held(ledger, embedded=embedded) if on_server and not joins else None
            migrations.upgrade(ledger)
            inbox, callbacks = (
                Inbox(ledger if on_server else Ledger(f"sqlite:///{home / f'{name}.db'}"), name) for name in INBOXES
            )
        events = EventLog(events_dsn)
    except BaseException:
        if lock is not None:
            lock.close()
        raise
    return Stores(
        home=home,
        ledger=ledger,
        events=events,
        inbox=inbox,
        callbacks=callbacks,
        clock=clock or SystemClock(),
        lock=lock,
        held=held,
    )


def _prepared(home: Path, *, take: bool) -> IO[str] | None:
    """The home folder, and its lock where this process has it for itself."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's data: for this user alone
        return _take(home / "lock") if take else None
    except OSError as error:
        raise Unavailable(
            "home_not_writable",
            f"无法写入数据目录 {home}：{error.strerror}。",
            f"Can't write to {home}: {error.strerror}.",
        ) from error


def _ledger(dsn: str) -> Ledger:
    try:
        return Ledger(dsn)
    except ArgumentError as error:
        raise Unavailable(
            "ledger_dsn_invalid",
            "SIYU_LEDGER 不是可用的连接串，应像 postgresql://user:password@host/siyu。",
            "SIYU_LEDGER is no connection string; it looks like postgresql://user:password@host/siyu.",
        ) from error


def _held(ledger: Ledger, *, embedded: bool) -> Connection:
    """Make sure that one ledger has one event log: two folders' embedded logs would each get half of the events."""
    held = ledger.hold(KEEPER_LOCK, shared=not embedded)
    if held is None:
        raise Unavailable(
            "ledger_in_use",
            "这个 PostgreSQL 正由另一个数据目录的 Siyu 使用，它有自己的事件库；两个事件库会各得一半的事件。"
            "要运行多个进程：同一数据目录下用 siyu worker，或让所有进程都设同一个 ClickHouse（SIYU_EVENTS）。",
            "This PostgreSQL is in use by a Siyu of another home folder with an event log of its own; each would get "
            "half of the events. For several processes: siyu worker on the same home, or one ClickHouse (SIYU_EVENTS) "
            "for all of them.",
        )
    return held


def collect_seldom() -> None:
    """Set the garbage collector to large sets of rows: by default it looks at all of them again every few hundred.

    Measured: of the 50 µs an event took from inbox to event log, 20 were the collector's. What was loaded so far
    stays, and is not looked at again.
    """
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


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
