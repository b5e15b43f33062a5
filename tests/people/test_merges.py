"""Merging, undoing, settling."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.jobs.turns import run_until_empty
from siyu.people import consents, families, merges, tags
from siyu.people.drain import Drain
from siyu.people.projection import project_all
from siyu.people.tables import conflicts, people, person_tags
from siyu.people.tables import consents as consents_table
from siyu.people.tables import merges as merges_table
from siyu.storage import BadInput, Conflict, NotFound, Stores
from siyu.storage.eventlog_schema import PERSON
from tests.examples import examples
from tests.people.calls import drained, stored, track
from tests.people.test_identity import kept, resolved

MINUTE = timedelta(minutes=1)


def partition(stores: Stores) -> list[list[int]]:
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(people.c.kept, people.c.person).order_by(people.c.person))
        parts: dict[int, list[int]] = {}
        for kept_node, node in rows:
            parts.setdefault(kept_node, []).append(node)
    return sorted(parts.values())


def tag_names(stores: Stores, person: int) -> set[str]:
    with stores.ledger.read() as conn:
        held = sa.select(person_tags.c.tag).where(person_tags.c.person == person)
        return {tag.name for tag in tags.all_tags(conn) if tag.id in set(conn.execute(held).scalars())}


def naive_parts(nodes: Sequence[int], edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Repeatedly paint neighbours with the smaller colour: slow and plain."""
    colour = {node: node for node in nodes}
    for _ in nodes:
        for a, b in edges:
            colour[a] = colour[b] = min(colour[a], colour[b])
    parts: dict[int, list[int]] = {}
    for node in sorted(nodes):
        parts.setdefault(colour[node], []).append(node)
    return sorted(parts.values())


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, 6), st.integers(0, 6)),
        st.tuples(st.just("undo"), st.integers(0, 20), st.just(0)),
        st.tuples(st.just("event"), st.integers(0, 6), st.integers(0, 6)),
        st.tuples(st.just("tag"), st.integers(0, 6), st.integers(0, 2)),
        st.tuples(st.just("withdraw"), st.integers(0, 6), st.just(0)),
    ),
    max_size=14,
)


def take_step(stores: Stores, nodes: list[int], tag_ids: list[int], step: tuple[str, int, int]) -> None:
    what, a, b = step
    try:
        match what:
            case "merge":
                merges.merge(stores, "staff:1", nodes[a], nodes[b])
            case "undo":
                merges.undo(stores, "staff:1", a)
            case "event":
                resolved(stores, f"user_id=n{a} email=e{b}")
            case "tag":
                tags.add_tag(stores, "staff:1", nodes[a], tag_ids[b])
            case _:
                consents.state_consent(stores, "person", nodes[a], "marketing", "sms", given=False)
    except (BadInput, Conflict, NotFound):
        pass


@examples(40)
@given(steps=STEPS)
def test_any_order_of_merges_and_undos_gives_the_parts_of_the_active_merges(
    stores: Stores, steps: list[tuple[str, int, int]]
) -> None:
    clear(stores)
    nodes = resolved(stores, *(f"user_id=n{i}" for i in range(7)))
    group = tags.make_group(stores, f"group-{nodes[0]}")
    tag_ids = [tags.make_tag(stores, group, name) for name in "abc"]
    for step in steps:
        take_step(stores, nodes, tag_ids, step)
    with stores.ledger.read() as conn:
        active = sa.select(merges_table.c.kept, merges_table.c.absorbed).where(merges_table.c.undone.is_(None))
        edges = [(low, high) for low, high in conn.execute(active)]
        everybody = list(conn.execute(sa.select(people.c.person)).scalars())
    assert partition(stores) == naive_parts(everybody, edges)
    for merge_id in range(60):
        take_step(stores, nodes, tag_ids, ("undo", merge_id, 0))
    assert all(len(part) == 1 for part in partition(stores))
    with stores.ledger.read() as conn:
        inherited = sa.select(sa.func.count()).where(person_tags.c.origin == "merge")
        assert conn.execute(inherited).scalar_one() == 0


def clear(stores: Stores) -> None:
    from siyu.storage import metadata

    with stores.ledger.write() as conn:
        conn.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        for table in reversed(metadata.sorted_tables):
            conn.execute(sa.delete(table))


def test_undoing_the_middle_of_a_chain_leaves_the_rest_joined(each_stores: Stores) -> None:
    a, b, c, d = resolved(each_stores, "user_id=a", "user_id=b", "user_id=c", "user_id=d")
    merges.merge(each_stores, "staff:1", a, b)
    resolved(each_stores, "user_id=b email=x", "user_id=c email=x")  # the evidence is between b and c
    merges.merge(each_stores, "staff:1", c, d)
    assert kept(each_stores, a, b, c, d) == [a, a, a, a]
    merges.undo(each_stores, "staff:1", 1)
    assert partition(each_stores) == [[a], [b, c, d]]


def test_events_go_back_where_they_belong(each_stores: Stores) -> None:
    drained(each_stores, track("a", "x", messageId="1"), track("b", "x", messageId="2"))
    counted = f"SELECT {PERSON} AS who, count() FROM events WHERE name = 'x' GROUP BY who ORDER BY who"
    merges.merge(each_stores, "staff:1", 1, 2)
    project_all(each_stores)
    assert each_stores.events.rows(counted) == [(1, 2)]
    merges.undo(each_stores, "staff:1", 1)
    project_all(each_stores)
    assert each_stores.events.rows(counted) == [(1, 1), (2, 1)]


def test_a_merge_and_its_undo_are_told_as_events(stores: Stores) -> None:
    a, b = resolved(stores, "user_id=a", "user_id=b")
    merges.merge(stores, "staff:1", a, b, note="同一手机")
    merges.undo(stores, "staff:2", 1)
    run_until_empty(Drain(stores).step)
    assert stored(stores, "name, person, properties.by.:String") == [
        ("person_merged", b, "staff:1"),
        ("merge_undone", b, "staff:2"),
    ]


def test_after_an_undo_the_next_event_does_not_merge_again(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "user_id=a", "user_id=b")
    resolved(each_stores, "user_id=a email=e", "user_id=b email=e")
    assert kept(each_stores, a, b) == [a, a]
    assert merges.undo(each_stores, "staff:1", 1) == (a, b)
    resolved(each_stores, "user_id=b email=e")
    assert kept(each_stores, a, b) == [a, b]
    merges.merge(each_stores, "staff:1", a, b)  # a human may think again
    assert kept(each_stores, a, b) == [a, a]


def test_tags_are_inherited_and_go_back(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "user_id=a", "user_id=b")
    skin = tags.make_group(each_stores, "肤质", exclusive=True)
    dry, oily = (tags.make_tag(each_stores, skin, name) for name in ("干性", "油性"))
    other = tags.make_tag(each_stores, tags.make_group(each_stores, "来源"), "展会")
    tags.add_tag(each_stores, "staff:1", a, dry)
    tags.add_tag(each_stores, "staff:1", b, oily)
    tags.add_tag(each_stores, "staff:1", b, other)
    merges.merge(each_stores, "staff:1", a, b)
    assert tag_names(each_stores, a) == {"干性", "展会"}  # one of an exclusive group: the kept person's own
    merges.undo(each_stores, "staff:1", 1)
    assert tag_names(each_stores, a) == {"干性"}
    assert tag_names(each_stores, b) == {"油性", "展会"}


def test_a_tag_taken_from_the_whole_person_stays_away(stores: Stores) -> None:
    a, b = resolved(stores, "user_id=a", "user_id=b")
    tag = tags.make_tag(stores, tags.make_group(stores, "来源"), "展会")
    tags.add_tag(stores, "staff:1", b, tag)
    merges.merge(stores, "staff:1", a, b)
    tags.remove_tag(stores, "staff:1", a, tag)
    merges.undo(stores, "staff:1", 1)
    assert tag_names(stores, a) == tag_names(stores, b) == set()


def given_now(stores: Stores, person: int) -> list[bool]:
    with stores.ledger.read() as conn:
        return list(conn.execute(sa.select(consents_table.c.given).where(consents_table.c.person == person)).scalars())


def test_a_withdrawal_wins_when_two_persons_become_one(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "user_id=a", "user_id=b")
    consents.state_consent(each_stores, "person", b, "marketing", "sms", given=False)
    consents.state_consent(each_stores, "person", a, "marketing", "sms", given=True)
    each_stores.clock.advance(MINUTE)  # pyright: ignore[reportAttributeAccessIssue]
    merges.merge(each_stores, "staff:1", b, a)
    assert given_now(each_stores, a) == [False]
    each_stores.clock.advance(MINUTE)  # pyright: ignore[reportAttributeAccessIssue]
    consents.state_consent(each_stores, "person", a, "marketing", "sms", given=True)  # said by the whole person
    assert given_now(each_stores, a) == [True]
    merges.undo(each_stores, "staff:1", 1)
    assert given_now(each_stores, b) == [False]


def test_a_held_conflict_can_be_settled_either_way(each_stores: Stores) -> None:
    a, b = resolved(each_stores, "user_id=a phone=1", "member_card=c phone=2")
    resolved(each_stores, "user_id=a member_card=c")
    assert merges.settle(each_stores, "staff:1", 1, "keep_apart") == a
    resolved(each_stores, "user_id=a member_card=c")
    assert kept(each_stores, a, b) == [a, b]
    with pytest.raises(Conflict):
        merges.settle(each_stores, "staff:1", 1, "merge")

    c, d = resolved(each_stores, "user_id=c phone=3", "member_card=d phone=4")
    resolved(each_stores, "user_id=c member_card=d")
    with each_stores.ledger.read() as conn:
        number = conn.execute(sa.select(conflicts.c.id).where(conflicts.c.state == "open")).scalar_one()
    assert merges.settle(each_stores, "staff:1", number, "merge") == c
    with each_stores.ledger.read() as conn:
        assert [each.cause for each in merges.history(conn, d)] == ["conflict_settled"]


def test_what_can_not_be_merged_is_refused(stores: Stores) -> None:
    a, b = resolved(stores, "user_id=a", "user_id=b")
    with pytest.raises(BadInput):
        merges.merge(stores, "staff:1", a, a)
    with pytest.raises(NotFound):
        merges.merge(stores, "staff:1", a, 99)
    merges.merge(stores, "staff:1", a, b)
    with pytest.raises(Conflict):
        merges.merge(stores, "staff:1", a, b)
    merges.undo(stores, "staff:1", 1)
    with pytest.raises(Conflict):
        merges.undo(stores, "staff:1", 1)


def test_the_parts_of_a_graph_are_its_connected_parts() -> None:
    assert families.connected([1, 2, 3, 4, 5], [(4, 2), (2, 5)]) == [[1], [2, 4, 5], [3]]
