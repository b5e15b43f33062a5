"""What is done every night: callbacks past their time go."""

from __future__ import annotations

from typing import Any

from siyu.channels.platform.applier import forget_old_callbacks
from siyu.channels.platform.uses import forget_old_uses
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.storage import Stores


@handles("forget_old_callbacks")
def forget(stores: Stores, job: Job) -> dict[str, Any]:
    """Drop applied callbacks and their keys after thirty days, in small turns; and what was counted by day."""
    gone = forget_old_uses(stores)
    while count := forget_old_callbacks(stores):
        gone += count
        job.progress(gone)
    return {"gone": gone}


schedule("forget_old_callbacks", "37 4 * * *", "forget_old_callbacks")
