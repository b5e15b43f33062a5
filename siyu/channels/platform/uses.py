"""What was used of an account's limits, and which calls came to nothing: counted by the platform's day, in China.

Uses are counted where permits are taken, in that transaction. A fault is written at once, then at most once a second
for the same one: a storm of refusals must not keep the ledger's one writer busy. What came within the second goes with
the next, or at the end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.failures import PlatformError
from siyu.channels.platform.tables import platform_faults, platform_lanes, platform_uses
from siyu.storage import Stores, insert_into

CHINA = timedelta(hours=8)
AGAIN_SECONDS = 1.0
DAYS_SHOWN = 7
DAYS_KEPT = 35
FAULTS_SHOWN = 20


def day_of(moment: datetime) -> str:
    """The day in China."""
    return (moment.astimezone(UTC) + CHINA).date().isoformat()


def count_use(conn: Connection, owner: str, lane: str, now: datetime, calls: int) -> None:
    """So many permits more were taken (fewer than none: of those before, so many were not used)."""
    counted = insert_into(conn, platform_uses).values(owner=owner, lane=lane, day=day_of(now), calls=calls)
    more = {"calls": platform_uses.c.calls + calls}
    conn.execute(counted.on_conflict_do_update(index_elements=["owner", "lane", "day"], set_=more))


def uses_today(stores: Stores, owner: str) -> dict[str, int]:
    """Lane → calls of this day."""
    mine = sa.and_(platform_uses.c.owner == owner, platform_uses.c.day == day_of(stores.clock.now()))
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(platform_uses.c.lane, platform_uses.c.calls).where(mine))
        return {row.lane: row.calls for row in rows}


@dataclass(frozen=True, slots=True)
class Circuit:
    """Calls that wait: ``closed_until``, or with only ``slots`` at once since ``narrowed``."""

    lane: str
    closed_until: datetime | None
    slots: int | None


def circuits(stores: Stores, owner: str) -> list[Circuit]:
    """What is closed or narrowed now."""
    table, now = platform_lanes.c, stores.clock.now()
    lately = now - timedelta(minutes=5)
    with stores.ledger.read() as conn:
        rows = conn.execute(
            sa.select(table.lane, table.closed_until, table.narrowed, table.slots)
            .where(table.owner == owner, sa.or_(table.closed_until > now, table.narrowed > lately))
            .order_by(table.lane)
        ).all()
    return [
        Circuit(
            row.lane,
            row.closed_until if row.closed_until is not None and row.closed_until > now else None,
            row.slots if row.narrowed is not None and row.narrowed > lately else None,
        )
        for row in rows
    ]


# --- faults


class _Fault(NamedTuple):
    account: int
    day: str
    endpoint: str
    code: str


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One kind of fault of the last days. ``today``: how often in this day, in China."""

    endpoint: str
    code: str
    kind: str
    zh: str
    en: str
    times: int
    today: int
    last: datetime


class Faults:
    """Counts the faults of one process. Safe to use from every thread."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._guard = threading.Lock()
        self._held: dict[_Fault, tuple[int, dict[str, Any]]] = {}
        self._written: dict[_Fault, float] = {}

    def note(self, account: int, error: PlatformError) -> None:
        """A call of this account came to nothing."""
        now = self._stores.clock.now()
        fault = _Fault(account, day_of(now), error.endpoint, str(error.platform_code))
        words = {"kind": error.failure.kind, "zh": error.failure.zh, "en": error.failure.en, "last": now}
        with self._guard:
            times = self._held.get(fault, (0, {}))[0] + 1
            if time.monotonic() - self._written.get(fault, 0.0) < AGAIN_SECONDS:
                self._held[fault] = (times, words)
                return
            self._held.pop(fault, None)
            self._written[fault] = time.monotonic()
        self._write({fault: (times, words)})

    def close(self) -> None:
        """Write what is held."""
        with self._guard:
            held, self._held = self._held, {}
            self._written.clear()
        if held:
            self._write(held)

    def _write(self, faults: Mapping[_Fault, tuple[int, dict[str, Any]]]) -> None:
        with self._stores.ledger.write() as conn:
            for fault, (times, words) in faults.items():
                stored = insert_into(conn, platform_faults).values(**fault._asdict(), times=times, **words)
                more = {"times": platform_faults.c.times + times, **words}
                keys = list(_Fault._fields)
                conn.execute(stored.on_conflict_do_update(index_elements=keys, set_=more))


def faults_of(stores: Stores, account: int) -> list[FaultLine]:
    """The faults of the last seven days, the latest first."""
    now = stores.clock.now()
    table, today = platform_faults.c, day_of(now)
    mine = sa.and_(table.account == account, table.day >= day_of(now - timedelta(days=DAYS_SHOWN - 1)))
    of_today = sa.func.sum(sa.case((table.day == today, table.times), else_=0))
    words = [sa.func.max(column).label(column.name) for column in (table.kind, table.zh, table.en, table.last)]
    with stores.ledger.read() as conn:
        rows = conn.execute(
            sa.select(
                table.endpoint, table.code, *words, sa.func.sum(table.times).label("times"), of_today.label("today")
            )
            .where(mine)
            .group_by(table.endpoint, table.code)
            .order_by(sa.func.max(table.last).desc())
            .limit(FAULTS_SHOWN)
        ).all()
    return [
        FaultLine(row.endpoint, row.code, row.kind, row.zh, row.en, int(row.times), int(row.today), row.last)
        for row in rows
    ]


def faults_today(stores: Stores, accounts: list[int]) -> dict[int, int]:
    """How many calls of each account came to nothing in this day."""
    table = platform_faults.c
    mine = sa.and_(table.account.in_(accounts), table.day == day_of(stores.clock.now()))
    with stores.ledger.read() as conn:
        rows = conn.execute(
            sa.select(table.account, sa.func.sum(table.times).label("times")).where(mine).group_by(table.account)
        )
        return {row.account: int(row.times) for row in rows}


def forget_old_uses(stores: Stores) -> int:
    """Drop days past ``DAYS_KEPT``; how many rows went."""
    before = day_of(stores.clock.now() - timedelta(days=DAYS_KEPT))
    with stores.ledger.write() as conn:
        return sum(
            conn.execute(sa.delete(table).where(table.c.day < before)).rowcount
            for table in (platform_uses, platform_faults)
        )
