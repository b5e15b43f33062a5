"""What coming into a journey costs."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from siyu.reach.journeys.tables import journey_people
from siyu.storage import Stores
from tests.reach.journeys.world import Road


@pytest.mark.parametrize("again", ["never", "after_leaving"])
def test_who_comes_costs_the_same_however_many_are_inside(stores: Stores, again: str) -> None:
    """SQLite keeps no figures of its tables; left alone it reads everybody inside for each one who comes."""
    road = Road(stores)
    road.publish([road.saying("hello")], entry={"again": again})
    few = road.people(50)
    before = _work(road, few)
    for _ in range(4):
        road.happens("come", *road.people(500))
    later = road.people(50)
    assert _work(road, later) < 3 * before
    assert _inside(road) == 50 + 4 * 500 + 50


def _inside(road: Road) -> int:
    with road.stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(journey_people)).scalar_one()


def _work(road: Road, persons: list[int]) -> int:
    """How much SQLite did for these people to come in, in hundreds of its own steps."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    def handle(handler: Any) -> None:
        with road.stores.ledger.write() as conn:
            raw: Any = conn.connection.dbapi_connection
            raw.set_progress_handler(handler, 100)

    handle(step)
    road.happens("come", *persons)
    handle(None)
    return steps
