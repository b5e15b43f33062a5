"""Who brought whom, and what stands below everybody: whatever is merged, undone and granted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from siyu.growth.purses import granting, keeping
from siyu.growth.purses.givers import GIVERS, Giver
from siyu.growth.purses.model import Wanted
from siyu.growth.referral import bringing, counting
from siyu.growth.referral.bringing import Bringing
from siyu.growth.referral.rehanging import chain
from siyu.growth.referral.tables import kin, kin_changes, referrals
from siyu.jobs.turns import run_until_empty
from siyu.people import families, merges
from siyu.people.tables import merges as merges_table
from siyu.people.tables import own_events, people
from siyu.storage import Conflict, Stores
from tests.examples import examples


@pytest.fixture(autouse=True)
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the product binds when it starts, and a kind of reward in money."""
    monkeypatch.setattr(families, "_told", [bringing.mark_parted])
    monkeypatch.setattr(granting, "_told", [bringing.mark_granted])
    monkeypatch.setitem(GIVERS, "cash", Giver("cash", "现金", "Cash", "yuan"))


def some_people(stores: Stores, many: int) -> list[int]:
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        first = (conn.execute(sa.select(sa.func.max(people.c.person))).scalar() or 0) + 1
        numbers = list(range(first, first + many))
        same = {"created": now, "changed": now, "attributes": {}}
        conn.execute(sa.insert(people), [{"person": each, "kept": each, **same} for each in numbers])
        if conn.dialect.name == "postgresql":  # whoever comes by themselves is numbered behind them
            conn.execute(sa.select(sa.func.setval("people_person_seq", numbers[-1])))
    return numbers


def bring(stores: Stores, *pairs: tuple[int, int]) -> list[str]:
    """(inviter, person) each; what became of them."""
    now = stores.clock.now()
    wishes = [
        Bringing(person, inviter, now + timedelta(seconds=place)) for place, (inviter, person) in enumerate(pairs)
    ]
    return [each.state for each in bringing.bring_all(stores, "system", "api", wishes)]


def counted(stores: Stores) -> dict[int, tuple[int | None, int, int, int, int, int]]:
    run_until_empty(lambda: counting.count(stores))
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(kin_changes)).scalar_one() == 0
        rows = conn.execute(sa.select(kin)).all()
    return {row.person: (row.inviter, row.direct, row.size, row.deepest, row.own, row.cents) for row in rows}


def cash(stores: Stores, person: int, cents: int, key: str) -> int:
    purse = keeping.open_purse(stores, "system", "现金", "yuan", Decimal(1000)).id
    with stores.ledger.write() as conn:
        wish = Wanted(key, purse, person, "cash", cents, "奖金")
        (outcome,) = granting.grant(conn, stores.clock.now(), "system", [wish])
    assert outcome.reward is not None
    return outcome.reward


def test_below_everybody_stands_who_came_through_them(each_stores: Stores) -> None:
    a, b, c, d = some_people(each_stores, 4)
    assert bring(each_stores, (a, b), (b, c), (a, d)) == ["brought"] * 3
    assert counted(each_stores) == {
        a: (None, 2, 3, 2, 0, 0),
        b: (a, 1, 1, 1, 0, 0),
        c: (b, 0, 0, 0, 0, 0),
        d: (a, 0, 0, 0, 0, 0),
    }
    with each_stores.ledger.read() as conn:
        assert chain(conn, c) == [c, b, a]
        events = conn.execute(sa.select(own_events.c.person, own_events.c.properties)).all()
    assert {row.person: row.properties["inviter"] for row in events} == {b: a, c: b, d: a}


def test_somebody_is_brought_once_and_only_if_they_are_new(each_stores: Stores) -> None:
    a, b, c = some_people(each_stores, 3)
    answers = bring(each_stores, (a, b), (a, b), (c, b), (b, a), (c, c), (a, 999))
    assert answers == ["brought", "same", "taken", "in_tree", "self", "unknown"]
    assert bring(each_stores, (a, b), (c, b), (b, a)) == ["same", "taken", "in_tree"]


def test_new_is_whom_we_first_saw_when_they_were_invited_or_later(each_stores: Stores) -> None:
    a, b = some_people(each_stores, 2)
    now = each_stores.clock.now()
    with each_stores.ledger.write() as conn:
        assert bringing.newcomers(conn, {a: now, b: now + timedelta(seconds=1), 999: now}) == {a}


def test_money_granted_counts_for_everybody_above_and_no_more_when_it_is_taken_back(each_stores: Stores) -> None:
    a, b, c = some_people(each_stores, 3)
    before = cash(each_stores, c, 100, "k1")
    bring(each_stores, (a, b), (b, c))
    assert counted(each_stores)[a][4:] == (0, 100)
    cash(each_stores, c, 50, "k2")
    cash(each_stores, a, 7, "k3")
    after = counted(each_stores)
    assert (after[a][4:], after[b][4:], after[c][4:]) == ((7, 150), (0, 150), (150, 0))
    with each_stores.ledger.write() as conn:
        granting.take_back(conn, each_stores.clock.now(), "system", [before])
    assert counted(each_stores)[a][4:] == (7, 50)


def test_of_two_that_are_one_the_earlier_fact_counts_and_undoing_puts_it_back(each_stores: Stores) -> None:
    a, b, c, d, e = some_people(each_stores, 5)
    bring(each_stores, (a, c), (b, d), (d, e))
    before = counted(each_stores)
    merges.merge(each_stores, "staff:1", c, d)
    merged = counted(each_stores)
    assert merged[c] == (a, 1, 1, 1, 0, 0)
    assert merged[a] == (None, 1, 2, 2, 0, 0)
    assert d not in merged
    assert merged[e][0] == c
    with each_stores.ledger.read() as conn:
        number = conn.execute(sa.select(merges_table.c.id)).scalar_one()
    merges.undo(each_stores, "staff:1", number)
    after = counted(each_stores)
    assert after == before


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["bring", "bring", "merge", "undo", "cash", "count"]), st.integers(0, 7), st.integers(0, 7)
    ),
    max_size=25,
)


@examples(25)
@given(acts=ACTS)
@example(acts=[("bring", 0, 2), ("count", 0, 0), ("merge", 1, 2)])  # the one without facts is the one that is kept
def test_whatever_happens_the_figures_follow_from_the_facts(stores: Stores, acts: list[tuple[str, int, int]]) -> None:
    nodes = some_people(stores, 8)
    for place, (act, one, other) in enumerate(acts):
        if act == "bring":
            bring(stores, (nodes[one], nodes[other]))
        elif act == "cash":
            cash(stores, nodes[one], other + 1, f"{nodes[0]}:{place}")
        elif act == "count":
            counting.count(stores)
        elif act == "merge" and one != other:
            try:
                merges.merge(stores, "staff:1", nodes[one], nodes[other])
            except Conflict:
                continue
        elif act == "undo":
            undo_some(stores, nodes, one)
    check(stores, nodes)
    while undo_some(stores, nodes, 0):
        pass
    check(stores, nodes)
    mine = {person: row for person, row in counted(stores).items() if person in nodes}
    with stores.ledger.read() as conn:
        facts = conn.execute(sa.select(referrals.c.person, referrals.c.inviter).where(referrals.c.person.in_(nodes)))
        assert {person: row[0] for person, row in mine.items() if row[0] is not None} == dict(facts.tuples().all())


def undo_some(stores: Stores, nodes: Sequence[int], place: int) -> bool:
    with stores.ledger.read() as conn:
        standing = sa.select(merges_table.c.id).where(merges_table.c.undone.is_(None), merges_table.c.kept.in_(nodes))
        found = list(conn.execute(standing.order_by(merges_table.c.id)).scalars())
    if found:
        merges.undo(stores, "staff:1", found[place % len(found)])
    return bool(found)


def check(stores: Stores, nodes: Sequence[int]) -> None:
    """Counted by hand: a forest of kept persons, each below one who brought them, and the sums below each."""
    rows = {person: row for person, row in counted(stores).items() if person in nodes}
    with stores.ledger.read() as conn:
        kept = dict(conn.execute(sa.select(people.c.person, people.c.kept)).tuples().all())
        facts = conn.execute(sa.select(referrals.c.person, referrals.c.inviter)).tuples().all()
    said = {(kept[person], kept[inviter]) for person, inviter in facts if person in nodes}
    below: dict[int, list[int]] = {}
    for person, row in rows.items():
        assert kept[person] == person
        if row[0] is not None:
            assert (person, row[0]) in said
            below.setdefault(row[0], []).append(person)

    def whole(person: int) -> list[tuple[int, int]]:
        return [(person, 0), *((each, step + 1) for child in below.get(person, ()) for each, step in whole(child))]

    for person, (_, direct, size, deepest, _, cents) in rows.items():
        under = whole(person)[1:]
        assert (direct, size) == (len(below.get(person, ())), len(under))
        assert deepest == max((step for _, step in under), default=0)
        assert cents == sum(rows[each][4] for each, _ in under)
    brought = {person for person, inviter in said if person != inviter}
    for person in brought:  # whoever was brought hangs somewhere, unless they stand above who brought them
        inviters = {inviter for each, inviter in said if each == person and inviter != person}
        hangs = person in rows and rows[person][0] is not None
        assert hangs or inviters <= {each for each, _ in whole(person)}
