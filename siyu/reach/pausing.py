"""Accounts that were stopped because a platform refused them, and how they go on."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.channels import Channels, Check
from siyu.channels.accounts import check_account
from siyu.reach.claiming import release
from siyu.reach.tables import paces
from siyu.storage import Stores


def stopped_accounts(stores: Stores) -> dict[int, str]:
    """Accounts through which nothing is sent until a person has looked, each with its reason."""
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(paces.c.account, paces.c.stopped).where(paces.c.stopped.is_not(None)))
        return {int(account): str(reason) for account, reason in rows}


def check_and_release(stores: Stores, channels: Channels, account: int) -> Check:
    """Try an account live; where it works, it goes on."""
    found = check_account(stores, channels, account)
    if found.works:
        with stores.ledger.write() as conn:
            release(conn, account)
    return found
