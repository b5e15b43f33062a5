"""Random journeys and random lives: the engine, by set, and the reference, one by one, agree on everybody's path."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siyu.people.tags import make_group, make_tag
from siyu.storage import Stores
from siyu.storage.ledger import to_millis
from tests.reach.journeys.reference import Reference, Walker
from tests.reach.journeys.world import Road
from tests.reach.world import NOON

EVENTS = ("come", "look", "buy", "moan")
ZONES = (None, "America/New_York", "Australia/Lord_Howe", "Mars/Phobos")
"""Each person's; where nobody knows the zone, clocks are the shop's."""
PEOPLE = len(ZONES)
TAGS = (1, 2)
KINDS = (
    "wait", "wait_event", "wait_until", "best_hour", "branch", "split",
    "message", "tag", "attribute", "task", "journey", "exit",
)  # fmt: skip
STARTS = st.sampled_from(
    [
        NOON,
        datetime(2026, 10, 3, 14, 20, tzinfo=UTC),  # clocks of Lord Howe go half an hour forward at 15:30
        datetime(2026, 11, 1, 5, 10, tzinfo=UTC),  # clocks of New York go back at 6:00
        datetime(2027, 3, 14, 5, 40, tzinfo=UTC),  # and forward at 7:00
        datetime(2027, 4, 3, 13, 50, tzinfo=UTC),  # those of Lord Howe go back at 15:00
    ]
)
EXAMPLES = int(os.environ.get("SIYU_TEST_EXAMPLES", "20"))
RULES: list[dict[str, Any]] = [
    *({"type": "did", "event": event} for event in EVENTS),
    *({"type": "tag", "tags": [tag], "op": op} for tag in TAGS for op in ("any", "none")),
    *({"type": "profile", "field": "attributes.stage", "op": op, "value": "warm"} for op in ("is", "is_not")),
]
ENTRIES: list[dict[str, Any]] = [
    {},
    {"rule": RULES[1]},
    {"again": "after_leaving"},
    {"again": "after_leaving", "gap_days": 1},
]
BOUGHT = {"match": {"event": "buy"}, "days": 1}
CALLED: dict[str, Any] = {
    "trigger": {"type": "by_hand"},
    "nodes": [
        {"type": "wait", "id": "s0", "minutes": 60, "next": "s1"},
        {"type": "wait_event", "id": "s1", "match": {"event": "look"}, "minutes": 1_000, "next": None, "timeout": "s0"},
    ],
    "entry": {"again": "after_leaving", "gap_days": 1},
}
"""The journey that nodes of the others send people into."""


@st.composite
def journeys(draw: st.DrawFn) -> dict[str, Any]:
    """A document without a ring that has no wait in it: what is passed leads only further down, or to a wait."""
    many = draw(st.integers(1, 7))
    kinds = [draw(st.sampled_from(KINDS)) for _ in range(many)]
    waits = [f"n{place}" for place, kind in enumerate(kinds) if kind in ("wait", "wait_event", "wait_until")]
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
        "entry": draw(st.sampled_from(ENTRIES)),
        "goal": draw(st.sampled_from([None, BOUGHT, {**BOUGHT, "leaves": False}])),
        "leave_when": draw(st.sampled_from([[], [{"event": "moan"}]])),
    }


def ways(kind: str, to: st.SearchStrategy[str | None]) -> st.SearchStrategy[dict[str, Any]]:
    minutes = st.sampled_from([10, 60, 1_000])
    rule, on = st.sampled_from(RULES), {"next": to}
    fields: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "wait": on | {"minutes": minutes},
        "wait_event": on
        | {"match": st.sampled_from([{"event": event} for event in EVENTS]), "minutes": minutes, "timeout": to},
        "wait_until": on
        | {
            "clock": st.sampled_from(["00:00", "01:30", "01:45", "02:15", "02:30", "10:00"]),
            "days": st.integers(0, 2),
            "weekdays": st.sampled_from([[], [1], [6, 7]]),
        },
        "best_hour": on | {"hours": st.sampled_from([1, 3, 24])},
        "branch": {
            "cases": st.lists(st.fixed_dictionaries({"rule": rule, "to": to}), min_size=1, max_size=2),
            "otherwise": to,
        },
        "message": on | {"held": to, "own_way_when_held": st.booleans(), "kind": st.just("service")},
        "tag": on | {"add": st.just(TAGS[:1]), "remove": st.sampled_from([[], TAGS[1:]])},
        "attribute": on | {"set": st.sampled_from([{"stage": "warm"}, {"timezone": "America/New_York"}])},
        "task": on | {"script": st.just("您好"), "minutes": minutes, "wait": st.booleans(), "late": to},
        "journey": on | {"journey": st.just(0)},
    }
    if kind == "split":
        shares = st.sampled_from([(50, 50), (10, 90), (20, 30, 50)])
        return shares.flatmap(
            lambda all_of: st.tuples(*(to for _ in all_of)).map(
                lambda ends: {"arms": [{"share": share, "to": end} for share, end in zip(all_of, ends, strict=True)]}
            )
        )
    return st.fixed_dictionaries(fields.get(kind, {}))


happenings = st.lists(
    st.one_of(
        st.tuples(
            st.just("happens"),
            st.sampled_from(EVENTS),
            st.integers(0, PEOPLE - 1),
            st.sampled_from([0, 1, 30, 2_000]),  # so many minutes ago, heard of now
        ),
        st.tuples(st.just("passes"), st.sampled_from([1, 9, 10, 60, 1_000, 3_000, 10_000])),
        st.tuples(st.just("is done"), st.integers(0, PEOPLE - 1)),  # the task that they wait for
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def road(request: pytest.FixtureRequest) -> Road:
    name = "stores" if request.param == "sqlite" else "postgresql_stores"
    stores: Stores = request.getfixturevalue(name)
    group = make_group(stores, "组")
    assert tuple(make_tag(stores, group, name) for name in ("甲", "乙")) == TAGS
    return Road(stores, keeps_up=True)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=journeys(), lives=happenings, begins=STARTS)
def test_every_path_is_as_the_slow_reading_has_it(
    road: Road, document: dict[str, Any], lives: list[tuple[Any, ...]], begins: datetime
) -> None:
    both = Both(road, document, begins)
    for number, what in enumerate(lives):
        if what[0] == "passes":
            both.pass_by(timedelta(minutes=what[1]))
        elif what[0] == "is done":
            both.finish_task(what[1], f"c{number}")
        else:
            _, event, who, ago = what
            at = road.clock.at - timedelta(minutes=ago, seconds=1) + timedelta(milliseconds=number)
            both.happen(who, event, at, f"c{number}")
    for journey, reference in both.readings.items():
        every_run = {
            (person, number): run
            for person, walker in reference.walkers.items()
            for number, run in enumerate(walker.runs, 1)
        }
        assert road.runs(journey) == {
            key: run.place if not run.how else f"!{run.how}" for key, run in every_run.items()
        }
        assert road.goals(journey) == {key: run.goal for key, run in every_run.items() if run.goal}
        assert road.paths(journey) == {key: run.path[1:] for key, run in every_run.items() if run.path[1:]}
        got = [(person, node) for person, walker in reference.walkers.items() for node in walker.got]
        assert road.outbox(journey) == sorted(got)


class Both:
    """The product and the slow reading of it, to which the same things happen."""

    def __init__(self, road: Road, document: dict[str, Any], begins: datetime) -> None:
        self.road = road
        road.anew()
        road.clock.at = begins
        self.people = [road.people(attributes={"timezone": zone} if zone else {})[0] for zone in ZONES]
        road.consent(self.people[:1], False, purpose="service")
        self.readings: dict[int, Reference] = {}
        called = self._read(CALLED)
        for node in document["nodes"]:
            if node["type"] == "message":
                node.update(road.content(node["id"]))
            elif node["type"] == "journey":
                node["journey"] = called
        self.journey = self._read(document)
        self.readings[self.journey].calls = self.readings[called].called

    def _read(self, document: dict[str, Any]) -> int:
        """Publish it, and have it read."""
        journey = self.road.publish(document["nodes"], **{key: of for key, of in document.items() if key != "nodes"})
        walkers = {
            person: Walker(person, may_get=person != self.people[0], attributes={"timezone": zone} if zone else {})
            for person, zone in zip(self.people, ZONES, strict=True)
        }
        self.readings[journey] = Reference(self.road.trees[journey], "s", walkers, to_millis(self.road.clock.at))
        return journey

    def pass_by(self, span: timedelta) -> None:
        self.road.passes(span)
        for reading in self.readings.values():
            reading.pass_to(to_millis(self.road.clock.at))

    def happen(self, who: int, event: str, at: datetime, cause: str) -> None:
        self.road.happens(event, self.people[who], at=at)
        self.road.go()
        for reading in self.readings.values():
            reading.happened(self.people[who], event, to_millis(at), cause)

    def finish_task(self, who: int, cause: str) -> None:
        """What staff is to do for them before they go on, is done; nothing where there is no such task."""
        person, reading = self.people[who], self.readings[self.journey]
        node = run.place if (run := reading.walkers[person].inside) is not None else ""
        if self.road.finish_task(self.journey, node, person):
            reading.happened(person, f"done {node}", to_millis(self.road.clock.at), cause)
