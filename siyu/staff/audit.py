"""The audit log: what was done, by whom, to what. Append only.

Each row carries a hash over itself and the hash before it, so a row that is changed or taken out of the middle
shows. (A tail cut off shows only to somebody who noted the head; the console prints it for that.) Triggers refuse
UPDATE and DELETE on both engines. ``detail`` holds numbers and names of things, never personal values: a person's
data can be erased, this log can't.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.staff.tables import audit
from siyu.storage import Ledger
from siyu.storage.ledger import to_millis

VERIFY_ROWS = 5_000
ROWS_MAX = 500
_LOCK = 0x51796175  # an advisory lock of PostgreSQL, which has no one-writer rule of its own


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log."""

    id: int
    at: datetime
    by: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    chain: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What :func:`verify` found: ``rows`` read, the ``head`` of the chain, and the first row that does not fit."""

    rows: int
    head: str
    broken_at: int | None

    @property
    def whole(self) -> bool:
        return self.broken_at is None


def record(
    conn: Connection, at: datetime, by: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Add a row, in the caller's transaction. ``by`` is an :attr:`Actor.tag`, ``subject`` like ``broadcast:4``."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    before = conn.execute(sa.select(audit.c.chain).order_by(audit.c.id.desc()).limit(1)).scalar_one_or_none() or ""
    kept = json.loads(json.dumps(dict(detail or {}), ensure_ascii=False, default=str))
    row = {"at": at, "by": by, "action": action, "subject": subject, "detail": kept}
    conn.execute(sa.insert(audit).values(**row, chain=_link(before, at, by, action, subject, kept)))


def _link(before: str, at: datetime, by: str, action: str, subject: str, detail: Any) -> str:
    text = json.dumps(
        [before, to_millis(at), by, action, subject, detail], sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def entries(
    ledger: Ledger,
    *,
    before: int | None = None,
    by: str = "",
    action: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    rows_max: int = 50,
) -> list[Entry]:
    """The newest rows first, below row number ``before``; the filters are exact, empty ones do not filter."""
    query = sa.select(audit).order_by(audit.c.id.desc()).limit(min(rows_max, ROWS_MAX))
    if before is not None:
        query = query.where(audit.c.id < before)
    for column, value in ((audit.c.by, by), (audit.c.action, action), (audit.c.subject, subject)):
        if value:
            query = query.where(column == value)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    with ledger.read() as conn:
        return [Entry(*row) for row in conn.execute(query)]


def actions_seen(ledger: Ledger) -> list[str]:
    """The actions that occur in the log, by name."""
    with ledger.read() as conn:
        return list(conn.execute(sa.select(audit.c.action).distinct().order_by(audit.c.action)).scalars())


def verify(ledger: Ledger) -> Verdict:
    """Walk the whole chain. Costs one pass over the log (about 100,000 rows a second)."""
    head, rows, place = "", 0, 0
    with ledger.read() as conn:
        while True:
            query = sa.select(audit).where(audit.c.id > place).order_by(audit.c.id).limit(VERIFY_ROWS)
            chunk = conn.execute(query).all()
            for row in chunk:
                if _link(head, row.at, row.by, row.action, row.subject, row.detail) != row.chain:
                    return Verdict(rows, head, row.id)
                head, rows, place = row.chain, rows + 1, row.id
            if len(chunk) < VERIFY_ROWS:
                return Verdict(rows, head, None)
