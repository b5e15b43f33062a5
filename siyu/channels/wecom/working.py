"""What a job needs to work for its account, and which accounts there is work for."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.accounts import usable_account
from siyu.channels.addresses import policy_of
from siyu.channels.platform.client import PlatformClient
from siyu.channels.platform.exchange import Exchange
from siyu.channels.protocol import Account
from siyu.channels.tables import accounts
from siyu.channels.wecom.platform import WECOM
from siyu.jobs import Job
from siyu.storage import Stores

PATIENCE_SECONDS = 60.0
"""How long a call may wait for its turn in a job."""


@contextmanager
def working_for(
    stores: Stores, job: Job, number: int = 0, *, patience: float = PATIENCE_SECONDS
) -> Generator[tuple[Account, PlatformClient]]:
    """The job's account (or the one of that number) and what calls for it. Raises :class:`NotFound`,
    :class:`BadInput`."""
    account = usable_account(stores, number or int(job.arguments["account"]))
    exchange = Exchange(stores, policy_of(stores))
    try:
        yield account, PlatformClient(exchange, account, WECOM, patience=patience)
    finally:
        exchange.close()


def accounts_in_use(conn: Connection, *among: sa.Select[tuple[int]]) -> list[int]:
    """Accounts of WeCom that are not switched off; where selects are given, only those that one of them names."""
    query = sa.select(accounts.c.id).where(accounts.c.channel == WECOM.name, accounts.c.disabled.is_(None))
    if among:
        query = query.where(sa.or_(*(accounts.c.id.in_(each) for each in among)))
    return list(conn.execute(query).scalars())
