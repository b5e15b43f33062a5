"""Journeys give coupons: a reward step that gives "coupon" with terms ``{"kind": 3}``. A run gives each person one,
once however often the step is carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from siyu.loyalty.coupons.model import Take
from siyu.loyalty.coupons.taking import take
from siyu.reach.journeys.rewards import REWARDS


def give(conn: Connection, persons: Sequence[int], terms: Mapping[str, Any], what_for: str, at: datetime) -> None:
    """See :data:`siyu.reach.journeys.rewards.Give`. Whom the kind's stock, budget or limit leaves none gets none."""
    kind = terms.get("kind")
    if isinstance(kind, bool) or not isinstance(kind, int | str) or not str(kind).isdecimal():
        return
    by = what_for[:100]
    take(conn, at, [Take(int(kind), person, f"{what_for}:{person}"[-200:], "旅程", by) for person in persons])


REWARDS["coupon"] = give
