"""Orders of which a message says too little: asked for whole, one by one, and kept as if the platform had told them.

What was told is never lost: where the platform will not say more, the message is taken as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.orders.source import Source
from siyu.channels.orders.tables import shop_details
from siyu.channels.platform.callbacks import keep
from siyu.channels.platform.failures import PlatformError
from siyu.channels.protocol import Account
from siyu.jobs import Job, enqueue
from siyu.storage import Stores, insert_into

JOB = "read_order_details"
ROWS_A_STEP = 50
TRIES_MAX = 6
AGAIN = timedelta(minutes=5)


def want(conn: Connection, account: int, orders: Sequence[tuple[str, bytes]], now: datetime) -> None:
    """Have orders asked for: number, and the message to take where nobody knows more (b"" for none). Each once."""
    if not orders:
        return
    rows = [
        {"account": account, "number": number, "message": message.decode(), "state": "waiting", "due": now}
        for number, message in dict(orders).items()
    ]
    conn.execute(insert_into(conn, shop_details).on_conflict_do_nothing(), rows)
    enqueue(conn, JOB, {"account": account}, key=f"{JOB}:{account}", again=True)


def waiting_accounts(stores: Stores) -> list[int]:
    """Accounts of which orders are due to be asked for."""
    table = shop_details.c
    due = sa.and_(table.state == "waiting", table.due <= stores.clock.now())
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(table.account).where(due).distinct()).scalars())


def read_details(stores: Stores, source: Source, account: Account, job: Job) -> int:
    """Ask for what is due; how many orders were settled. Raises :class:`PlatformError` where the account is at fault:
    the rest goes on waiting."""
    settled = 0
    while rows := _due(stores, account.id):
        for row in rows:
            try:
                body = source.detail(account, row.number)
            except PlatformError as error:
                settled += _refused(stores, account, row, error)
                if error.failure.kind == "account":
                    raise
            else:
                keep(stores, account, body).result()
                _note(stores, row, {"state": "done", "code": "", "message": ""})
                settled += 1
            job.progress(settled, None, "orders")
    return settled


def _due(stores: Stores, account: int) -> Sequence[Any]:
    table = shop_details.c
    mine = sa.and_(table.state == "waiting", table.account == account, table.due <= stores.clock.now())
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(shop_details).where(mine).order_by(table.due).limit(ROWS_A_STEP)).all()


def _refused(stores: Stores, account: Account, row: Any, error: PlatformError) -> bool:
    """Again later, or for good: then what was told is taken as it is. Whether it is settled."""
    later = error.failure.kind in ("passing", "account") and row.tries + 1 < TRIES_MAX
    if not later and row.message:
        keep(stores, account, row.message.encode()).result()
    state = {} if later else {"state": "failed", "message": ""}
    due = stores.clock.now() + AGAIN
    _note(stores, row, {**state, "due": due, "tries": row.tries + 1, "code": str(error.platform_code)})
    return not later


def _note(stores: Stores, row: Any, values: dict[str, Any]) -> None:
    table = shop_details
    same = sa.and_(table.c.account == row.account, table.c.number == row.number)
    with stores.ledger.write() as conn:
        conn.execute(sa.update(table).where(same).values(**values))
