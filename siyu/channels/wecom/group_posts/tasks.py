"""The jobs: hand posts over to owners, look what became of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.accounts import usable_account
from siyu.channels.addresses import policy_of
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.tables import accounts
from siyu.channels.wecom.group_posts.handing_over import HandingOver
from siyu.channels.wecom.group_posts.posting import HAND_OVER, ask_to_hand_over
from siyu.channels.wecom.group_posts.tables import wecom_group_posts, wecom_group_tasks
from siyu.channels.wecom.platform import WECOM
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

DUE = "wecom_group_posts_due"
PATIENCE_SECONDS = 60.0


@handles(HAND_OVER)
def hand_over(stores: Stores, job: Job) -> dict[str, Any]:
    """What an account's posts need now."""
    account = usable_account(stores, int(job.arguments["account"]))
    exchange = Exchange(stores, policy_of(stores))
    try:
        client = PlatformClient(exchange, account, WECOM, patience=PATIENCE_SECONDS)
        return {"account": account.id, **HandingOver(stores, client, account).step()}
    finally:
        exchange.close()


@handles(DUE)
def due(stores: Stores, job: Job) -> dict[str, Any]:
    """Accounts with a post or a task whose time has come."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        waiting = [
            sa.select(each.c.account).where(each.c.next <= now) for each in (wecom_group_posts, wecom_group_tasks)
        ]
        usable = sa.and_(sa.or_(*(accounts.c.id.in_(each) for each in waiting)), accounts.c.disabled.is_(None))
        found = conn.execute(sa.select(accounts.c.id).where(usable)).scalars().all()
        return {"jobs": [ask_to_hand_over(conn, number, now) for number in found]}


schedule(DUE, "* * * * *", DUE)
