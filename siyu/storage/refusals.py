"""What the ledger's engines refuse, in words that a user can act on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError

from siyu.storage.errors import Unavailable

DISK_FULL = (
    "disk_full",
    "磁盘已满，未能保存。请清理空间后再试。",
    "The disk is full; nothing was stored. Free some space and try again.",
)
DAMAGED = (
    "ledger_damaged",
    "状态库文件（ledger.db 或 inbox.db）已损坏或无法读写。请停止服务，保留这个文件，用 siyu restore 恢复最近的备份。",
    "A file of the state store (ledger.db or inbox.db) is damaged or can't be read. Stop the server, keep the file, "
    "and restore the latest backup with siyu restore.",
)
NOT_WRITABLE = (
    "home_not_writable",
    "数据目录不可写，未能保存。请检查目录的权限和挂载方式。",
    "The home folder can't be written; nothing was stored. Look at its permissions and how it is mounted.",
)
AWAY = (
    "ledger_away",
    "连不上 PostgreSQL（SIYU_LEDGER）。请检查地址、密码和它是否在运行；恢复后会自动继续。",
    "PostgreSQL (SIYU_LEDGER) can't be reached. Check its address and password and that it runs; work goes on by "
    "itself once it is back.",
)

_SAID = {
    "disk is full": DISK_FULL,
    "No space left": DISK_FULL,
    "malformed": DAMAGED,
    "file is not a database": DAMAGED,
    "disk I/O error": DAMAGED,
    "readonly database": NOT_WRITABLE,
    "unable to open database file": NOT_WRITABLE,
}
"""Part of what an engine says → what it means to a user."""


@contextmanager
def told() -> Generator[None]:
    """Turn refusals that a user can mend into :class:`Unavailable`; let every other pass."""
    try:
        yield
    except DBAPIError as error:
        understood = _understood(error)
        if understood is None:
            raise
        raise understood from error


def _understood(error: DBAPIError) -> Unavailable | None:
    text = str(error.orig)
    for words, refusal in _SAID.items():
        if words in text:
            return Unavailable(*refusal)
    lost = error.connection_invalidated or "connection" in text
    return Unavailable(*AWAY) if isinstance(error, OperationalError) and lost else None
