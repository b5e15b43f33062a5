"""Every night, and when asked for: the rules as the platform has them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.wecom.word_rules.reading import READ, Reader, ask_to_read
from siyu.channels.wecom.word_rules.tables import wecom_word_rules as table
from siyu.channels.wecom.working import accounts_in_use, working_for
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

ALL = "wecom_read_all_word_rules"


@handles(READ)
def read(stores: Stores, job: Job) -> dict[str, Any]:
    """Read one account's rules."""
    with working_for(stores, job) as (account, client):
        return {"account": account.id, **Reader(stores, client, account.id).read()}


@handles(ALL)
def read_all(stores: Stores, job: Job) -> dict[str, Any]:
    """The rules of every account that has some, because they may be changed in WeCom's console too; of others nobody
    says that their app may use the function."""
    with stores.ledger.read() as conn:
        having = sa.select(table.c.account).where(table.c.state.in_(("calling", "there")))
        numbers = accounts_in_use(conn, having)
    return {"jobs": [ask_to_read(stores, number) for number in numbers]}


schedule(ALL, "50 3 * * *", ALL)
