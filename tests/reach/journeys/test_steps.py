"""Step tables: somebody does something, time passes, and they are where the journey says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from siyu.people import actions
from siyu.people.tables import people as people_table
from siyu.people.tables import person_tags
from siyu.people.tags import add_tag, make_group, make_tag
from siyu.reach.staff_tasks.doing import Result, finish
from siyu.reach.staff_tasks.model import Looker
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import Stores
from tests.reach.journeys.world import DAY, HOUR, MINUTE, Road

EXIT = {"type": "exit", "id": "out"}


@pytest.fixture(params=["sqlite", "postgresql"])
def road(request: pytest.FixtureRequest) -> Road:
    name = "stores" if request.param == "sqlite" else "postgresql_stores"
    stores: Stores = request.getfixturevalue(name)
    return Road(stores)


def wait(id: str, next: str | None, minutes: int = 60) -> dict[str, object]:
    return {"type": "wait", "id": id, "minutes": minutes, "next": next}


def wait_event(id: str, event: str, next: str | None, timeout: str | None, minutes: int = 60) -> dict[str, object]:
    return {
        "type": "wait_event",
        "id": id,
        "match": {"event": event},
        "minutes": minutes,
        "next": next,
        "timeout": timeout,
    }


def did(event: str) -> dict[str, object]:
    return {"type": "did", "event": event}


def test_an_event_brings_in_and_a_wait_holds_for_its_time(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([wait("rest", "out"), EXIT])
    road.happens("come", ann)
    road.go()
    assert road.where(journey) == {ann: "rest"}
    road.passes(59 * MINUTE)
    assert road.where(journey) == {ann: "rest"}
    road.passes(1 * MINUTE)
    assert road.where(journey) == {ann: "!end"}
    assert road.counts(journey) == {("", "entered", "rest"): 1, ("rest", "next", "out"): 1}


def test_everybody_passes_what_is_no_wait_at_once(road: Road) -> None:
    ann, ben = road.people(2)
    journey = road.publish([road.saying("hello", "out"), EXIT])
    road.happens("come", ann, ben)
    road.go()
    assert road.where(journey) == {ann: "!end", ben: "!end"}
    assert sorted(road.sent()) == [(ann, "hello"), (ben, "hello")]


def test_what_was_waited_for_leads_on_and_the_time_out_leads_elsewhere(road: Road) -> None:
    ann, ben = road.people(2)
    journey = road.publish(
        [wait_event("pay", "order_paid_", "thanks", "later"), wait("thanks", None), wait("later", None)]
    )
    road.happens("come", ann, ben)
    road.go()
    road.clock.at += 10 * MINUTE
    road.happens("order_paid_", ann)
    road.go()
    assert road.where(journey) == {ann: "thanks", ben: "pay"}
    road.passes(50 * MINUTE)
    assert road.where(journey) == {ann: "thanks", ben: "later"}


def test_what_happened_before_they_came_counts_for_no_wait(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([wait_event("pay", "paid", None, None)])
    road.happens("paid", ann, at=road.clock.at - MINUTE)
    road.happens("come", ann)
    road.go()
    assert road.where(journey) == {ann: "pay"}


def test_what_happened_between_the_cause_and_the_first_step_counts(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([wait_event("pay", "paid", None, None)])
    start = road.clock.at
    road.clock.at += timedelta(seconds=5)
    road.happens("paid", ann, at=start + timedelta(seconds=2))
    road.happens("come", ann, at=start)
    road.go()
    assert road.where(journey) == {ann: "!end"}


def test_a_late_event_counts_on_its_own_time_as_long_as_nobody_has_gone_on(road: Road) -> None:
    ann, ben = road.people(2)
    journey = road.publish([wait_event("pay", "paid", "yes", "no"), wait("yes", None), wait("no", None)])
    road.happens("come", ann, ben)
    road.go()
    at = road.clock.at
    road.clock.at += 59 * MINUTE
    road.happens("paid", ann, at=at + 10 * MINUTE)
    road.passes(1 * MINUTE)
    road.happens("paid", ben, at=at + 10 * MINUTE)
    road.go()
    assert road.where(journey) == {ann: "yes", ben: "no"}


def test_after_a_standstill_what_came_in_time_still_counts_and_what_came_after_does_not(road: Road) -> None:
    ann, ben = road.people(2)
    journey = road.publish([wait_event("pay", "paid", "yes", "no"), wait("yes", None), wait("no", None)])
    road.happens("come", ann, ben)
    road.go()
    at = road.clock.at
    road.clock.at += 3 * DAY
    road.happens("paid", ann, at=at + 30 * MINUTE)
    road.happens("paid", ben, at=at + 90 * MINUTE)
    road.go()
    assert road.where(journey) == {ann: "yes", ben: "no"}


def test_the_same_event_twice_moves_once(road: Road) -> None:
    (ann,) = road.people()
    nodes = [wait_event("first", "paid", "second", None), wait_event("second", "paid", None, None)]
    journey = road.publish(nodes)
    road.happens("come", ann)
    road.go()
    road.clock.at += MINUTE
    road.happens("paid", ann)
    road.go()
    assert road.where(journey) == {ann: "second"}
    road.again()
    road.go()
    assert road.where(journey) == {ann: "second"}


def test_a_branch_takes_the_first_rule_that_holds(road: Road) -> None:
    ann, ben, cay = road.people(3)
    cases = [{"rule": did("big"), "to": "gold"}, {"rule": did("small"), "to": "silver"}]
    nodes = [{"type": "branch", "id": "b", "cases": cases, "otherwise": "none"}]
    journey = road.publish([*nodes, wait("gold", None), wait("silver", None), wait("none", None)])
    road.happens("big", ann)
    road.happens("small", ann, ben)
    road.happens("come", ann, ben, cay)
    road.go()
    assert road.where(journey) == {ann: "gold", ben: "silver", cay: "none"}


def test_a_lot_falls_by_its_shares_and_the_same_again(road: Road) -> None:
    people = road.people(400)
    arms = [{"share": 25, "to": "a"}, {"share": 75, "to": "b"}]
    journey = road.publish([{"type": "split", "id": "s", "arms": arms}, wait("a", None), wait("b", None)])
    road.happens("come", *people)
    road.go()
    found = list(road.where(journey).values())
    assert 60 <= found.count("a") <= 140
    assert found.count("a") + found.count("b") == 400


def test_until_a_time_of_day_where_the_person_is(road: Road) -> None:
    (here,) = road.people()
    (there,) = road.people(attributes={"timezone": "America/New_York"})
    nodes = [{"type": "wait_until", "id": "ten", "clock": "10:00", "next": "out"}, EXIT]
    journey = road.publish(nodes)
    road.clock.at = datetime(2026, 11, 22, 12, tzinfo=UTC)  # 20:00 in Shanghai, 07:00 in New York
    road.happens("come", here, there)
    road.go()
    road.passes(3 * HOUR)
    assert road.where(journey) == {here: "ten", there: "!end"}
    road.passes(11 * HOUR)
    assert road.where(journey) == {here: "!end", there: "!end"}


def test_nobody_comes_in_twice_unless_the_journey_says_so(road: Road) -> None:
    (ann,) = road.people()
    once = road.publish([wait("rest", None)])
    again = road.publish([wait("rest", None)], entry={"again": "after_leaving", "gap_days": 1})
    for _ in range(2):
        road.happens("come", ann)
        road.passes(2 * HOUR)
    assert road.counts(once)["", "entered", "rest"] == 1
    assert road.counts(again)["", "entered", "rest"] == 1
    road.clock.at += 1 * DAY
    road.happens("come", ann)
    road.go()
    assert road.counts(once)["", "entered", "rest"] == 1
    assert road.counts(again)["", "entered", "rest"] == 2
    assert road.where(again) == {ann: "rest"}


def test_who_does_not_meet_the_rule_of_entry_stays_out(road: Road) -> None:
    ann, ben = road.people(2)
    journey = road.publish([wait("rest", None)], entry={"rule": did("vip")})
    road.happens("vip", ann)
    road.happens("come", ann, ben)
    road.go()
    assert road.where(journey) == {ann: "rest"}
    assert road.counts(journey)["", "unfit", ""] == 1


def test_the_goal_ends_the_journey_and_gives_up_what_still_waits_to_be_sent(road: Road) -> None:
    ann, ben = road.people(2)
    goal = {"match": {"event": "paid"}, "days": 7}
    journey = road.publish([road.saying("buy", "rest"), wait("rest", None, 20_000)], goal=goal)
    road.happens("come", ann, ben)
    road.go()
    road.clock.at += MINUTE
    road.happens("paid", ann)
    road.go()
    assert road.where(journey) == {ann: "!goal", ben: "rest"}
    assert road.sent() == [(ben, "buy")]


def test_a_goal_too_late_is_none(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([wait("rest", None, 20_000)], goal={"match": {"event": "paid"}, "days": 7})
    road.happens("come", ann)
    road.go()
    road.passes(8 * DAY)
    road.happens("paid", ann)
    road.go()
    assert road.where(journey) == {ann: "rest"}


def test_whoever_does_what_ends_it_leaves_at_once(road: Road) -> None:
    ann, ben = road.people(2)
    journey = road.publish([wait("rest", None, 20_000)], leave_when=[{"event": "complaint_made_"}])
    road.happens("come", ann, ben)
    road.go()
    road.clock.at += MINUTE
    road.happens("complaint_made_", ben)
    road.go()
    assert road.where(journey) == {ann: "rest", ben: "!leave_when"}


def test_somebody_who_already_bought_when_led_in_has_reached_the_goal(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([road.saying("buy", None)], goal={"match": {"event": "paid"}, "days": 7})
    at = road.clock.at
    road.clock.at += timedelta(seconds=3)
    road.happens("paid", ann, at=at + timedelta(seconds=1))
    road.happens("come", ann, at=at)
    road.go()
    assert road.where(journey) == {ann: "!goal"}
    assert road.sent() == []


def test_an_event_of_long_ago_brings_nobody_in(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([wait("rest", None)])
    road.happens("come", ann, at=road.clock.at - 2 * DAY)
    road.go()
    assert road.where(journey) == {}


def test_a_clock_that_goes_back_moves_nobody(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([wait("rest", None)])
    road.happens("come", ann)
    road.go()
    road.passes(-2 * HOUR)
    assert road.where(journey) == {ann: "rest"}
    road.passes(3 * HOUR)
    assert road.where(journey) == {ann: "!end"}


def test_two_who_became_one_while_waiting_go_on_as_one(road: Road) -> None:
    ann, ben = road.people(2)
    journey = road.publish([wait("rest", "hello"), road.saying("hello", None)])
    road.happens("come", ann, ben)
    road.go()
    road.merge(ann, ben)
    with road.stores.ledger.write() as conn:
        actions.append_own(
            conn,
            [
                {
                    "message_id": "merge",
                    "time": road.clock.now(),
                    "name": "person_merged",
                    "person": ben,
                    "properties": {},
                }
            ],
        )
    road.drain()
    road.passes(HOUR)
    assert road.where(journey) == {ann: "!end", ben: "!merged"}
    assert [text for _, text in road.sent()] == ["hello"]


def test_consent_withdrawn_while_waiting_holds_the_message(road: Road) -> None:
    (ann,) = road.people()
    hello = road.saying("hello", "yes", held="no", own_way_when_held=True)
    journey = road.publish([wait("rest", "hello"), hello, wait("yes", None), wait("no", None)])
    road.happens("come", ann)
    road.go()
    road.consent([ann], False)
    road.passes(HOUR)
    assert road.where(journey) == {ann: "no"}
    assert road.sent() == []


def test_a_tag_is_put_on_and_taken_off(road: Road) -> None:
    (ann,) = road.people()
    group = make_group(road.stores, "组")
    new, old = (make_tag(road.stores, group, name) for name in ("新", "旧"))
    add_tag(road.stores, "test", ann, old, origin="hand")
    road.publish([{"type": "tag", "id": "t", "add": [new], "remove": [old]}])
    road.happens("come", ann)
    road.go()
    with road.stores.ledger.read() as conn:
        assert list(conn.execute(sa.select(person_tags.c.tag).where(person_tags.c.person == ann)).scalars()) == [new]


def test_attributes_are_set(road: Road) -> None:
    (ann,) = road.people()
    road.publish([{"type": "attribute", "id": "a", "set": {"stage": "warm"}}])
    road.happens("come", ann)
    road.go()
    with road.stores.ledger.read() as conn:
        assert conn.execute(sa.select(people_table.c.attributes).where(people_table.c.person == ann)).scalar_one() == {
            "stage": "warm"
        }


def test_another_journey_begins_and_this_one_goes_on(road: Road) -> None:
    (ann,) = road.people()
    other = road.publish([wait("there", None)], trigger={"type": "by_hand"})
    this = road.publish([{"type": "journey", "id": "j", "journey": other, "next": "here"}, wait("here", None)])
    road.happens("come", ann)
    road.go()
    assert road.where(this) == {ann: "here"}
    assert road.where(other) == {ann: "there"}


def test_birthdays_bring_in_each_year_at_the_hour(road: Road) -> None:
    (ann,) = road.people(birthday="1990-11-25")
    trigger = {"type": "date", "attribute": "birthday", "days": -1, "clock": "10:00"}
    journey = road.publish([wait("rest", None)], trigger=trigger, entry={"again": "after_leaving"})
    road.go()
    road.clock.at = datetime(2026, 11, 24, 1, 58, tzinfo=UTC)  # 09:58 in Shanghai, the day before
    road.go()
    assert road.where(journey) == {}
    road.passes(2 * MINUTE)
    assert road.where(journey) == {ann: "rest"}
    road.clock.at = datetime(2027, 11, 24, 1, 58, tzinfo=UTC)
    road.go()
    road.passes(2 * MINUTE)
    assert road.counts(journey)["", "entered", "rest"] == 2


def test_the_history_of_each_person_is_events(road: Road) -> None:
    (ann,) = road.people()
    journey = road.publish([wait("rest", "hello"), road.saying("hello", None)])
    road.happens("come", ann)
    road.go()
    road.passes(2 * HOUR)
    road.drain()
    names = [
        row[0]
        for row in road.stores.events.rows(
            f"SELECT name FROM events WHERE startsWith(name, 'journey_') AND properties.journey.:Int64 = {journey} "
            "ORDER BY time, batch, record"
        )
    ]
    assert names.count("journey_entered") == 1
    assert names.count("journey_left") == 1
    assert names.count("journey_step") == 2


def test_a_task_for_staff_leads_on_when_it_is_done_and_elsewhere_when_it_is_late(road: Road) -> None:
    ann, ben = road.people(2)
    task = {"type": "task", "id": "greet", "script": "您好", "minutes": 60, "wait": True, "next": "yes", "late": "no"}
    journey = road.publish([task, wait("yes", None, 600), wait("no", None, 600)])
    road.happens("come", ann, ben)
    road.go()
    assert road.where(journey) == {ann: "greet", ben: "greet"}
    with road.stores.ledger.read() as conn:
        tasks = {row.person: row.id for row in conn.execute(sa.select(staff_tasks.c.id, staff_tasks.c.person))}
    road.clock.at += MINUTE
    finish(road.stores, Looker(True), "staff:1", tasks[ann], Result(outcome="reached"))
    road.drain()
    road.go()
    assert road.where(journey) == {ann: "yes", ben: "greet"}
    road.passes(HOUR)
    assert road.where(journey) == {ann: "yes", ben: "no"}


def test_a_message_over_a_cap_waits_for_its_turn_or_is_given_up(road: Road) -> None:
    (ann,) = road.people()
    patient = {"do": "wait", "minutes": 3 * 24 * 60}
    nodes = [road.saying(f"m{number}", f"m{number + 1}", when_held=patient) for number in range(1, 6)]
    journey = road.publish([*nodes, wait("m6", None, 20_000)])
    road.happens("come", ann)
    road.go()
    assert road.where(journey) == {ann: "m4"}  # three a week by one channel
    assert [text for _, text in road.sent()] == ["m1", "m2", "m3"]
    for _ in range(7):
        road.passes(12 * HOUR)
    assert road.where(journey) == {ann: "m5"}  # the fourth was given up after three days
    assert [text for _, text in road.sent()] == ["m1", "m2", "m3"]


def test_tasks_of_who_leaves_early_are_taken_back(road: Road) -> None:
    ann, ben = road.people(2)
    task = {"type": "task", "id": "greet", "script": "您好", "minutes": 60, "next": "rest"}
    road.publish([task, wait("rest", None, 20_000)], leave_when=[{"event": "moan"}])
    road.happens("come", ann, ben)
    road.go()
    road.clock.at += MINUTE
    road.happens("moan", ann)
    road.go()
    with road.stores.ledger.read() as conn:
        states = {row.person: row.state for row in conn.execute(sa.select(staff_tasks.c.state, staff_tasks.c.person))}
    assert states == {ann: "cancelled", ben: "open"}


def test_a_task_of_one_who_was_merged_while_inside_is_taken_back_too(road: Road) -> None:
    ann, ben = road.people(2)
    task = {"type": "task", "id": "greet", "script": "您好", "minutes": 60, "next": "rest"}
    nodes = [wait("first", "greet"), task, wait("rest", None, 20_000)]
    road.publish(nodes, leave_when=[{"event": "moan"}])
    road.happens("come", ben)
    road.go()
    road.merge(ann, ben)  # ben came in, ann speaks for both
    road.passes(HOUR)
    road.happens("moan", ann)
    road.go()
    with road.stores.ledger.read() as conn:
        assert list(conn.execute(sa.select(staff_tasks.c.state)).scalars()) == ["cancelled"]
