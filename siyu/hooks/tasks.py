"""The log of deliveries is kept for a while, then forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.hooks.tables import hook_attempts, hook_deliveries, hooks
from siyu.jobs import Job, handles, preferences, schedule
from siyu.jobs.preferences import Preference
from siyu.storage import Stores

ROWS_MAX = 5_000

preferences.register(
    Preference(
        "hook_log_days",
        30,
        "事件推送记录保留天数",
        "Days the log of event webhooks is kept",
        "已送达、失败或跳过的推送记录保留多久；等待中的不受影响。",
        "How long deliveries that are settled stay in the log; those that wait are not touched.",
        lambda days: 1 <= days <= 365,
        group="keeping",
    )
)


@handles("forget_old_deliveries")
def forget_old_deliveries(stores: Stores, job: Job) -> dict[str, Any]:
    """Drop deliveries of event webhooks that were settled longer ago than ``hook_log_days`` says."""
    before = stores.clock.now() - timedelta(days=preferences.get(stores, "hook_log_days"))
    with stores.ledger.write() as conn:  # a call that was under way when its subscription was removed
        conn.execute(
            sa.update(hook_deliveries)
            .where(
                hook_deliveries.c.state == "waiting",
                hook_deliveries.c.hook.in_(sa.select(hooks.c.id).where(hooks.c.removed.is_not(None))),
            )
            .values(state="skipped", settled=stores.clock.now())
        )
    gone = 0
    old = sa.select(hook_deliveries.c.id).where(hook_deliveries.c.settled < before).limit(ROWS_MAX)
    while True:
        with stores.ledger.write() as conn:
            numbers = list(conn.execute(old).scalars())
            conn.execute(sa.delete(hook_attempts).where(hook_attempts.c.delivery.in_(numbers)))
            conn.execute(sa.delete(hook_deliveries).where(hook_deliveries.c.id.in_(numbers)))
        gone += len(numbers)
        job.progress(gone)
        if len(numbers) < ROWS_MAX:
            return {"gone": gone}


schedule("forget_old_deliveries", "23 4 * * *", "forget_old_deliveries")
