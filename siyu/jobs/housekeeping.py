"""The jobs table cleans up after itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from siyu.jobs import preferences, queue
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


schedule("forget_old_jobs", "17 4 * * *", "forget_old_jobs")
