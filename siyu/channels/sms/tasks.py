"""What is done every night: rows of messages that were settled long ago go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.channels.sms.tables import sms_sends
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

FORGET_JOB = "forget_sms_sends"
KEPT = timedelta(days=35)
"""Longer than any message may be tried again; the service itself remembers thirty days."""
ROWS_A_TURN = 5_000


@handles(FORGET_JOB)
def forget(stores: Stores, job: Job) -> Mapping[str, Any]:
    """Drop what is past its time, in small turns."""
    before, gone = stores.clock.now() - KEPT, 0
    old = sa.select(sms_sends.c.delivery_id).where(sms_sends.c.at < before).limit(ROWS_A_TURN)
    while True:
        with stores.ledger.write() as conn:
            past = sa.delete(sms_sends).where(sms_sends.c.at < before, sms_sends.c.delivery_id.in_(old))
            count = conn.execute(past).rowcount
        gone += count
        job.progress(gone)
        if not count:
            return {"gone": gone}


schedule(FORGET_JOB, "47 4 * * *", FORGET_JOB)
