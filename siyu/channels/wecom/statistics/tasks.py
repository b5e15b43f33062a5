"""The jobs: read one account's days; every night, all accounts'."""

from __future__ import annotations

from datetime import date
from typing import Any

from siyu.channels.wecom.statistics.reading import READ, Reader, ask_to_read
from siyu.channels.wecom.working import accounts_in_use, working_for
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

ALL = "wecom_read_all_statistics"


@handles(READ)
def read(stores: Stores, job: Job) -> dict[str, Any]:
    """Read one account's days, of members and of groups."""
    first, last = (date.fromisoformat(str(job.arguments[name])) for name in ("first", "last"))
    with working_for(stores, job) as (account, client):
        return {"account": account.id, **Reader(stores, client, account.id).read(job, first, last)}


@handles(ALL)
def read_all(stores: Stores, job: Job) -> dict[str, Any]:
    """Every account's days since they were read last."""
    with stores.ledger.read() as conn:
        numbers = accounts_in_use(conn)
    return {"jobs": [ask_to_read(stores, number) for number in numbers]}


schedule(ALL, "20 5 * * *", ALL)
