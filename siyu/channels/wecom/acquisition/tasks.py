"""Every hour: links, who came by them, and what is left to spend, of accounts that have links."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.addresses import policy_of
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.tables import accounts
from siyu.channels.wecom.acquisition.reading import READ, Reader, ask_to_read
from siyu.channels.wecom.acquisition.tables import wecom_acquisition_links as table
from siyu.channels.wecom.platform import WECOM
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

ALL = "wecom_read_all_links"
PATIENCE_SECONDS = 60.0


@handles(READ)
def read(stores: Stores, job: Job) -> dict[str, Any]:
    """Read one account's links, who came and the quota."""
    account = usable_account(stores, int(job.arguments["account"]))
    exchange = Exchange(stores, policy_of(stores))
    try:
        client = PlatformClient(exchange, account, WECOM, patience=PATIENCE_SECONDS)
        return {"account": account.id, **Reader(stores, client, account.id).read()}
    finally:
        exchange.close()


@handles(ALL)
def read_all(stores: Stores, job: Job) -> dict[str, Any]:
    """Have every account read that has a link; of others nobody says that they may use the function."""
    with stores.ledger.read() as conn:
        usable = sa.and_(accounts.c.channel == WECOM.name, accounts.c.disabled.is_(None))
        open_ones = table.c.state.in_(("calling", "there"))
        having = sa.select(table.c.account).where(open_ones)
        numbers = list(conn.execute(sa.select(accounts.c.id).where(usable, accounts.c.id.in_(having))).scalars())
    return {"jobs": [ask_to_read(stores, number) for number in numbers]}


schedule(ALL, "17 * * * *", ALL)
