"""What can be asked of journeys."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from siyu.reach.journeys import command, drafts, queries
from siyu.reach.journeys.tables import journeys
from siyu.storage import BadInput, NotFound, Stores
from tests.reach.journeys.documents import journey, message, wait
from tests.reach.journeys.world import HOUR, MINUTE, Road


@pytest.fixture
def road(stores: Stores) -> Road:
    return Road(stores)


def test_the_list_comes_in_pages_and_is_searched(stores: Stores) -> None:
    numbers = [drafts.create(stores, "t", journey(name=f"新客 {n % 2}")) for n in range(5)]
    with stores.ledger.write() as conn:
        conn.execute(sa.update(journeys).where(journeys.c.id == numbers[0]).values(state="running"))
        conn.execute(sa.update(journeys).where(journeys.c.id == numbers[4]).values(archived=stores.clock.now()))
    first = queries.page(stores, rows_max=2)
    last = first[-1].journey
    rest = queries.page(stores, before=(last.changed, last.id))
    assert [each.journey.id for each in [*first, *rest]] == numbers[3::-1]
    assert [each.journey.id for each in queries.page(stores, words="客 1")] == [numbers[3], numbers[1]]
    assert [each.journey.id for each in queries.page(stores, state="running")] == [numbers[0]]
    assert [each.journey.id for each in queries.page(stores, archived=True)] == [numbers[4]]
    assert queries.page(stores, words="%") == []


def test_what_changed_is_told_by_step_and_by_what_of_it() -> None:
    old = journey(wait("a", "b"), wait("b", "c"), wait("c"), priority=10)
    moved = {**wait("a", "b"), "at": [1, 2]}
    new = journey(moved, wait("b", "d", minutes=5), message("d"), priority=20)
    told = [(each.what, each.node, list(each.fields)) for each in queries.changes(old, new)]
    assert told == [
        ("changed", None, ["priority"]),
        ("removed", "c", []),
        ("changed", "b", ["next", "minutes"]),
        ("added", "d", []),
    ]
    assert queries.changes(old, old) == []


def walked(road: Road) -> tuple[int, list[int]]:
    """Three come in; one buys, two go on to the second wait; one of them would have come again."""
    persons = road.people(4)
    ask = {"type": "wait_event", "id": "ask", "match": {"event": "buy"}, "minutes": 60, "timeout": "rest"}
    number = road.publish([ask, wait("rest", minutes=600)], goal={"match": {"event": "won"}})
    road.happens("come", *persons[:3])
    road.passes(MINUTE)
    road.happens("buy", persons[0])
    road.passes(MINUTE)
    road.happens("come", persons[1])
    road.passes(HOUR)
    return number, persons


def test_how_many_went_which_way_and_where_they_are(road: Road) -> None:
    number, persons = walked(road)
    road.happens("won", persons[1])
    road.passes(MINUTE)
    found = queries.figures(road.stores, number, 1)
    assert (found.entered, found.inside, found.gate, found.goal) == (3, 1, 0, 1)
    assert found.refused == {"not_again": 1}
    ask, rest = found.nodes["ask"], found.nodes["rest"]
    assert (ask.came, ask.went, ask.left, ask.here) == (3, 3, 0, 0)
    assert (rest.came, rest.went, rest.left, rest.here) == (2, 0, 1, 1)
    edges = {(each.node, each.way): (each.to, each.people, each.share) for each in found.edges}
    assert edges == {
        ("ask", "next"): (None, 1, pytest.approx(1 / 3)),
        ("ask", "timeout"): ("rest", 2, pytest.approx(2 / 3)),
        ("rest", "next"): (None, 0, 0.0),
    }
    (listed,) = queries.page(road.stores)
    assert (listed.entered, listed.inside) == (3, 1)
    (version,) = queries.versions(road.stores, number)
    assert (version.version, version.inside, dict(version.moved)) == (1, 1, {})
    with pytest.raises(NotFound):
        queries.figures(road.stores, number, 2)


def test_the_command_line_goes_on_by_the_same_cursors_as_the_api(road: Road) -> None:
    number, persons = walked(road)
    first = command.people_told(road.stores, number, 1, node=None, persons=None, after="", rows_max=1)
    rest = command.people_told(road.stores, number, 1, node=None, persons=None, after=first.next or "", rows_max=1)
    assert [each.person for each in (*first.people, *rest.people)] == persons[1:3]
    assert rest.next is None
    with pytest.raises(BadInput):
        command.people_told(road.stores, number, 1, node=None, persons=None, after="no cursor", rows_max=1)


def test_who_is_at_a_step_in_pages_and_by_number(road: Road) -> None:
    number, persons = walked(road)
    inside = queries.people_inside(road.stores, number, 1, node="rest")
    assert [each.person for each in inside] == persons[1:3]
    assert {(each.node, each.run, each.due - road.clock.now()) for each in inside} == {
        ("rest", 1, timedelta(minutes=600))
    }
    (first,) = queries.people_inside(road.stores, number, 1, rows_max=1)
    (second,) = queries.people_inside(road.stores, number, 1, after=first.row)
    assert [first.person, second.person] == persons[1:3]
    assert [each.person for each in queries.people_inside(road.stores, number, 1, persons=[persons[2], 99])] == [
        persons[2]
    ]
    assert queries.people_inside(road.stores, number, 1, node="ask") == []
    with pytest.raises(NotFound):
        queries.people_inside(road.stores, number, 1, node="nowhere")


def test_one_persons_way_merged_or_not(road: Road) -> None:
    number, persons = walked(road)
    road.drain()
    first = queries.path(road.stores, persons[0])
    (stay,) = first.stays
    assert (stay.journey, stay.node, stay.how, stay.due) == (number, "ask", "end", None)
    assert [(each.event, each.node, each.way, each.to) for each in first.steps] == [
        ("journey_entered", "", "", ""),
        ("journey_step", "", "entered", "ask"),
        ("journey_step", "ask", "next", ""),
        ("journey_left", "ask", "", ""),
    ]
    assert {(each.journey, each.version, each.run) for each in first.steps} == {(number, 1, 1)}
    road.merge(persons[0], persons[1])
    both = queries.path(road.stores, persons[1], number)
    assert (both.person, len(both.stays), len(both.steps) > len(first.steps)) == (persons[0], 2, True)
    assert queries.path(road.stores, persons[0], number + 1).stays == []
    with pytest.raises(NotFound):
        queries.path(road.stores, 99)
