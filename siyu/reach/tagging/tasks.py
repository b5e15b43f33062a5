"""The job that keeps tags in step, every minute."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.platform.failures import PlatformError
from siyu.channels.tables import accounts
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.turns import run_until_empty
from siyu.reach.tagging import following, links
from siyu.reach.tagging.following import BY_CHANNEL
from siyu.reach.tagging.sides import Side
from siyu.reach.tagging.tables import tag_links
from siyu.storage import Stores

JOB, READ_JOB = "sync_tags", "read_linked_tags"


@handles(JOB)
def sync_tags(stores: Stores, job: Job) -> dict[str, Any]:
    """Link what has one name, make what is missing where that was chosen, then carry changes both ways."""
    linked = 0
    failed: dict[str, str] = {}
    for account, channel in _accounts(stores):
        try:
            linked += _link(stores, BY_CHANNEL[channel], account, job)
        except PlatformError as error:  # one company's trouble is not another's
            failed[str(account)] = error.zh
    filled = run_until_empty(lambda: _reported(job, following.fill_links(stores)))
    acts = run_until_empty(lambda: _reported(job, following.follow_acts(stores)))
    changes = run_until_empty(lambda: _reported(job, following.take_over(stores)))
    return {"linked": linked, "filled": filled, "batches": acts, "changes": changes, "failed": failed}


def _link(stores: Stores, side: Side, account: int, job: Job) -> int:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        linked = links.match(conn, now, side, account)
        there = links.choice_of(conn, account).there
    missing = links.missing_there(stores, account) if there else {}
    if missing:
        side.make(stores, job, account, missing)
        with stores.ledger.write() as conn:
            linked += links.match(conn, now, side, account)
    return linked


@handles(READ_JOB)
def read_linked_tags(stores: Stores, job: Job) -> dict[str, Any]:
    """Every night: have tags read anew where the platform tells of no change by itself, of accounts that sync tags."""
    asked = 0
    with stores.ledger.read() as conn:
        linked = set(conn.execute(sa.select(tag_links.c.account).distinct()).scalars())
    for account, channel in _accounts(stores):
        if account in linked:
            with stores.ledger.write() as conn:
                BY_CHANNEL[channel].read_again(conn, account)
            asked += 1
    return {"accounts": asked}


def _accounts(stores: Stores) -> list[tuple[int, str]]:
    """Number and channel of every account that has tags."""
    has_tags = sa.and_(accounts.c.channel.in_(BY_CHANNEL), accounts.c.disabled.is_(None))
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(accounts.c.id, accounts.c.channel).where(has_tags)).tuples())


def _reported(job: Job, count: int) -> int:
    job.progress(count, None, "tags")
    return count


schedule(JOB, "* * * * *", JOB)
schedule(READ_JOB, "40 3 * * *", READ_JOB)
