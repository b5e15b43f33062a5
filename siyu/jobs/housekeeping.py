"""What this room keeps goes when its time is over: ended jobs, and bodies set aside that nobody dealt with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from siyu.jobs import aside, preferences, queue
from siyu.jobs.model import Job, handles
from siyu.jobs.schedules import schedule
from siyu.storage import Stores


@handles("forget_old_jobs")
def forget_old_jobs(stores: Stores, job: Job) -> dict[str, Any]:
    """Drop jobs that ended longer ago than the preference ``jobs_days`` says."""
    before = stores.clock.now() - timedelta(days=preferences.get(stores, "jobs_days"))
    gone = 0
    while count := queue.purge(stores, before):
        gone += count
        job.progress(gone)
    return {"gone": gone}


@handles("forget_old_aside")
def forget_old_aside(stores: Stores, job: Job) -> dict[str, Any]:
    """Drop the content of bodies set aside longer ago than the preference ``inbox_days`` says."""
    now = stores.clock.now()
    before = now - timedelta(days=preferences.get(stores, "inbox_days"))
    gone = 0
    while True:
        with stores.ledger.write() as conn:
            count = aside.expire_aside(conn, now, before)
        if not count:
            return {"gone": gone}
        gone += count
        job.progress(gone)


schedule("forget_old_jobs", "17 4 * * *", "forget_old_jobs")
schedule("forget_old_aside", "51 4 * * *", "forget_old_aside")
