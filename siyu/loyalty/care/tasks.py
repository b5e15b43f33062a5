"""What runs by itself: every morning, whose day it is."""

from __future__ import annotations

from typing import Any

from siyu.jobs import Job, handles, schedule
from siyu.loyalty.care.giving import care_today
from siyu.storage import Stores

JOB = "care_today"


@handles(JOB)
def care_each_day(stores: Stores, job: Job) -> dict[str, Any]:
    """Think of everybody whose day it is."""
    return {"thought_of": care_today(stores)}


schedule("care", "0 8 * * *", JOB)
