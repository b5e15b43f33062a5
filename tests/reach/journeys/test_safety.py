"""What must not happen on the way: strangers who send people in, rings that feed themselves, one fault for all."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest
import sqlalchemy as sa

from siyu.people.segment import check
from siyu.reach.journeys.engine import asking, loop
from siyu.reach.journeys.engine.asking import heard
from siyu.reach.journeys.engine.stepping import due_at
from siyu.reach.journeys.matching import Match
from siyu.reach.tables import outbox
from siyu.storage import BadInput, Stores
from tests.people.calls import track
from tests.reach.journeys.test_steps import wait, wait_event
from tests.reach.journeys.world import MINUTE, Road
from tests.reach.world import log


@pytest.fixture(params=["sqlite", "postgresql"])
def road(request: pytest.FixtureRequest) -> Road:
    name = "stores" if request.param == "sqlite" else "postgresql_stores"
    stores: Stores = request.getfixturevalue(name)
    return Road(stores)


def test_nobody_outside_can_send_people_in_or_answer_a_task(road: Road) -> None:
    for event in ("journey_called", "task_done", "journey_left"):
        with pytest.raises(BadInput):
            check(
                msgspec.Raw(msgspec.json.encode(track("u1", event, messageId="x"))), "track", "", road.clock.now(), None
            )


def test_what_stood_in_the_log_before_that_was_refused_counts_for_nothing(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([wait("rest", None)], trigger={"type": "by_hand"})
    log(road.stores, "journey_called", [ann], road.clock.now(), journey=journey)
    assert heard(road.stores, Match("journey_called"), [1], 0).messages == []


def test_a_plan_of_many_messages_in_a_row_asks_once(road: Road) -> None:
    (ann,) = road.people()
    nodes = [road.saying(f"m{number}", f"m{number + 1}", kind="service") for number in range(30)]
    journey = road.publish([*nodes, wait_event("m30", "paid", None, None)])
    road.happens("come", ann)
    road.go()
    assert road.where(journey) == {ann: "m30"}


def test_a_tick_goes_on_chunk_after_chunk_by_the_same_answers(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "TICK_SECONDS", 60.0)
    monkeypatch.setattr(loop, "STEP_ROWS", 2)
    monkeypatch.setattr(loop, "due_at", partial(due_at, rows_max=2))
    monkeypatch.setattr(asking, "FEW", 0)
    asked: list[object] = []
    members = asking.Asking._members  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(asking.Asking, "_members", lambda *given: (asked.append(given), members(*given))[1])
    people = road.people(5)
    fork = {"type": "branch", "id": "fork", "cases": [{"rule": {"type": "did", "event": "come"}, "to": "came"}]}
    journey = road.publish([wait("rest", "fork", 60), fork, wait("came", None)])
    road.happens("come", *people)
    road.go()
    road.clock.at += 60 * MINUTE
    assert road.engine.tick() == len(people)
    assert set(road.where(journey).values()) == {"came"}
    assert len(asked) == 1


def test_any_event_is_what_people_do(road: Road) -> None:
    (ann,) = road.people()
    trigger = {"type": "event", "on": {"event": "*"}}
    journey = road.publish(
        [road.saying("hello", None, kind="service")], trigger=trigger, entry={"again": "after_leaving"}
    )
    road.happens("look", ann)
    road.go()
    road.sent()
    road.drain()
    road.go()
    assert road.counts(journey)["", "entered", "hello"] == 1


def test_one_journey_that_fails_does_not_hold_up_the_others(road: Road) -> None:
    (ann,) = road.people()
    road.publish([{"type": "reward", "id": "gift", "gives": "nobody registered it"}])
    sound = road.publish([wait("rest", None)])
    road.happens("come", ann)
    road.go()
    assert road.where(sound) == {ann: "rest"}


def test_what_is_under_way_when_somebody_leaves_is_not_sent_again(road: Road) -> None:
    (ann,) = road.people()
    goal = {"match": {"event": "paid"}, "days": 7}
    road.publish([road.saying("buy", "rest"), wait("rest", None, 20_000)], goal=goal)
    road.happens("come", ann)
    road.go()
    with road.stores.ledger.write() as conn:  # a worker has it in its hands
        conn.execute(sa.update(outbox).values(state="claimed"))
    road.clock.at += MINUTE
    road.happens("paid", ann)
    road.go()
    with road.stores.ledger.write() as conn:  # and gives it back
        conn.execute(sa.update(outbox).values(state="due"))
    assert road.sent() == []
