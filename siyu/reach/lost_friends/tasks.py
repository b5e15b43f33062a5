"""Every five minutes: who left their advisers."""

from __future__ import annotations

from typing import Any

from siyu.jobs import Job, handles, schedule
from siyu.reach.lost_friends.watching import watch
from siyu.storage import Stores

JOB = "watch_lost_friends"


@handles(JOB)
def watch_lost_friends(stores: Stores, job: Job) -> dict[str, Any]:
    """Raise what managers wish to hear of."""
    return {"alerts": watch(stores)}


schedule(JOB, "*/5 * * * *", JOB)
