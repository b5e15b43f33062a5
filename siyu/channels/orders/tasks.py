"""The jobs that ask shops' platforms for orders."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from siyu.channels.accounts import usable_account
from siyu.channels.addresses import policy_of
from siyu.channels.orders import backfill, details
from siyu.channels.orders.source import Source
from siyu.channels.orders.sources import source_of
from siyu.channels.protocol import Account
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores


@contextmanager
def _asking(stores: Stores, number: int) -> Generator[tuple[Source, Account]]:
    account = usable_account(stores, number)
    source = source_of(stores, account.channel, policy_of(stores))
    assert source is not None, account.channel
    try:
        yield source, account
    finally:
        source.close()


@handles(details.JOB)
def read_order_details(stores: Stores, job: Job) -> dict[str, Any]:
    """Ask for the whole of orders of which messages said too little."""
    given = job.arguments.get("account")
    settled = 0
    for number in [int(given)] if given is not None else details.waiting_accounts(stores):
        with _asking(stores, number) as (source, account):
            settled += details.read_details(stores, source, account, job)
    return {"settled": settled}


@handles(backfill.JOB)
def backfill_orders(stores: Stores, job: Job) -> dict[str, Any]:
    """Read the orders of a period; cut off, it goes on where it was."""
    with _asking(stores, int(job.arguments["account"])) as (source, account):
        return {"account": account.id, "orders": backfill.read_period(stores, source, account, job)}


schedule(details.JOB, "*/5 * * * *", details.JOB)
