"""What is done with points by the clock: earning from the news, ending what is over, the nightly proof."""

from __future__ import annotations

import logging
from typing import Any

from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.turns import run_until_empty
from siyu.loyalty.points.auditing import prove
from siyu.loyalty.points.earning.following import Tiers, follow, nobody
from siyu.loyalty.points.expiring import expire, release_due
from siyu.storage import Stores

log = logging.getLogger(__name__)

_tiers: list[Tiers] = [nobody]


def provide_tiers(lookup: Tiers) -> None:
    """Have earning ask for the tiers of persons here."""
    _tiers[0] = lookup


@handles("points_earned")
def earned(stores: Stores, job: Job) -> dict[str, Any]:
    """Have points be what orders and doings are due."""
    del job
    return {"batches": run_until_empty(lambda: follow(stores, _tiers[0]))}


@handles("points_ended")
def ended(stores: Stores, job: Job) -> dict[str, Any]:
    """Release holds that nobody captured in time, then take what has ended (of what was released too)."""
    del job
    released = run_until_empty(lambda: release_due(stores))
    return {"released": released, "lots": run_until_empty(lambda: expire(stores))}


@handles("points_proof")
def proof(stores: Stores, job: Job) -> dict[str, Any]:
    """Prove the ledger; what does not hold stands on the health page."""
    del job
    faults = prove(stores)
    for each in faults:
        log.error("points: %s of %s is kept as %s, by its entries %s", each.law, each.where, each.kept, each.entries)
    return {"faults": len(faults)}


schedule("points_earned", "* * * * *", "points_earned")
schedule("points_ended", "*/5 * * * *", "points_ended")
schedule("points_proof", "40 3 * * *", "points_proof")
