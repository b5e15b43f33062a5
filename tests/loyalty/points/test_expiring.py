"""What expiry costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from siyu.loyalty.points.expiring import expire
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.storage import ManualClock, Stores
from tests.growth.campaigns.playing import some_people


def test_a_lot_costs_the_same_to_expire_however_many_end_with_it(stores: Stores) -> None:
    """SQLite keeps no figures of its tables; left alone it looks for every account among all lots that have ended."""
    few, many = _work(stores, 50), _work(stores, 1_000)
    assert many / 1_000 < 3 * few / 50


def _work(stores: Stores, lots: int) -> int:
    """How much SQLite did to expire so many, in hundreds of its own steps."""
    assert isinstance(stores.clock, ManualClock)
    now = stores.clock.now()
    ends = now + timedelta(days=1)
    wishes = [
        Earn(key=f"{lots}:{each}", why="消费", person=each, points=5, expires=ends)
        for each in some_people(stores, lots)
    ]
    with stores.ledger.write() as conn:
        post(conn, now, wishes)
    stores.clock.advance(timedelta(days=2))
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    def handle(handler: Any) -> None:
        with stores.ledger.write() as conn:
            raw: Any = conn.connection.dbapi_connection
            raw.set_progress_handler(handler, 100)

    handle(step)
    assert expire(stores) == lots
    handle(None)
    return steps
