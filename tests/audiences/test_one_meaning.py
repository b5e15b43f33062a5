"""A rule has one meaning: the compiled query, the plain reading and the explanation agree, person by person."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from siyu.audiences import compile as compiler
from siyu.audiences import states
from siyu.audiences.compile import Definition
from siyu.audiences.explain import explain
from siyu.audiences.model import leaves, parse, sentence, to_json
from siyu.audiences.reading import holds
from siyu.audiences.words import Names, Words
from siyu.storage import EventLog
from tests.audiences.worlds import MOMENT, World, kept_times, rules, store, tied_sequences, tied_worlds, worlds
from tests.examples import examples

LIVE, SNAPSHOT = 1, 2
DEFINITIONS = {
    LIVE: Definition("live", parse({"type": "did", "event": "buy"})),
    SNAPSHOT: Definition("snapshot", parse({"type": "all", "rules": []}), state=3),
}


ENGINE = examples(25)


@ENGINE
@given(world=worlds(), raw=st.lists(rules, min_size=1, max_size=4))
def test_the_query_the_plain_reading_and_the_explanation_agree(
    clean_events: EventLog, world: World, raw: list[dict[str, Any]]
) -> None:
    store(clean_events, world)
    frozen = {person.person for person in world.people if person.person % 2 == 1}
    clean_events.command("TRUNCATE TABLE audience_states")
    states.keep_selected(
        clean_events,
        "SELECT toUInt32(arrayJoin({frozen:Array(UInt32)})) AS kept",
        {"frozen": sorted(frozen)},
        SNAPSHOT,
        3,
        MOMENT.now,
    )
    for one in raw:
        rule = parse(one)
        read = [p.person for p in world.people if holds(rule, p, MOMENT, DEFINITIONS, {SNAPSHOT: frozen})]
        assert compiler.members(clean_events, rule, MOMENT, DEFINITIONS) == read
        assert compiler.count(clean_events, rule, MOMENT, DEFINITIONS) == len(read)
        for person in world.people:
            told = explain(clean_events, rule, person.person, MOMENT, DEFINITIONS, Names())
            assert told["holds"] is (person.person in read)


@ENGINE
@given(world=worlds(), raw=st.lists(kept_times, min_size=6, max_size=6))
def test_times_that_are_kept_agree_with_the_events(
    clean_events: EventLog, world: World, raw: list[dict[str, Any]]
) -> None:
    store(clean_events, world)
    for one in raw:
        rule = parse(one)
        read = [p.person for p in world.people if holds(rule, p, MOMENT, {}, {})]
        assert compiler.members(clean_events, rule, MOMENT, {}) == read
        for person in world.people:
            assert explain(clean_events, rule, person.person, MOMENT, {}, Names())["holds"] is (person.person in read)


@ENGINE
@given(world=tied_worlds(), raw=st.lists(tied_sequences(), min_size=6, max_size=6))
def test_sequences_agree_also_where_times_tie(clean_events: EventLog, world: World, raw: list[dict[str, Any]]) -> None:
    store(clean_events, world)
    (person,) = world.people
    for one in raw:
        rule = parse(one)
        assert compiler.count(clean_events, rule, MOMENT, {}) == holds(rule, person, MOMENT, {}, {})
        # beside another condition on events the same sequence takes another way through the compiler
        both = parse({"type": "all", "rules": [one, {"type": "did", "event": "*"}]})
        assert compiler.count(clean_events, both, MOMENT, {}) == holds(both, person, MOMENT, {}, {})


@given(raw=rules)
def test_a_rule_survives_being_written_and_read(raw: dict[str, Any]) -> None:
    rule = parse(raw)

    assert parse(to_json(rule)) == rule


@given(raw=rules)
def test_every_rule_can_be_said_in_both_languages(raw: dict[str, Any]) -> None:
    rule = parse(raw)

    for language in ("zh", "en"):
        said = sentence(rule, Words(language))
        assert said.strip() == said != ""
        assert "{}" not in said
    assert len(leaves(rule)) >= 1
