"""Every hour: links, who came by them, and what is left to spend, of accounts that have links."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.wecom.acquisition.reading import READ, Reader, ask_to_read
from siyu.channels.wecom.acquisition.tables import wecom_acquisition_links as table
from siyu.channels.wecom.working import accounts_in_use, working_for
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

ALL = "wecom_read_all_links"


@handles(READ)
def read(stores: Stores, job: Job) -> dict[str, Any]:
    """Read one account's links, who came and the quota."""
    with working_for(stores, job) as (account, client):
        return {"account": account.id, **Reader(stores, client, account.id).read()}


@handles(ALL)
def read_all(stores: Stores, job: Job) -> dict[str, Any]:
    """Have every account read that has a link; of others nobody says that they may use the function."""
    with stores.ledger.read() as conn:
        having = sa.select(table.c.account).where(table.c.state.in_(("calling", "there")))
        numbers = accounts_in_use(conn, having)
    return {"jobs": [ask_to_read(stores, number) for number in numbers]}


schedule(ALL, "17 * * * *", ALL)
