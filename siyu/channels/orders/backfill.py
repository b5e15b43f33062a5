"""Reading the orders of a period: window by window, page by page. Cut off, it goes on where it was; what a message told
already is told no second time, and of two states the later one counts, whichever way they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.orders.source import Source
from siyu.channels.orders.tables import shop_backfills
from siyu.channels.platform.callbacks import keep
from siyu.channels.protocol import Account
from siyu.jobs import Job, JobStatus, cancel, enqueue, find
from siyu.storage import BadInput, Stores, insert_into

JOB = "backfill_orders"
WINDOW_SECONDS, WINDOW_SECONDS_MIN = 7 * 86_400, 60
DAYS_MAX = 1_100
"""Three years: as long as shops have to keep their records, and a little."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """``at``: what is before is read; ``found``: orders so far, new or not; ``ended``: when the period was read."""

    since: datetime
    until: datetime
    at: datetime
    found: int
    ended: datetime | None
    job: JobStatus | None


def start_backfill(stores: Stores, source: Source | None, account: int, since: datetime, until: datetime) -> int:
    """Have the orders of a period read; the job's number (of the one that runs already, where one does).

    Raises :class:`NotFound`, :class:`BadInput`: an account that can't be asked, a period that is none.
    """
    ready = usable_account(stores, account)
    if source is None or not source.pages_max or not source.reads(ready.settings):
        raise BadInput(
            "account_cannot_backfill",
            "这个账号不能补读历史订单：请先在账号设置里打开“主动读取订单”（目前支持有赞）。",
            "This account can't read orders of before: switch on reading orders in its settings (Youzan, for now).",
            field="account",
        )
    until = min(until, stores.clock.now())
    if not since < until or until - since > timedelta(days=DAYS_MAX):
        raise BadInput(
            "backfill_period",
            f"请给出一段已经过去的时间，最长 {DAYS_MAX} 天。",
            f"Give a period of the past, of {DAYS_MAX} days at most.",
            field="since",
        )
    running = _job(stores, account)
    if running is not None and running.unfinished:
        return running.id
    values: dict[str, Any] = {"since": since, "until": until, "at": since, "page": 1, "found": 0, "ended": None}
    values["window_seconds"] = WINDOW_SECONDS
    with stores.ledger.write() as conn:
        stored = insert_into(conn, shop_backfills).values(account=account, **values)
        conn.execute(stored.on_conflict_do_update(index_elements=["account"], set_=values))
        return enqueue(conn, JOB, {"account": account}, now=stores.clock.now(), key=f"{JOB}:{account}")


def cancel_backfill(stores: Stores, account: int) -> bool:
    """Ask the running one to stop; False where none runs. What was read stays."""
    job = _job(stores, account)
    if job is None or not job.unfinished:
        return False
    with stores.ledger.write() as conn:
        return cancel(conn, job.id, stores.clock.now())


def backfill_of(stores: Stores, account: int) -> Backfill | None:
    """The last one of an account, running or not; None where there was none."""
    table = shop_backfills.c
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(shop_backfills).where(table.account == account)).one_or_none()
    if row is None:
        return None
    return Backfill(row.since, row.until, row.at, row.found, row.ended, _job(stores, account))


def read_period(stores: Stores, source: Source, account: Account, job: Job) -> int:
    """Read on to the end of the period; how many orders came by in all. Raises :class:`PlatformError`: what was read
    stays read, and the next try goes on there."""
    while True:
        row = _row(stores, account.id)
        if row.at >= row.until:
            _note(stores, job, account.id, {"ended": stores.clock.now()})
            return row.found
        _window(stores, source, account, job, row)


def _window(stores: Stores, source: Source, account: Account, job: Job, row: Any) -> None:
    """One page; where the platform would give no further page of so long a window, the window is halved."""
    end = min(row.at + timedelta(seconds=row.window_seconds), row.until)
    page = source.page(account, row.at, end, row.page)
    for waiting in [keep(stores, account, body) for body in page.bodies]:
        waiting.result()
    found, longer = row.found + len(page.bodies), min(row.window_seconds * 2, WINDOW_SECONDS)
    if page.last:
        _note(stores, job, account.id, {"at": end, "page": 1, "found": found, "window_seconds": longer})
    elif row.page < source.pages_max:
        _note(stores, job, account.id, {"page": row.page + 1, "found": found})
    elif (seconds := int((end - row.at).total_seconds())) > WINDOW_SECONDS_MIN:
        half = max(seconds // 2, WINDOW_SECONDS_MIN)
        _note(stores, job, account.id, {"page": 1, "window_seconds": half})
    else:
        _note(stores, job, account.id, {"at": end, "page": 1, "found": found})
    done, whole = end - row.since, row.until - row.since
    job.progress(int(done.total_seconds() // 60), int(whole.total_seconds() // 60), "orders")


def _row(stores: Stores, account: int) -> Any:
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(shop_backfills).where(shop_backfills.c.account == account)).one()


def _note(stores: Stores, job: Job, account: int, values: dict[str, Any]) -> None:
    with stores.ledger.write() as conn:
        job.still_mine(conn)
        conn.execute(sa.update(shop_backfills).where(shop_backfills.c.account == account).values(**values))


def _job(stores: Stores, account: int) -> JobStatus | None:
    found = find(stores, names=[JOB], key=f"{JOB}:{account}", rows_max=1)
    return found[0] if found else None
