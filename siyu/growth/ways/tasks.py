"""The job that minds codes at WeCom, every minute."""

from __future__ import annotations

from typing import Any

from siyu.channels.addresses import policy_of
from siyu.channels.platform.exchange import Exchange
from siyu.growth.ways import carrying, tagging, turning
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.turns import run_until_empty
from siyu.storage import Stores

JOB = "wecom_ways"


@handles(JOB)
def mind_codes(stores: Stores, job: Job) -> dict[str, Any]:
    """Go on with codes that are being made, changed or removed, remove those that expired, lead past full groups, and
    tag who came."""
    exchange = Exchange(stores, policy_of(stores))
    try:
        turning.turn(stores)
        carried = carrying.carry_on(stores, exchange)
    finally:
        exchange.close()
    return {"carried": carried, "batches": run_until_empty(lambda: tagging.follow(stores))}


schedule(JOB, "* * * * *", JOB)
