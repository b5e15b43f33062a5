"""What coupons do by themselves: orders that used them are followed, what has ended ends, what ends soon is told."""

from __future__ import annotations

from typing import Any

from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.turns import run_until_empty
from siyu.loyalty.coupons import expiring
from siyu.loyalty.coupons.following import follow
from siyu.storage import Stores

REDEEM_JOB = "redeem_coupons"
END_JOB = "end_coupons"


@handles(REDEEM_JOB)
def redeem_coupons(stores: Stores, job: Job) -> dict[str, Any]:
    """Redeem what orders used, give back what came back."""
    return {"batches": run_until_empty(lambda: follow(stores))}


@handles(END_JOB)
def end_coupons(stores: Stores, job: Job) -> dict[str, Any]:
    """End what has ended, and tell of what ends soon."""
    return {
        "ended": run_until_empty(lambda: expiring.end(stores)),
        "told": run_until_empty(lambda: expiring.tell(stores)),
    }


schedule(REDEEM_JOB, "* * * * *", REDEEM_JOB)
schedule(END_JOB, "*/10 * * * *", END_JOB)
