"""What is done every night: rows of messages that were settled long ago go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.channels.wechat.tables import wechat_calls, wechat_results, wechat_sends, wechat_windows
from siyu.jobs import Job, handles, schedule
from siyu.storage import Stores

FORGET_JOB = "forget_wechat_sends"
KEPT = timedelta(days=35)
"""Longer than any message may be tried again, and than results take to come."""
ROWS_A_TURN = 5_000

_AGED = (
    (wechat_sends, wechat_sends.c.at, wechat_sends.c.delivery_id),
    (wechat_results, wechat_results.c.at, wechat_results.c.msgid),
    (wechat_calls, wechat_calls.c.at, wechat_calls.c.call),
    (wechat_windows, wechat_windows.c.until, wechat_windows.c.openid),
)


@handles(FORGET_JOB)
def forget(stores: Stores, job: Job) -> Mapping[str, Any]:
    """Drop what is past its time, in small turns."""
    before, gone = stores.clock.now() - KEPT, 0
    for table, moment, key in _AGED:
        while True:
            old = sa.select(key).where(moment < before).limit(ROWS_A_TURN)
            with stores.ledger.write() as conn:
                count = conn.execute(sa.delete(table).where(moment < before, key.in_(old))).rowcount
            gone += count
            job.progress(gone)
            if not count:
                break
    return {"gone": gone}


schedule(FORGET_JOB, "52 4 * * *", FORGET_JOB)
