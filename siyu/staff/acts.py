"""Recorded before acting: no act without a row in the audit log, whatever the process meets meanwhile.

An act may span several transactions, files and calls to a platform, so its row can't be part of one transaction.
Instead it is noted in ``acts`` before it begins, and its row of the log is written in the transaction that takes the
note away. A note that is left belongs to a process that ended in between: :func:`settle_left` writes its row, with
the outcome ``unknown``, and whoever reads the log goes and looks. Routes and commands all come this way.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.staff import audit
from siyu.staff.tables import acts
from siyu.storage import SiyuError, Stores, at_machine_speed

LEFT = timedelta(days=1)
"""An act that is still open after this has lost its process (no request and no command takes as long)."""


@dataclass
class Act:
    """An act under way. ``subject`` and ``detail`` may be filled in while it goes on: numbers and names of things,
    never a person's data. ``happened`` is False where it turned out to change nothing: then there is no row."""

    number: int
    by: str
    action: str
    subject: str
    detail: dict[str, Any] = field(default_factory=dict[str, Any])
    happened: bool = True


@contextmanager
def acting(stores: Stores, by: str, action: str, subject: str) -> Generator[Act]:
    """Do something on the record: note it, let the block do it, write its row."""
    act = begin(stores, by, action, subject)
    try:
        yield act
    except BaseException as error:
        end(stores, act, error)
        raise
    end(stores, act)


def begin(stores: Stores, by: str, action: str, subject: str) -> Act:
    """Note that ``by`` is about to do this. Must be called outside of any transaction, and before the first effect."""
    with stores.ledger.write() as conn:
        note = sa.insert(acts).values(at=stores.clock.now(), by=by, action=action, subject=subject)
        number: int = conn.execute(note.returning(acts.c.id)).scalar_one()
    return Act(number, by, action, subject)


def end(stores: Stores, act: Act, error: BaseException | None = None) -> None:
    """Write the row of an act and take its note away. A refusal changed nothing and leaves no row; what broke off
    otherwise may have done a part, and its row says so."""
    detail = dict(act.detail)
    if error is not None:
        detail |= {"outcome": "failed", "error": type(error).__name__}
    with stores.ledger.write() as conn:
        conn.execute(sa.delete(acts).where(acts.c.id == act.number))
        if act.happened and not _refused(error):
            audit.record(conn, stores.clock.now(), act.by, act.action, act.subject, detail)


def _refused(error: BaseException | None) -> bool:
    return isinstance(error, SiyuError) and error.status < 500


def settle_left(stores: Stores, before: datetime) -> int:
    """Write the rows of acts begun before a moment whose process ended; how many."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        left = conn.execute(sa.delete(acts).where(acts.c.at <= before).returning(acts)).all()
        for row in sorted(left, key=lambda row: row.id):
            detail = {"outcome": "unknown", "begun": row.at.isoformat()}
            audit.record(conn, now, row.by, row.action, row.subject, detail)
    return len(left)


@handles("settle_left_acts")
def settle_left_acts(stores: Stores, job: Job) -> dict[str, Any]:
    """Every hour, for installations of several processes; a single one settles them when it starts."""
    longest = timedelta(seconds=at_machine_speed(stores.clock, LEFT.total_seconds()))
    return {"settled": settle_left(stores, stores.clock.now() - longest)}


schedule("settle_left_acts", "17 * * * *", "settle_left_acts")
