"""From a draft to a version; people between versions; paused, closed, stopped."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from siyu.audiences.actions import create
from siyu.audiences.model import parse as parse_rule
from siyu.jobs import Job, run_due
from siyu.reach.journeys import calling, drafts, publishing, queries, tasks
from siyu.reach.journeys.model import parse
from siyu.reach.journeys.moves import problems_of_moves, proposed
from siyu.reach.journeys.tables import journey_people
from siyu.reach.senders import senders_of
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.reach.tables import broadcasts
from siyu.storage import BadInput, Conflict, Stores
from tests.reach.journeys.documents import wait
from tests.reach.journeys.world import DAY, HOUR, MINUTE, Road

TAGGED = {"type": "attribute", "id": "vip", "set": {"vip": True}}


@pytest.fixture
def road(each_stores: Stores) -> Road:
    return Road(each_stores)


def drawn(*nodes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    trigger = {"type": "event", "on": {"event": "come"}}
    return {"name": "旅程", "trigger": trigger, "start": nodes[0]["id"], "nodes": list(nodes), **changes}


def begun(road: Road, *nodes: dict[str, Any], **changes: Any) -> int:
    """A journey, published."""
    number = drafts.create(road.stores, "staff:1", parse(drawn(*nodes, **changes)))
    publishing.publish(road.stores, road.channels, "staff:1", number)
    return number


def renewed(road: Road, journey: int, *nodes: dict[str, Any], moves: dict[str, str] | None = None) -> int:
    """A new version of it; its number."""
    drafts.revise(road.stores, journey, parse(drawn(*nodes)))
    return publishing.publish(road.stores, road.channels, "staff:2", journey, moves=moves)


def work(road: Road) -> None:
    """Do the jobs that are due."""
    while run_due(road.stores):
        pass


def of_version(road: Road, journey: int) -> dict[int, int]:
    with road.stores.ledger.read() as conn:
        query = sa.select(journey_people.c.person, journey_people.c.version).where(journey_people.c.journey == journey)
        return dict(conn.execute(query).tuples().all())


def senders(road: Road, journey: int, version: int) -> dict[str, tuple[str, int]]:
    """By step: the state and priority of its sender."""
    with road.stores.ledger.read() as conn:
        numbers = senders_of(conn, journey, version)
        rows = conn.execute(sa.select(broadcasts).where(broadcasts.c.id.in_(list(numbers.values())))).all()
        return {row.node: (row.state, row.priority) for row in rows}


def test_published_its_messages_stand_and_people_come_in(road: Road) -> None:
    (anna,) = road.people()
    journey = begun(road, road.saying("hi", "w"), wait("w"), priority=70)
    found = drafts.get(road.stores, journey)
    assert (found.state, found.version) == ("running", 1)
    assert senders(road, journey, 1) == {"hi": ("standing", 70)}
    road.happens("come", anna)
    road.passes(MINUTE)
    assert (road.where(journey), road.sent()) == ({anna: "w"}, [(anna, "hi")])


def test_with_a_problem_nothing_is_published_and_each_is_named(road: Road) -> None:
    number = drafts.create(road.stores, "staff:1", parse(drawn(wait("a", "x"), wait("b"))))
    with pytest.raises(BadInput) as refused:
        publishing.publish(road.stores, road.channels, "staff:1", number)
    told = [(each["node"], each["code"]) for each in refused.value.detail["problems"]]
    assert told == [("a", "journey_way_nowhere"), ("b", "journey_unreachable")]
    assert drafts.get(road.stores, number).version is None


def test_what_runs_already_what_has_changed_and_what_is_archived_is_not_published(road: Road) -> None:
    journey = begun(road, wait("w"))
    seen = drafts.get(road.stores, journey).changed
    with pytest.raises(Conflict) as unchanged:
        publishing.publish(road.stores, road.channels, "staff:1", journey)
    drafts.revise(road.stores, journey, parse(drawn(wait("v"))))
    with pytest.raises(Conflict) as changed:
        publishing.publish(road.stores, road.channels, "staff:1", journey, seen=seen)
    publishing.stop(road.stores, journey)
    drafts.archive(road.stores, journey)
    with pytest.raises(Conflict) as archived:
        publishing.publish(road.stores, road.channels, "staff:1", journey)
    codes = [each.value.code for each in (unchanged, changed, archived)]
    assert codes == ["journey_unchanged", "journey_changed", "journey_archived"]


def test_those_inside_finish_their_version_newcomers_come_into_the_new_one(road: Road) -> None:
    anna, ben = road.people(2)
    journey = begun(road, wait("w", "old"), road.saying("old"))
    road.happens("come", anna)
    road.passes(MINUTE)
    assert renewed(road, journey, wait("w", "new"), road.saying("new")) == 2
    road.happens("come", ben)
    road.passes(2 * HOUR)
    road.passes(2 * HOUR)
    assert of_version(road, journey) == {anna: 1, ben: 2}
    assert sorted(road.sent()) == [(anna, "old"), (ben, "new")]


def test_moved_they_rest_as_long_as_they_were_to_and_go_the_new_way(road: Road) -> None:
    anna, ben, carl = road.people(3)
    journey = begun(road, wait("w", "v", 60), wait("v", "old", 60), road.saying("old"))
    road.happens("come", anna)
    road.passes(MINUTE)
    road.passes(HOUR)  # she rests at v now
    road.happens("come", ben)
    road.passes(MINUTE)
    renewed(road, journey, wait("x", "new", 7 * 1440), road.saying("new"), moves={"w": "x"})
    work(road)
    assert road.where(journey) == {anna: "v", ben: "x"}
    assert of_version(road, journey) == {anna: 1, ben: 2}
    work(road)
    road.passes(2 * HOUR)
    assert sorted(road.sent()) == [(anna, "old"), (ben, "new")]
    road.happens("come", carl)
    road.passes(MINUTE)
    found = queries.figures(road.stores, journey, 2)
    assert (found.entered, found.nodes["x"].came, found.nodes["x"].went, found.nodes["x"].here) == (1, 2, 1, 1)
    before = queries.figures(road.stores, journey, 1)
    assert (before.nodes["w"].came, before.nodes["w"].went, before.nodes["w"].left) == (2, 1, 1)


def test_moved_twice_is_moved_once(road: Road) -> None:
    persons = road.people(5)
    journey = begun(road, wait("w"))
    road.happens("come", *persons)
    road.passes(MINUTE)
    renewed(road, journey, wait("w", minutes=120), moves={"w": "w"})
    arguments = {"journey": journey, "from": 1, "to": 2, "moves": {"w": "w"}}
    told = [tasks.move_people(road.stores, Job(1, publishing.MOVE_JOB, arguments)) for _ in range(2)]
    assert [each["moved"] for each in told] == [5, 0]
    assert queries.figures(road.stores, journey, 2).nodes["w"].came == 5


def test_in_chunks_nobody_is_left_behind(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "MOVE_ROWS", 2)
    persons = road.people(5)
    journey = begun(road, wait("w"))
    road.happens("come", *persons)
    road.passes(MINUTE)
    renewed(road, journey, wait("w", minutes=120), moves={"w": "w"})
    work(road)
    assert set(of_version(road, journey).values()) == {2}


def test_moved_to_something_to_be_done_it_is_done_at_once(road: Road) -> None:
    (anna,) = road.people()
    journey = begun(road, wait("w", minutes=10_000))
    road.happens("come", anna)
    road.passes(MINUTE)
    renewed(road, journey, road.saying("now", "v"), wait("v"), moves={"w": "now"})
    work(road)
    road.passes(MINUTE)
    assert (road.sent(), road.where(journey)) == ([(anna, "now")], {anna: "v"})


def test_who_waits_for_an_event_is_woken_by_it_on_the_new_version_too(road: Road) -> None:
    anna, ben = road.people(2)
    ask = {"type": "wait_event", "match": {"event": "buy"}, "minutes": 1440, "next": "thanks", "timeout": None}
    journey = begun(road, {**ask, "id": "a"}, road.saying("thanks"))
    road.happens("come", anna, ben)
    road.passes(MINUTE)
    renewed(road, journey, {**ask, "id": "b", "match": {"event": "book"}}, road.saying("thanks"), moves={"a": "b"})
    work(road)
    road.passes(MINUTE)
    road.happens("buy", anna)
    road.happens("book", ben)
    road.passes(MINUTE)
    assert road.where(journey) == {anna: "b", ben: "!end"}


def test_who_has_just_come_in_begins_the_new_version(road: Road) -> None:
    (anna,) = road.people()
    journey = begun(road, wait("w"))
    publishing.pause(road.stores, journey)
    road.happens("come", anna)
    assert road.where(journey) == {anna: "gate"}
    renewed(road, journey, wait("v"), moves={"w": "v"})
    assert drafts.get(road.stores, journey).state == "paused"
    work(road)
    publishing.resume(road.stores, journey)
    road.passes(MINUTE)
    assert (road.where(journey), of_version(road, journey)) == ({anna: "v"}, {anna: 2})


NOTICE = {"type": "message", "id": "m", "when_held": {"do": "wait"}}
TASK = {"type": "task", "id": "t", "script": "您好", "wait": True}
OTHER_TASK = {**TASK, "id": "u"}


@pytest.mark.parametrize(
    ("moves", "codes"),
    [
        ({"w": "w"}, []),
        ({"t": "t"}, []),
        ({"t": "w"}, []),
        ({"m": "m"}, []),
        ({"w": "m"}, []),
        ({"t": "u"}, ["journey_moves_unfit"]),
        ({"w": "t"}, ["journey_moves_unfit"]),
        ({"m": "w"}, ["journey_moves_unfit"]),
        ({"x": "w"}, ["journey_moves_unknown"]),
        ({"w": "x"}, ["journey_moves_unknown"]),
    ],
)
def test_a_mapping_is_looked_at_before(moves: dict[str, str], codes: list[str]) -> None:
    one = parse(drawn(wait("w"), NOTICE, TASK))
    other = parse(drawn(wait("w"), NOTICE, TASK, OTHER_TASK))
    assert [each.code for each in problems_of_moves(one, other, moves)] == codes
    assert [each.code for each in problems_of_moves(None, other, moves)] == ["journey_moves_first"]
    assert proposed(one, other) == {"w": "w", "m": "m", "t": "t"}


def test_paused_nobody_goes_on_until_it_is_resumed_as_it_was(road: Road) -> None:
    (anna,) = road.people()
    journey = begun(road, wait("w", "hi"), road.saying("hi"))
    road.happens("come", anna)
    road.passes(MINUTE)
    publishing.close(road.stores, journey)
    publishing.pause(road.stores, journey)
    assert senders(road, journey, 1)["hi"][0] == "paused"
    road.passes(DAY)
    assert (road.where(journey), road.sent()) == ({anna: "w"}, [])
    publishing.resume(road.stores, journey)
    assert (drafts.get(road.stores, journey).state, senders(road, journey, 1)["hi"][0]) == ("closing", "standing")
    road.passes(MINUTE)
    assert road.sent() == [(anna, "hi")]


def test_closed_nobody_comes_in_and_those_inside_go_on(road: Road) -> None:
    anna, ben = road.people(2)
    journey = begun(road, wait("w", "hi"), road.saying("hi"))
    road.happens("come", anna)
    road.passes(MINUTE)
    publishing.close(road.stores, journey)
    road.happens("come", ben)
    road.passes(DAY)
    assert (road.where(journey), road.sent()) == ({anna: "!end"}, [(anna, "hi")])


def test_stopped_everybody_leaves_and_what_waits_is_given_up(road: Road) -> None:
    anna, ben = road.people(2)
    journey = begun(road, road.saying("hi", "w"), wait("w"))
    road.happens("come", anna, ben)
    road.go()  # written, and not sent yet
    publishing.stop(road.stores, journey)
    work(road)
    assert road.where(journey) == {anna: "!stopped", ben: "!stopped"}
    assert senders(road, journey, 1)["hi"][0] == "cancelled"
    road.passes(DAY)
    assert road.sent() == []
    with pytest.raises(Conflict):
        publishing.resume(road.stores, journey)


def test_stopped_what_it_gave_staff_to_do_is_cancelled_also_of_those_who_had_gone_on(road: Road) -> None:
    anna, ben = road.people(2)
    greet = {"type": "task", "id": "greet", "title": "问候", "minutes": 60, "script": "你好", "next": "w"}
    journey = begun(road, greet, wait("w", minutes=1))
    road.happens("come", anna)
    road.passes(MINUTE)
    road.passes(2 * MINUTE)
    road.happens("come", ben)
    road.passes(MINUTE / 2)
    assert road.where(journey) == {anna: "!end", ben: "w"}
    publishing.stop(road.stores, journey)
    work(road)
    with road.stores.ledger.read() as conn:
        task = staff_tasks.c
        rows = conn.execute(sa.select(task.person, task.state, task.ended_by, task.why).order_by(task.person)).all()
    by_it = ("cancelled", f"journey:{journey}", "stopped")
    assert [tuple(row) for row in rows] == [(anna, *by_it), (ben, *by_it)]


def test_stopped_and_published_again_only_those_before_leave(road: Road) -> None:
    anna, ben = road.people(2)
    journey = begun(road, wait("w"))
    road.happens("come", anna)
    road.passes(MINUTE)
    publishing.stop(road.stores, journey)
    publishing.publish(road.stores, road.channels, "staff:1", journey)
    road.happens("come", ben)
    work(road)
    road.passes(2 * MINUTE)
    work(road)
    assert road.where(journey) == {anna: "!stopped", ben: "w"}


def test_what_can_not_be_done_now_is_refused(road: Road) -> None:
    journey = drafts.create(road.stores, "staff:1", parse(drawn(wait("w"))))
    for act in (publishing.pause, publishing.resume, publishing.close, publishing.stop):
        with pytest.raises(Conflict) as refused:
            act(road.stores, journey)
        assert refused.value.code == "journey_state"


def test_sent_in_by_hand_they_come_by_the_rules_of_entry(road: Road) -> None:
    anna, ben = road.people(2)
    journey = begun(road, wait("w"), trigger={"type": "by_hand"})
    assert calling.send_in(road.stores, "staff:1", journey, [anna, anna]) == 1
    road.drain()
    road.passes(MINUTE)
    assert road.where(journey) == {anna: "w"}
    calling.send_in(road.stores, "staff:1", journey, [anna])
    road.drain()
    road.passes(MINUTE)
    assert queries.figures(road.stores, journey, 1).refused == {"not_again": 1}
    everybody = create(road.stores, "t", "所有人", parse_rule({"type": "all", "rules": []}))
    assert calling.send_audience_in(road.stores, "staff:1", journey, everybody) == 2
    road.drain()
    road.passes(MINUTE)
    assert set(road.where(journey)) == {anna, ben}
    with pytest.raises(BadInput):
        calling.send_in(road.stores, "staff:1", journey, [99])
    publishing.close(road.stores, journey)
    with pytest.raises(Conflict):
        calling.send_in(road.stores, "staff:1", journey, [ben])


def test_of_two_who_publish_at_once_the_later_is_told(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = begun(road, wait("w"))
    drafts.revise(road.stores, journey, parse(drawn(wait("v"))))
    stale = drafts.get(road.stores, journey)
    publishing.publish(road.stores, road.channels, "staff:1", journey)
    monkeypatch.setattr(publishing, "get", lambda *_: stale)
    with pytest.raises(Conflict) as refused:
        publishing.publish(road.stores, road.channels, "staff:2", journey)
    assert refused.value.code == "journey_changed"
    assert [each.version for each in queries.versions(road.stores, journey)] == [2, 1]
