"""The job that keeps tags in step, every minute."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from siyu.channels.platform.failures import PlatformError
from siyu.channels.tables import accounts
from siyu.channels.wecom.marking import make_tags
from siyu.channels.wecom.tasks import reading_of
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.turns import run_until_empty
from siyu.reach.tagging import following, links
from siyu.storage import Stores

JOB = "sync_tags"


@handles(JOB)
def sync_tags(stores: Stores, job: Job) -> dict[str, Any]:
    """Link what has one name, make what is missing where that was chosen, then carry changes both ways."""
    with stores.ledger.read() as conn:
        of_wecom = sa.and_(accounts.c.channel == "wecom", accounts.c.disabled.is_(None))
        numbers = list(conn.execute(sa.select(accounts.c.id).where(of_wecom)).scalars())
    linked = 0
    failed: dict[str, str] = {}
    for account in numbers:
        try:
            linked += _link(stores, account, job)
        except PlatformError as error:  # one company's trouble is not another's
            failed[str(account)] = error.zh
    filled = run_until_empty(lambda: _reported(job, following.fill_links(stores)))
    acts = run_until_empty(lambda: _reported(job, following.follow_acts(stores)))
    changes = run_until_empty(lambda: _reported(job, following.take_over(stores)))
    return {"linked": linked, "filled": filled, "batches": acts, "changes": changes, "failed": failed}


def _link(stores: Stores, account: int, job: Job) -> int:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        linked = links.match(conn, now, account)
        there = links.choice_of(conn, account).there
    missing = links.missing_there(stores, account) if there else {}
    if missing:
        with reading_of(stores, job, account) as reading:
            make_tags(reading, missing)
        with stores.ledger.write() as conn:
            linked += links.match(conn, now, account)
    return linked


def _reported(job: Job, count: int) -> int:
    job.progress(count, None, "tags")
    return count


schedule(JOB, "* * * * *", JOB)
