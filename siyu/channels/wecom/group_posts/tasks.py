"""The jobs: hand posts over to owners, look what became of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.wecom.group_posts.handing_over import HandingOver
from siyu.channels.wecom.group_posts.posting import HAND_OVER, ask_to_hand_over
from siyu.channels.wecom.group_posts.tables import wecom_group_posts, wecom_group_tasks
from siyu.channels.wecom.working import accounts_in_use, working_for
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

DUE = "wecom_group_posts_due"


@handles(HAND_OVER)
def hand_over(stores: Stores, job: Job) -> dict[str, Any]:
    """What an account's posts need now."""
    with working_for(stores, job) as (account, client):
        return {"account": account.id, **HandingOver(stores, client, account).step()}


@handles(DUE)
def due(stores: Stores, job: Job) -> dict[str, Any]:
    """Accounts with a post or a task whose time has come."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        waiting = [
            sa.select(each.c.account).where(each.c.next <= now) for each in (wecom_group_posts, wecom_group_tasks)
        ]
        return {"jobs": [ask_to_hand_over(conn, number, now) for number in accounts_in_use(conn, *waiting)]}


schedule(DUE, "* * * * *", DUE)
