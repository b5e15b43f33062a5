"""Tells of orders and deeds as the edge does, and lets time pass for tiers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from siyu.loyalty.tiers import keeping, settling
from siyu.loyalty.tiers.model import Plan, Tier
from siyu.loyalty.tiers.queries import Way, way_of
from siyu.loyalty.tiers.tasks import at_night
from siyu.storage import ManualClock, Stores
from tests.people.calls import drained, track

PLAN = Plan(
    window_days=60,
    tiers=(
        Tier(key="silver", name="银卡", up=100, stay=50, grace_days=10, rights={"discount": 5}),
        Tier(key="gold", name="金卡", up=500, stay=300, grace_days=20, rights={"own_agent": 1, "early_access": 24}),
    ),
)


def begun(stores: Stores, plan: Plan = PLAN) -> int:
    """A plan in force."""
    number = keeping.save(stores, "staff:1", plan)
    keeping.begin(stores, number)
    settling.work(stores)
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(seconds=1))
    return number


def bought(stores: Stores, user: str, total: float, order: str, **more: Any) -> None:
    what = {"order_id": order, "total": total, **more}
    drained(stores, track(user, "Order Completed", at=stores.clock.now(), properties=what))
    settling.work(stores)


def returned(stores: Stores, user: str, total: float, order: str, name: str) -> None:
    what = {"order_id": order, "total": total, "refund_id": name}
    drained(stores, track(user, "Order Refunded", at=stores.clock.now(), properties=what))
    settling.work(stores)


def nights(stores: Stores, days: int) -> dict[str, Any]:
    """So many nights pass."""
    told: dict[str, Any] = {}
    for _ in range(days):
        assert isinstance(stores.clock, ManualClock)
        stores.clock.advance(timedelta(days=1))
        told = at_night(stores)
        assert told["wrong"] == []
    return told


def way(stores: Stores, person: int = 1) -> Way:
    with stores.ledger.read() as conn:
        found = way_of(conn, person)
    assert found is not None
    return found


def tier(stores: Stores, person: int = 1) -> str:
    held = way(stores, person).tier
    return "" if held is None else held.key
