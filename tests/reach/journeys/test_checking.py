"""What is wrong with a journey is said at its step: a row a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.audiences.actions import archive, create
from siyu.audiences.model import parse as parse_rule
from siyu.audiences.tables import audiences
from siyu.channels.accounts import disable_account
from siyu.channels.fake import FakeChannel
from siyu.channels.protocol import About
from siyu.people.tables import tag_groups, tags
from siyu.reach.journeys import codes, drafts
from siyu.reach.journeys.checking import problems
from siyu.reach.journeys.model import Journey, to_json
from siyu.reach.journeys.shape import problems_of_shape
from siyu.reach.journeys.tables import journey_versions, journeys
from siyu.reach.tables import paces
from siyu.staff.tables import staff
from siyu.storage import Stores
from tests.reach.journeys.documents import journey, message, wait
from tests.reach.world import World

EXIT = {"type": "exit", "id": "out"}


def tag(id: str, to: str | None = None) -> dict[str, Any]:
    return {"type": "tag", "id": id, "add": [1], "next": to}


def event_wait(id: str, to: str | None, timeout: str | None = None) -> dict[str, Any]:
    return {
        "type": "wait_event",
        "id": id,
        "match": {"event": "order_paid"},
        "minutes": 60,
        "next": to,
        "timeout": timeout,
    }


def split(id: str, *to: str | None, share: float = 50) -> dict[str, Any]:
    return {"type": "split", "id": id, "arms": [{"share": share, "to": each} for each in to]}


def asking(id: str, *asked: dict[str, Any]) -> dict[str, Any]:
    return {"type": "branch", "id": id, "cases": [{"rule": {"type": "all", "rules": list(asked)}}]}


TAGGED = {"type": "tag", "tags": [1]}
VIP = {"type": "profile", "field": "attributes.stage", "op": "is", "value": "vip"}
CITY = {"type": "profile", "field": "city", "op": "is", "value": "上海"}
UNSEEN: list[tuple[str | None, str, str]] = [("b", "journey_change_unseen", "warning")]

SHAPES: list[tuple[str, Journey, list[tuple[str | None, str, str]]]] = [
    ("nothing is wrong", journey(wait("a", "b"), tag("b")), []),
    ("no step", journey(nodes=[], start=None), [(None, "journey_empty", "error")]),
    ("no start", journey(nodes=[wait("a")], start=None), [(None, "journey_no_start", "error")]),
    ("start is not there", journey(nodes=[wait("a")], start="x"), [(None, "journey_start_unknown", "error")]),
    ("a way to nowhere", journey(wait("a", "x")), [("a", "journey_way_nowhere", "error")]),
    ("nobody comes there", journey(wait("a"), wait("b")), [("b", "journey_unreachable", "error")]),
    ("an id twice", journey(wait("a", "b"), wait("b"), tag("b")), [("b", "journey_id_double", "error")]),
    ("no id", journey(wait("")), [("", "journey_id", "error")]),
    ("a ring without a stay", journey(tag("a", "b"), split("b", "a", None)), [("a", "journey_ring", "error")]),
    ("a ring with a stay", journey(tag("a", "b"), split("b", "w", None), wait("w", "a")), []),
    ("a ring on itself", journey(split("a", "a", None)), [("a", "journey_ring", "error")]),
    (
        "an event may have happened already: its way is no stay",
        journey(event_wait("a", "b"), tag("b", "a")),
        [("a", "journey_ring", "error")],
    ),
    (
        "the best hour may be the present one: no stay",
        journey(split("a", "b", None), {"type": "best_hour", "id": "b", "next": "a"}),
        [("a", "journey_ring", "error")],
    ),
    ("a branch asks for the tag just put on", journey(tag("a", "b"), asking("b", TAGGED)), UNSEEN),
    ("with a wait in between it is seen", journey(tag("a", "w"), wait("w", "b"), asking("b", TAGGED)), []),
    ("another tag was not changed", journey(tag("a", "b"), asking("b", {"type": "tag", "tags": [2]})), []),
    (
        "a branch asks for the attribute just set, with steps in between that take no time",
        journey(
            {"type": "attribute", "id": "a", "set": {"stage": "vip"}, "next": "s"},
            split("s", "b", "b"),
            asking("b", VIP),
        ),
        UNSEEN,
    ),
    (
        "the city is a field of its own",
        journey({"type": "attribute", "id": "a", "set": {"city": "上海"}, "next": "b"}, asking("b", CITY)),
        UNSEEN,
    ),
    ("a time-out is a stay", journey(event_wait("a", None, "b"), tag("b", "a")), []),
    ("no way out", journey(wait("a", "b"), wait("b", "a")), [("a", "journey_endless", "error")]),
    (
        "no way out but the goal",
        journey(wait("a", "b"), wait("b", "a"), goal={"match": {"event": "order_paid"}}),
        [("a", "journey_endless", "warning")],
    ),
    (
        "a goal that does not end it is no way out",
        journey(wait("a", "a"), goal={"match": {"event": "order_paid"}, "leaves": False}),
        [("a", "journey_endless", "error")],
    ),
    ("an exit is a way out", journey(wait("a", "out"), EXIT), []),
    ("a part without a way out", journey(split("a", "b", None), wait("b", "b")), [("b", "journey_endless", "error")]),
    ("a wait of no time", journey(wait("a", minutes=0)), [("a", "journey_minutes", "error")]),
    ("shares", journey(split("a", None, None, share=40)), [("a", "journey_shares", "error")]),
    ("priority", journey(wait("a"), priority=101), [(None, "journey_priority", "error")]),
    (
        "a day that never comes",
        journey(wait("a"), trigger={"type": "schedule", "cron": "0 0 30 2 *", "audience": 1}),
        [(None, "journey_cron", "error")],
    ),
    (
        "what it does brings in again",
        journey(
            {"type": "tag", "id": "a", "add": [1]},
            trigger={"type": "event", "on": {"event": "tag_added"}},
            entry={"again": "after_leaving"},
        ),
        [(None, "journey_feeds_itself", "error")],
    ),
    ("the way in", journey(wait("a"), trigger={"type": "code", "states": []}), [(None, "journey_codes", "error")]),
    (
        "who may come in",
        journey(wait("a"), entry={"rule": {"type": "any", "rules": []}}),
        [(None, "rule_empty", "error")],
    ),
    ("how often", journey(wait("a"), entry={"gap_days": -1}), [(None, "journey_days", "error")]),
    (
        "a goal of no days",
        journey(wait("a"), goal={"match": {"event": "x"}, "days": 0}),
        [(None, "journey_days", "error")],
    ),
    ("a reason to leave", journey(wait("a"), leave_when=[{"event": ""}]), [(None, "rule_event", "error")]),
    (
        "a rule of a branch",
        journey(
            {"type": "branch", "id": "a", "cases": [{"rule": {"type": "all", "rules": [{"type": "any", "rules": []}]}}]}
        ),
        [("a", "rule_empty", "error")],
    ),
    (
        "the goal is what brings them",
        journey(wait("a"), goal={"match": {"event": "friend_added"}}),
        [(None, "journey_goal_is_trigger", "warning")],
    ),
    (
        "mostly promotional",
        journey(message("a", "b", tone="promotional"), message("b")),
        [(None, "journey_mix", "warning")],
    ),
    (
        "a way that is not switched on",
        journey(message("a", held="b"), wait("b")),
        [
            ("b", "journey_unreachable", "error"),
            ("a", "journey_held_unused", "warning"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("document", "found"), [(each[1], each[2]) for each in SHAPES], ids=[each[0] for each in SHAPES]
)
def test_what_the_document_says_by_itself(document: Journey, found: list[tuple[str | None, str, str]]) -> None:
    told = sorted((each.node or "", each.code, each.level) for each in problems_of_shape(document))
    assert told == sorted((node or "", code, level) for node, code, level in found)


def test_the_field_is_named_from_the_step_and_from_the_document() -> None:
    (of_step,) = problems_of_shape(journey(wait("a", minutes=0)))
    (of_all,) = problems_of_shape(journey(wait("a"), goal={"match": {"event": ""}}))
    case = {"rule": {"type": "all", "rules": [{"type": "any", "rules": []}]}}
    (of_rule,) = problems_of_shape(journey({"type": "branch", "id": "a", "cases": [case]}))
    assert (of_step.field, of_all.field, of_rule.field) == (
        "minutes",
        "goal.match.event",
        "cases[0].rule.rules[0].rules",
    )


# -- what it refers to -------------------------------------------------------------------------------------


class Receiving(FakeChannel):
    @property
    def about(self) -> About:
        return replace(super().about, sends=False)


class Notices(FakeChannel):
    @property
    def about(self) -> About:
        return replace(super().about, marketing=False)


@pytest.fixture
def world(stores: Stores) -> World:
    """Account 1 is fine, 2 disabled, 3 stopped, 4 only receives, 5 forbids marketing; tag 1, and 2 archived."""
    fakes = [FakeChannel("fake"), FakeChannel("two"), FakeChannel("three"), Receiving("four"), Notices("five")]
    made = World(stores, fakes)
    now = made.clock.now()
    with stores.ledger.write() as conn:
        conn.execute(sa.insert(tag_groups).values(id=1, name="组"))
        conn.execute(sa.insert(tags).values(id=1, group=1, name="甲", created=now))
        conn.execute(sa.insert(tags).values(id=2, group=1, name="乙", created=now, archived=now))
        conn.execute(sa.insert(paces).values(account=3, tokens=0, at=now, stopped="refused"))
        people = [{"login": "li", "disabled": None}, {"login": "wu", "disabled": now}]
        conn.execute(
            sa.insert(staff),
            [{**each, "name": "x", "password": "", "role": "agent", "created": now} for each in people],
        )
    disable_account(stores, 2)
    return made


def told(world: World, document: Journey, number: int | None = None) -> list[tuple[str | None, str, str]]:
    return [(each.node, each.code, each.field) for each in problems(world.stores, world.channels, document, number)]


def of_two(**content: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"fake": {"text": "你好"}, **content}


REFERS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("it is fine", message("a"), []),
    ("no account", message("a", channels=[]), [("channels_missing", "channels")]),
    ("an account twice", message("a", channels=[1, 1]), [("journey_channels", "channels")]),
    ("no such account", message("a", channels=[1, 9]), [("account_unknown", "channels[1]")]),
    ("no content", message("a", content={}), [("part_missing", "content.fake.text")]),
    (
        "a field that is not known",
        message("a", content={"fake": {"text": "{{ x.y }}"}}),
        [("field_unknown", "content.fake.text")],
    ),
    (
        "no template",
        message("a", content={"fake": {"text": "{{ person.name"}}),
        [("template_invalid", "content.fake.text")],
    ),
    (
        "disabled",
        message("a", channels=[1, 2], content=of_two(two={"text": "x"})),
        [("account_disabled", "channels[1]")],
    ),
    (
        "stopped",
        message("a", channels=[1, 3], content=of_two(three={"text": "x"})),
        [("account_stopped", "channels[1]")],
    ),
    (
        "only receives",
        message("a", channels=[4], content={"four": {"text": "x"}}),
        [("channel_receives_only", "channels[0]")],
    ),
    (
        "no marketing",
        message("a", channels=[5], content={"five": {"text": "x"}}),
        [("marketing_forbidden", "channels[0]")],
    ),
    ("a notice may", message("a", kind="service", channels=[5], content={"five": {"text": "x"}}), []),
    ("no such tag", {"type": "tag", "id": "a", "add": [1, 7]}, [("journey_tag_unknown", "add")]),
    ("archived tag", {"type": "tag", "id": "a", "remove": [2]}, [("journey_tag_archived", "remove")]),
    ("on and off", {"type": "tag", "id": "a", "add": [1], "remove": [1]}, [("journey_tag_both", "remove")]),
    ("an attribute", {"type": "attribute", "id": "a", "set": {"sex": "x"}}, [("bad_trait", "set.sex")]),
    (
        "nobody to tell",
        {"type": "task", "id": "a", "script": "x", "escalate_to": "zhao"},
        [("journey_login_unknown", "escalate_to")],
    ),
    (
        "gone",
        {"type": "task", "id": "a", "script": "x", "escalate_to": "wu"},
        [("journey_login_unknown", "escalate_to")],
    ),
    ("at work", {"type": "task", "id": "a", "script": "x", "escalate_to": "li"}, []),
    ("nothing to give", {"type": "reward", "id": "a", "gives": "stars"}, [("journey_reward_unknown", "gives")]),
    ("no such journey", {"type": "journey", "id": "a", "journey": 99}, [("journey_sub_unknown", "journey")]),
    (
        "an event unseen",
        {**event_wait("a", None), "match": {"event": "danced"}},
        [("journey_event_unseen", "match.event")],
    ),
    (
        "no such audience",
        {"type": "branch", "id": "a", "cases": [{"rule": {"type": "audience", "audience": 9}}]},
        [
            ("rule_audience_unknown", "cases[0].rule.audience"),
        ],
    ),
    (
        "no such tag in a rule",
        {"type": "branch", "id": "a", "cases": [{"rule": {"type": "tag", "tags": [7]}}]},
        [
            ("journey_tag_unknown", "cases[0].rule.tags"),
        ],
    ),
]


def test_what_a_step_refers_to(world: World) -> None:
    found = {name: [(code, field) for _, code, field in told(world, journey(node))] for name, node, _ in REFERS}
    assert found == {name: expected for name, _, expected in REFERS}


def audience(world: World, kind: Any = "live", size: int | None = 3) -> int:
    number = create(world.stores, "t", "常客", parse_rule({"type": "all", "rules": []}), kind)
    with world.stores.ledger.write() as conn:
        conn.execute(sa.update(audiences).where(audiences.c.id == number).values(size=size))
    return number


def enters(number: int, change: str = "entered") -> dict[str, Any]:
    return {"type": "audience", "audience": number, "change": change}


def daily(number: int) -> dict[str, Any]:
    return {"type": "schedule", "cron": "0 9 * * *", "audience": number}


Trigger = Callable[[int], dict[str, Any]]


@pytest.mark.parametrize(
    ("kind", "size", "trigger", "codes"),
    [
        ("live", 3, enters, []),
        ("live", 0, enters, []),
        ("live", 0, lambda number: enters(number, "left"), ["journey_audience_empty"]),
        ("live", 0, daily, ["journey_audience_empty"]),
        ("live", None, daily, ["journey_audience_empty"]),
        ("snapshot", 3, daily, []),
        ("snapshot", 3, enters, ["journey_audience_fixed"]),
    ],
)
def test_an_audience_that_brings_people_in(
    world: World, kind: str, size: int | None, trigger: Trigger, codes: list[str]
) -> None:
    number = audience(world, kind, size)
    assert [code for _, code, _ in told(world, journey(wait("a"), trigger=trigger(number)))] == codes


def test_an_audience_that_is_archived_or_not_there(world: World) -> None:
    number = audience(world)
    archive(world.stores, number)
    assert [code for _, code, _ in told(world, journey(wait("a"), trigger=enters(number)))] == [
        "journey_audience_archived"
    ]
    assert [code for _, code, _ in told(world, journey(wait("a"), trigger=enters(99)))] == ["journey_audience_unknown"]


def test_a_live_code_that_brings_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "_known", [lambda conn, states: {"door": True, "old": False}])
    trigger = {"type": "code", "states": ["door", "old", "none"]}
    assert told(world, journey(wait("a"), trigger=trigger)) == [
        (None, "journey_code_unknown", "trigger.states[1]"),
        (None, "journey_code_unknown", "trigger.states[2]"),
    ]


def published(world: World, document: Journey, state: str = "running") -> int:
    number = drafts.create(world.stores, "t", document)
    now = world.clock.now()
    with world.stores.ledger.write() as conn:
        conn.execute(sa.update(journeys).where(journeys.c.id == number).values(version=1, state=state))
        conn.execute(
            sa.insert(journey_versions).values(
                journey=number, version=1, document=to_json(document), published=now, by="t"
            )
        )
    return number


def sub(number: int) -> dict[str, Any]:
    return {"type": "journey", "id": "sub", "journey": number}


def test_journeys_that_lead_into_each_other_for_ever(world: World) -> None:
    again = {"entry": {"again": "after_leaving"}}
    first = drafts.create(world.stores, "t", journey(wait("a")))
    second = published(world, journey(sub(first), **again))
    third = published(world, journey(sub(second), **again))
    assert told(world, journey(sub(third), **again), first) == [("sub", "journey_circle", "journey")]
    assert told(world, journey(sub(third)), first) == []
    ended = published(world, journey(wait("a")), "closing")
    assert told(world, journey(sub(ended)), first) == [("sub", "journey_sub_closed", "journey")]


def test_errors_come_first_then_the_order_of_the_steps(world: World) -> None:
    document = journey(message("a", "b", tone="promotional"), message("b", "c", channels=[9]), wait("c", minutes=0))
    found = problems(world.stores, world.channels, document)
    assert [(each.level, each.node) for each in found] == [("error", "b"), ("error", "c"), ("warning", None)]
    assert all(each.zh and each.en for each in found)
