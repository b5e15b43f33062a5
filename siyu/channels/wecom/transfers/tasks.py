"""The jobs: hand over and look what became of it; every night, who waits since a member left."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.transfers.handovers import MOVE, ask_to_move
from siyu.channels.wecom.transfers.moving import Mover
from siyu.channels.wecom.transfers.tables import wecom_handover_items as items
from siyu.channels.wecom.working import accounts_in_use, working_for
from siyu.jobs import Job, enqueue, handles, schedule
from siyu.storage import BadInput, Stores

DUE, READ, READ_ALL = "wecom_hand_over_due", "wecom_read_unassigned", "wecom_read_all_unassigned"


def ask_to_read(stores: Stores, account: int) -> int:
    """Have the list of customers of members who left read; the job's number. Raises :class:`BadInput`."""
    if usable_account(stores, account).channel != WECOM.name:
        raise BadInput(
            "account_cannot_hand_over", "只有企业微信账号可以转接。", "Only WeCom accounts hand over.", field="account"
        )
    with stores.ledger.write() as conn:
        return enqueue(conn, READ, {"account": account}, now=stores.clock.now(), key=f"{READ}:{account}")


@contextmanager
def _mover(stores: Stores, job: Job) -> Generator[Mover]:
    with working_for(stores, job) as (account, client):
        yield Mover(stores, client, account.id)


@handles(MOVE)
def move(stores: Stores, job: Job) -> dict[str, Any]:
    """Hand over what is recorded, and look what became of what was called."""
    with _mover(stores, job) as mover:
        return {"account": mover.account, **mover.step()}


@handles(READ)
def read(stores: Stores, job: Job) -> dict[str, Any]:
    """Read who waits for somebody since a member left."""
    with _mover(stores, job) as mover:
        return {"account": mover.account, "customers": mover.read_unassigned()}


@handles(DUE)
def due(stores: Stores, job: Job) -> dict[str, Any]:
    """Accounts where something is to be called or looked at."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        recorded = items.c.state == "recorded"
        looked = sa.and_(items.c.state.in_(("calling", "waiting")), items.c.next <= now)
        waiting = sa.select(items.c.account).where(sa.or_(recorded, looked))
        return {"jobs": [ask_to_move(conn, number, now) for number in accounts_in_use(conn, waiting)]}


@handles(READ_ALL)
def read_all(stores: Stores, job: Job) -> dict[str, Any]:
    """Every account's list."""
    with stores.ledger.read() as conn:
        numbers = accounts_in_use(conn)
    return {"jobs": [ask_to_read(stores, number) for number in numbers]}


schedule(DUE, "*/5 * * * *", DUE)
schedule(READ_ALL, "40 3 * * *", READ_ALL)
