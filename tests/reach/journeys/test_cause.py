"""Why did I get this? Of a journey's message: what brought its person in, at which step, by which way."""

from __future__ import annotations

import sqlalchemy as sa

from siyu.reach.tables import outbox
from siyu.reach.why import why
from siyu.storage import Stores
from tests.reach.journeys.world import HOUR, Road


def test_a_message_of_a_journey_tells_how_its_person_came_to_it(stores: Stores) -> None:
    road = Road(stores)
    wait = {"type": "wait", "id": "hour", "minutes": 60, "next": "hello"}
    journey = road.publish([wait, road.saying("hello")])
    (person,) = road.people()
    road.happens("come", person)
    came_at = road.clock.now()
    road.go()
    road.passes(HOUR)
    road.go()
    road.deliver()
    with stores.ledger.read() as conn:
        number = conn.execute(sa.select(outbox.c.id)).scalar_one()
    told = why(stores, number)
    assert told.journey is not None
    assert (told.journey.journey, told.journey.version, told.journey.node, told.journey.run) == (journey, 1, "hello", 1)
    assert told.journey.event is not None
    assert (told.journey.event[0], told.journey.event[3]) == ("come", came_at)
    assert told.journey.entered == came_at
    assert "come" in told.journey.trigger[1]
    assert "hello" in told.journey.step[1]
    assert [attempt.outcome for attempt in told.attempts] == ["accepted"]
    assert told.state == "accepted"
