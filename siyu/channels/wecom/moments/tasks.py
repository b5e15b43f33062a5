"""The jobs: make moments, look who published them and whom they reached."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.addresses import policy_of
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.tables import accounts
from siyu.channels.wecom.moments.posting import PUBLISH, ask_to_publish
from siyu.channels.wecom.moments.publishing import Publisher
from siyu.channels.wecom.moments.tables import wecom_moments as table
from siyu.channels.wecom.platform import WECOM
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

DUE = "wecom_moments_due"
PATIENCE_SECONDS = 60.0


@handles(PUBLISH)
def publish(stores: Stores, job: Job) -> dict[str, Any]:
    """What an account's moments need now."""
    account = usable_account(stores, int(job.arguments["account"]))
    exchange = Exchange(stores, policy_of(stores))
    try:
        client = PlatformClient(exchange, account, WECOM, patience=PATIENCE_SECONDS)
        return {"account": account.id, "looked": Publisher(stores, client, account).step()}
    finally:
        exchange.close()


@handles(DUE)
def due(stores: Stores, job: Job) -> dict[str, Any]:
    """Accounts with a moment whose time has come."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        waiting = sa.select(table.c.account).where(table.c.next <= now)
        usable = sa.and_(accounts.c.id.in_(waiting), accounts.c.disabled.is_(None))
        found = conn.execute(sa.select(accounts.c.id).where(usable)).scalars().all()
        return {"jobs": [ask_to_publish(conn, number, now) for number in found]}


schedule(DUE, "* * * * *", DUE)
