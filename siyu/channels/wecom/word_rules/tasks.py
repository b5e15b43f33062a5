"""Every night, and when asked for: the rules as the platform has them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.addresses import policy_of
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.tables import accounts
from siyu.channels.wecom.platform import WECOM
from siyu.channels.wecom.word_rules.reading import READ, Reader, ask_to_read
from siyu.channels.wecom.word_rules.tables import wecom_word_rules as table
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

ALL = "wecom_read_all_word_rules"
PATIENCE_SECONDS = 60.0


@handles(READ)
def read(stores: Stores, job: Job) -> dict[str, Any]:
    """Read one account's rules."""
    account = usable_account(stores, int(job.arguments["account"]))
    exchange = Exchange(stores, policy_of(stores))
    try:
        client = PlatformClient(exchange, account, WECOM, patience=PATIENCE_SECONDS)
        return {"account": account.id, **Reader(stores, client, account.id).read()}
    finally:
        exchange.close()


@handles(ALL)
def read_all(stores: Stores, job: Job) -> dict[str, Any]:
    """The rules of every account that has some, because they may be changed in WeCom's console too; of others nobody
    says that their app may use the function."""
    with stores.ledger.read() as conn:
        usable = sa.and_(accounts.c.channel == WECOM.name, accounts.c.disabled.is_(None))
        having = sa.select(table.c.account).where(table.c.state.in_(("calling", "there")))
        numbers = conn.execute(sa.select(accounts.c.id).where(usable, accounts.c.id.in_(having))).scalars().all()
    return {"jobs": [ask_to_read(stores, number) for number in numbers]}


schedule(ALL, "50 3 * * *", ALL)
