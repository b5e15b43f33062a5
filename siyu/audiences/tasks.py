"""What runs by itself: live audiences are brought up to date, layers are worked out anew."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from siyu.audiences import actions, queries
from siyu.audiences.layers import CLEAR_JOB, clear, compute, compute_all, schemes
from siyu.jobs import Job, handles, schedule
from siyu.storage import SiyuError, Stores

log = logging.getLogger(__name__)


@handles(actions.REFRESH_JOB)
def refresh_audience(stores: Stores, job: Job) -> dict[str, Any]:
    """Bring one audience up to date."""
    return actions.refresh(stores, int(job.arguments["audience"]))


@handles("refresh_audiences")
def refresh_audiences(stores: Stores, job: Job) -> dict[str, Any]:
    """Bring every live audience up to date that is due. One that fails does not keep the others waiting."""
    now = stores.clock.now()
    due = [
        each
        for each in queries.all_audiences(stores)
        if each.kind == "live"
        and (each.computed is None or each.computed + timedelta(minutes=each.refresh_minutes) <= now)
    ]
    failed: list[int] = []
    for place, audience in enumerate(due):
        job.progress(place, len(due), audience.name)
        try:
            actions.refresh(stores, audience.id)
        except SiyuError as error:
            log.warning("audience %s was not brought up to date: %s", audience.id, error.code)
            failed.append(audience.id)
    return {"refreshed": len(due) - len(failed), "failed": failed}


@handles("compute_layers")
def compute_layers(stores: Stores, job: Job) -> dict[str, Any]:
    """Work out every enabled scheme of layers, or the one that the job names."""
    key = job.arguments.get("scheme")
    return {"changed": {key: compute(stores, str(key))}} if key else compute_all(stores, job.progress)


@handles(CLEAR_JOB)
def clear_layers(stores: Stores, job: Job) -> dict[str, Any]:
    """Take everybody out of the layers of a scheme that was taken away."""
    return {"cleared": clear(stores, str(job.arguments["scheme"]))}


@handles("compute_first_layers")
def compute_first_layers(stores: Stores, job: Job) -> dict[str, Any]:
    """Work out the schemes that never were, as soon as there is anybody: a new shop need not wait for the hour."""
    if not stores.events.row("SELECT count() FROM people FINAL WHERE gone = 0")[0]:
        return {"changed": {}}
    with stores.ledger.read() as conn:
        missing = [each.key for each in schemes(conn) if each.enabled and each.computed is None]
    return {"changed": {key: compute(stores, key) for key in missing}}


schedule("audiences", "* * * * *", "refresh_audiences")
schedule("layers", "17 * * * *", "compute_layers")
schedule("first_layers", "*/5 * * * *", "compute_first_layers")
