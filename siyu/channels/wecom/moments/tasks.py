"""The jobs: make moments, look who published them and whom they reached."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.wecom.moments.posting import PUBLISH, ask_to_publish
from siyu.channels.wecom.moments.publishing import Publisher
from siyu.channels.wecom.moments.tables import wecom_moments as table
from siyu.channels.wecom.working import accounts_in_use, working_for
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

DUE = "wecom_moments_due"


@handles(PUBLISH)
def publish(stores: Stores, job: Job) -> dict[str, Any]:
    """What an account's moments need now."""
    with working_for(stores, job) as (account, client):
        return {"account": account.id, "looked": Publisher(stores, client, account).step()}


@handles(DUE)
def due(stores: Stores, job: Job) -> dict[str, Any]:
    """Accounts with a moment whose time has come."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        waiting = sa.select(table.c.account).where(table.c.next <= now)
        return {"jobs": [ask_to_publish(conn, number, now) for number in accounts_in_use(conn, waiting)]}


schedule(DUE, "* * * * *", DUE)
