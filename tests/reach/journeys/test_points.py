"""Points as a step of a journey: once a run, and the editor says what is missing."""

from __future__ import annotations

import pytest

from siyu.loyalty.points.queries import balances
from siyu.reach.journeys import points
from siyu.storage import BadInput, Stores
from tests.reach.journeys.world import Road


@pytest.fixture(params=["sqlite", "postgresql"])
def road(request: pytest.FixtureRequest) -> Road:
    name = "stores" if request.param == "sqlite" else "postgresql_stores"
    stores: Stores = request.getfixturevalue(name)
    return Road(stores)


def test_a_step_gives_points_once(road: Road) -> None:
    (ann,) = road.people()
    road.publish([{"type": "reward", "id": "gift", "gives": "points", "terms": {"points": 30}}])
    road.happens("come", ann)
    road.go()
    with road.stores.ledger.write() as conn:
        now = road.stores.clock.now()
        assert balances(conn, now, [ann])[ann].available == 30


@pytest.mark.parametrize("terms", [{}, {"points": 0}, {"points": "30"}, {"points": 5, "more": 1}])
def test_how_many_has_to_be_said(terms: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        points.check(terms)
