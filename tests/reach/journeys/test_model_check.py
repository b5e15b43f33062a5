"""Random journeys and random lives: the engine, by set, and the reference, one by one, agree on everybody's path."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siyu.storage import Stores
from siyu.storage.ledger import to_millis
from tests.reach.journeys.reference import Reference, Walker
from tests.reach.journeys.world import Road

EVENTS = ("come", "look", "buy", "moan")
PEOPLE = 4
EXAMPLES = int(os.environ.get("SIYU_TEST_EXAMPLES", "20"))


@st.composite
def journeys(draw: st.DrawFn) -> dict[str, Any]:
    """A document without a ring that has no wait in it: what is passed leads only further down, or to a wait."""
    many = draw(st.integers(1, 7))
    kinds = [draw(st.sampled_from(["wait", "wait_event", "branch", "split", "message", "exit"])) for _ in range(many)]
    waits = [f"n{place}" for place, kind in enumerate(kinds) if kind in ("wait", "wait_event")]
    nodes: list[dict[str, Any]] = []
    for place, kind in enumerate(kinds):
        further = [f"n{later}" for later in range(place + 1, many)]
        to = st.sampled_from([None, *waits, *further])
        nodes.append({"type": kind, "id": f"n{place}", **draw(ways(kind, to))})
    return {
        "name": "随机",
        "trigger": {"type": "event", "on": {"event": "come"}},
        "nodes": nodes,
        "start": draw(st.sampled_from([node["id"] for node in nodes])),
        "entry": draw(st.sampled_from([{}, {"again": "after_leaving"}, {"again": "after_leaving", "gap_days": 1}])),
        "goal": draw(st.sampled_from([None, {"match": {"event": "buy"}, "days": 1}])),
        "leave_when": draw(st.sampled_from([[], [{"event": "moan"}]])),
    }


def ways(kind: str, to: st.SearchStrategy[str | None]) -> st.SearchStrategy[dict[str, Any]]:
    event = st.sampled_from(EVENTS)
    minutes = st.sampled_from([10, 60, 1_000])
    if kind == "wait":
        return st.fixed_dictionaries({"minutes": minutes, "next": to})
    if kind == "wait_event":
        match = st.fixed_dictionaries({"event": event})
        return st.fixed_dictionaries({"match": match, "minutes": minutes, "next": to, "timeout": to})
    if kind == "branch":
        rule = st.fixed_dictionaries({"type": st.just("did"), "event": event})
        cases = st.lists(st.fixed_dictionaries({"rule": rule, "to": to}), min_size=1, max_size=2)
        return st.fixed_dictionaries({"cases": cases, "otherwise": to})
    if kind == "split":
        shares = st.sampled_from([(50, 50), (10, 90), (20, 30, 50)])
        return shares.flatmap(
            lambda all_of: st.tuples(*(to for _ in all_of)).map(
                lambda ends: {"arms": [{"share": share, "to": end} for share, end in zip(all_of, ends, strict=True)]}
            )
        )
    if kind == "message":
        return st.fixed_dictionaries(
            {"next": to, "held": to, "own_way_when_held": st.booleans(), "kind": st.just("service")}
        )
    return st.just({})


happenings = st.lists(
    st.one_of(
        st.tuples(
            st.just("happens"),
            st.sampled_from(EVENTS),
            st.integers(0, PEOPLE - 1),
            st.sampled_from([0, 1, 30, 2_000]),  # so many minutes ago, heard of now
        ),
        st.tuples(st.just("passes"), st.sampled_from([1, 9, 10, 60, 1_000, 3_000])),
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def road(request: pytest.FixtureRequest) -> Road:
    name = "stores" if request.param == "sqlite" else "postgresql_stores"
    stores: Stores = request.getfixturevalue(name)
    return Road(stores)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=journeys(), lives=happenings)
def test_every_path_is_as_the_slow_reading_has_it(
    road: Road, document: dict[str, Any], lives: list[tuple[Any, ...]]
) -> None:
    road.anew()
    people = road.people(PEOPLE)
    road.consent(people[:1], False, purpose="service")
    document["nodes"] = [
        {**node, **road.content(node["id"])} if node["type"] == "message" else node for node in document["nodes"]
    ]
    journey = road.publish(document["nodes"], **{key: value for key, value in document.items() if key != "nodes"})
    walkers = {person: Walker(person, may_get=person != people[0]) for person in people}
    reference = Reference(road.tree, "s", walkers, to_millis(road.clock.at))
    for number, what in enumerate(lives):
        if what[0] == "passes":
            road.passes(timedelta(minutes=what[1]))
            reference.pass_to(to_millis(road.clock.at))
        else:
            _, event, who, ago = what
            at = road.clock.at - timedelta(minutes=ago, seconds=1) + timedelta(milliseconds=number)
            road.happens(event, people[who], at=at)
            road.go()
            reference.happened(people[who], event, to_millis(at), f"c{number}")
    assert road.runs(journey) == {
        (person, number): (run.place if not run.how else f"!{run.how}")
        for person, walker in walkers.items()
        for number, run in enumerate(walker.runs, 1)
    }
    assert road.paths(journey) == {
        (person, number): run.path[1:]
        for person, walker in walkers.items()
        for number, run in enumerate(walker.runs, 1)
        if run.path[1:]
    }
    assert road.outbox(journey) == sorted((person, node) for person, walker in walkers.items() for node in walker.got)
