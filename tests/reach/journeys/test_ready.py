"""Ready journeys: sound documents, and every way of theirs is walked to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from siyu.audiences.layers import layers_of
from siyu.audiences.words import Words
from siyu.channels.email.channel import ABOUT as EMAIL
from siyu.channels.official_account.channel import ABOUT as OFFICIAL_ACCOUNT
from siyu.channels.sms.channel import ABOUT as SMS
from siyu.channels.wecom.channel import ABOUT as WECOM
from siyu.people import projection
from siyu.people.actions import append_own
from siyu.reach.content import check_content
from siyu.reach.journeys import drafts, nodes
from siyu.reach.journeys.checking import problems
from siyu.reach.journeys.matching import Match
from siyu.reach.journeys.model import Journey, parse, to_json
from siyu.reach.journeys.ready import READY, Account, Ready, ready_journey
from siyu.reach.journeys.ready.command import ready_told
from siyu.reach.journeys.ready.taking import begin_from
from siyu.reach.journeys.shape import TO_WRITE, problems_of_shape
from siyu.reach.journeys.tables import journey_people
from siyu.reach.journeys.text import read_text, text_of
from siyu.reach.journeys.triggers import OnEvent
from siyu.storage import BadInput, NotFound, Stores
from tests.reach.journeys.world import HOUR, MINUTE, Road
from tests.reach.looking import SHANGHAI, Looks

ACCOUNTS = [Account(1, WECOM), Account(2, EMAIL), Account(3, OFFICIAL_ACCOUNT)]

each_ready = pytest.mark.parametrize("ready", READY, ids=lambda ready: ready.key)


@each_ready
def test_nothing_is_wrong_with_its_shape_but_what_the_operator_writes(ready: Ready) -> None:
    for language in ("zh", "en"):
        found = problems_of_shape(ready.document(ACCOUNTS, language))
        assert {problem.code for problem in found} <= {"journey_to_write", "journey_goal_is_trigger"}, found


@each_ready
def test_every_text_can_be_written_for_every_channel(ready: Ready) -> None:
    parts = {account.channel.name: account.channel for account in ACCOUNTS}
    for node in ready.document(ACCOUNTS).nodes:
        if isinstance(node, nodes.Message):
            assert set(node.content) == set(parts)
            for name, content in node.content.items():
                takes = parts[name].in_form(content)
                used = check_content(takes.parts, content, name)
                assert not (takes.alike and used - {"shop"})
                assert content


@each_ready
def test_it_reads_the_same_in_two_languages_apart_from_titles(ready: Ready) -> None:
    zh, en = ready.document(ACCOUNTS, "zh"), ready.document(ACCOUNTS, "en")
    assert [node.id for node in zh.nodes] == [node.id for node in en.nodes]
    assert all(node.title.isascii() for node in en.nodes if node.title)
    assert en.name.replace("→", "").isascii()
    assert list(zh.edges()) == list(en.edges())


@each_ready
def test_it_survives_the_text_form(ready: Ready) -> None:
    document = ready.document(ACCOUNTS)
    assert read_text(text_of(document, Words("zh"))) == document


def test_a_channel_of_approved_templates_is_left_to_the_operator() -> None:
    document = ready_journey("birthday").document([Account(1, SMS)])
    assert {str(node.content) for node in document.nodes if isinstance(node, nodes.Message)} == {"{'sms': {}}"}


def test_what_is_the_same_for_all_speaks_to_nobody_by_name() -> None:
    document = ready_journey("after_order").document([Account(1, WECOM), Account(2, EMAIL)])
    node = document.node("thanks")
    assert isinstance(node, nodes.Message)
    assert node.content["wecom"]["text"].startswith("谢谢你的订单")
    assert "person.name" in node.content["email"]["body"]


def test_an_unknown_one_is_not_found() -> None:
    with pytest.raises(NotFound):
        ready_journey("nothing")


# --- walked


@dataclass(frozen=True)
class Path:
    """The way that somebody goes at each step that parts, and the steps they come by."""

    ways: Mapping[str, str]
    steps: tuple[str, ...]


def paths(document: Journey, at: str | None, ways: Mapping[str, str], behind: tuple[str, ...]) -> Iterator[Path]:
    """Every path to an end."""
    if at is None:
        yield Path(ways, behind)
        return
    edges = document.node(at).edges()
    if not edges:
        yield Path(ways, (*behind, at))
    for way, to in edges.items():
        yield from paths(document, to, {**ways, at: way}, (*behind, at))


def written(document: Journey) -> Journey:
    """With something in every place that was left to the operator."""
    return parse(TO_WRITE.sub("https://example.com/x", msgspec.json.encode(document).decode()))


def properties(match: Match) -> dict[str, Any]:
    """Such as meet its filters."""
    return {
        each.field.removeprefix("properties."): each.value[0] if isinstance(each.value, list) else each.value
        for each in match.where
    }


class Walk(Looks, Road):
    """Somebody for each path of a ready journey, doing what leads along it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        projection.provide_layers(layers_of)

    def does(self, person: int, name: str, given: Mapping[str, Any]) -> None:
        self._messages += 1
        row = {"message_id": f"own{self._messages}", "time": self.clock.now(), "name": name, "person": person}
        with self.stores.ledger.write() as conn:
            append_own(conn, [{**row, "properties": dict(given)}])

    def walks(self, document: Journey) -> dict[tuple[str, str, str], int]:
        """How many went which way, once everybody has come to an end."""
        self.tree = document
        found = list(paths(document, document.start, {}, ()))
        persons = dict(zip(self.people(len(found)), found, strict=True))
        for person, path in persons.items():
            self._prepare(document, person, path)
        trigger = document.trigger
        brings = trigger.on if isinstance(trigger, OnEvent) else Match("come")
        tree = to_json(document)
        tree["trigger"] = {"type": "event", "on": msgspec.to_builtins(brings)}
        journey = self.publish(tree.pop("nodes"), **tree)
        self.clock.at += HOUR
        for person in persons:
            self.does(person, brings.event, properties(brings))
        self.tells()
        for _ in range(100):
            before: dict[int, str] = {}
            for _ in range(2):  # what somebody did may lead to a task at once
                here = self.inside(journey)
                self.clock.at += MINUTE
                for person, at in here.items():
                    if before.get(person) != at:
                        self._acts(document, journey, person, at, persons[person])
                self.tells()
                before = here
            if not before:
                break
            self.clock.at = max(self.next_due(journey), self.clock.at + 6 * HOUR) - MINUTE
            for person, at in self.inside(journey).items():
                self._looks(document, person, at, persons[person])
            self.drain()
            self.hears()
            self.passes(MINUTE)
        assert set(self.where(journey).values()) == {"!end"}
        return self.counts(journey)

    def inside(self, journey: int) -> dict[int, str]:
        return {person: at for person, at in self.where(journey).items() if not at.startswith("!")}

    def next_due(self, journey: int) -> datetime:
        """When a step looks at somebody again."""
        asked = sa.select(sa.func.min(journey_people.c.due)).where(
            journey_people.c.journey == journey, journey_people.c.left.is_(None)
        )
        with self.stores.ledger.read() as conn:
            return conn.execute(asked).scalar() or self.clock.at

    def tells(self) -> None:
        self.drain()
        self.hears()
        self.go()

    def _prepare(self, document: Journey, person: int, path: Path) -> None:
        """What is true of them before they come in."""
        for step in path.steps:
            node = document.node(step)
            if not isinstance(node, nodes.Branch):
                continue
            way = path.ways[step]
            if way == "otherwise":
                continue
            rule = node.cases[int(way)].rule
            if rule["type"] == "layer":
                self.layer(rule["layers"][0], person, scheme=rule["scheme"])
            elif "window" not in rule:
                self.does(person, rule["event"], {})

    def _acts(self, document: Journey, journey: int, person: int, at: str, path: Path) -> None:
        """What leads on from here along their path, and what the next branch asks for beforehand."""
        node = document.node(at)
        if path.ways.get(at) == "next" and not isinstance(node, nodes.Wait):
            self._looks(document, person, at, path)
        if isinstance(node, nodes.WaitEvent) and path.ways[at] == "next":
            self.does(person, node.match.event, properties(node.match))
        elif isinstance(node, nodes.Task) and path.ways[at] == "next":
            self.does(person, "task_done", {"journey": journey, "node": at})

    def _looks(self, document: Journey, person: int, at: str, path: Path) -> None:
        """What the next branch asks whether they did lately."""
        ahead = path.steps[path.steps.index(at) + 1 :]
        for step in ahead:
            coming = document.node(step)
            if isinstance(coming, nodes.Branch) and path.ways[step] != "otherwise":
                rule = coming.cases[int(path.ways[step])].rule
                if "window" in rule:
                    self.does(person, rule["event"], {})
            if isinstance(coming, nodes.WaitEvent | nodes.Wait | nodes.WaitUntil):
                break


@each_ready
def test_every_way_is_walked_to_its_end(ready: Ready, stores: Stores) -> None:
    walk = Walk(stores)
    account = Account(walk.accounts[0], walk.fake.about)
    document = replace_goal(written(ready.document([account])))
    counts = walk.walks(document)
    gone = {(node, way) for node, way, _ in counts if node}
    assert gone >= {(node, way) for node, way, _ in document.edges()}
    assert walk.sent()


def replace_goal(document: Journey) -> Journey:
    """Without ways out before the end."""
    return msgspec.structs.replace(document, goal=None, leave_when=())


# --- the golden 72 hours, hour by hour

GIFT, SURVEY, CHOICE = "很高兴认识你", "想把有用的内容", "第一次来的朋友"
HOUR_BY_HOUR: Mapping[str, Sequence[tuple[str, str, list[str]]]] = {
    "2026-11-22 10:00": [  # arrives: then (clock, step, what they got by then)
        ("22 10:01", "greet", [GIFT]),
        ("22 11:05", "rest", [GIFT]),
        ("22 13:10", "check", [GIFT, SURVEY, CHOICE]),  # nothing is known of their hours: at once
    ],
    "2026-11-22 23:00": [
        ("22 23:01", "greet", []),
        ("23 00:05", "morning", []),
        ("23 03:00", "morning", []),
        ("23 08:31", "rest", [GIFT]),
        ("23 10:35", "check", [GIFT, SURVEY, CHOICE]),
    ],
}


@pytest.mark.parametrize("arrival", HOUR_BY_HOUR)
def test_the_gift_comes_before_the_survey_at_any_hour(stores: Stores, arrival: str) -> None:
    road = Road(stores)
    (person,) = road.people()
    document = written(ready_journey("golden_72").document([Account(road.accounts[0], road.fake.about)]))
    tree = to_json(document)
    journey = road.publish(tree.pop("nodes"), **tree)
    road.clock.at = datetime.fromisoformat(arrival).replace(tzinfo=SHANGHAI)
    road.happens("friend_added", person)
    for clock, step, texts in HOUR_BY_HOUR[arrival]:
        road.clock.at = datetime.fromisoformat(f"2026-11-{clock}").replace(tzinfo=SHANGHAI)
        road.go()
        got = [text for _, text in road.sent()]
        road.drain()
        road.hears()
        road.go()
        assert (clock, road.where(journey)[person]) == (clock, step)
        assert [text.startswith(begin) for text, begin in zip(got, texts, strict=True)] == [True] * len(texts)


# --- taken up


def test_a_draft_is_begun_by_the_accounts_that_were_chosen(stores: Stores) -> None:
    road = Road(stores)
    number = begin_from(stores, road.channels, "test", "golden_72", road.accounts)
    draft = drafts.get(stores, number).draft
    assert draft.name == "黄金 72 小时"
    assert {node.channels for node in draft.nodes if isinstance(node, nodes.Message)} == {tuple(road.accounts)}
    found = problems(stores, road.channels, draft)
    assert {problem.code for problem in found if problem.level == "error"} == {"journey_to_write"}


def test_without_an_account_the_draft_says_that_one_is_missing(stores: Stores) -> None:
    road = Road(stores)
    draft = drafts.get(stores, begin_from(stores, road.channels, "test", "birthday", [])).draft
    assert "channels_missing" in {problem.code for problem in problems(stores, road.channels, draft)}


def test_an_account_that_is_not_there_begins_nothing(stores: Stores) -> None:
    road = Road(stores)
    with pytest.raises(NotFound):
        begin_from(stores, road.channels, "test", "birthday", [99])
    with pytest.raises(BadInput):
        begin_from(stores, road.channels, "test", "birthday", [*road.accounts, *road.accounts])


def test_the_gallery_tells_each_in_words(stores: Stores) -> None:
    told = {each.key: each for each in ready_told(stores).journeys}
    assert set(told) == {each.key for each in READY}
    golden = told["golden_72"]
    assert (golden.messages, golden.promotional, golden.steps[0].id) == (7, 2, "gift")
    assert golden.steps[0].to == ["greet"]
    assert "1 小时" in next(step.zh for step in golden.steps if step.id == "greet")
    assert all(each.promotional <= 0.3 * each.messages for each in told.values())
