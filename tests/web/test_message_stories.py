"""The page of one message: why did I get this?"""

from __future__ import annotations

import sqlalchemy as sa

from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.reach.tables import outbox
from siyu.storage import Stores
from tests.reach.journeys.world import Road
from tests.web.conftest import Console


def test_of_a_journeys_message_it_links_the_version_and_names_what_brought_the_person_in(
    console: Console, stores: Stores
) -> None:
    road = Road(stores)
    rest = {"type": "wait", "id": "rest", "title": "歇一歇", "minutes": 60}
    journey = road.publish([road.saying("hello", "rest"), rest])
    (person,) = road.people()
    road.happens("come", person)
    road.go()
    with stores.ledger.read() as conn:
        number = conn.execute(sa.select(outbox.c.id)).scalar_one()
    run_until_empty(Drain(stores).step)
    page = console.sign_in("operator").get(f"/messages/{number}").text
    assert f'href="/journeys/{journey}?version=1"' in page
    assert "come" in page
    assert "→ 歇一歇" in page
    told = console.http.get(f"/api/messages/{number}/why", headers=console.key("operator")).json()["journey"]
    assert (told["id"], told["version"], told["node"], told["run"]) == (journey, 1, "hello", 1)
    assert told["event"]["name"] == "come"
