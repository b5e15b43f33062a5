"""Tiers followed in the news: up at once, down after a grace that was told of, rights, merges, another plan."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siyu.jobs.turns import run_until_empty
from siyu.loyalty.tiers import agents, facts, keeping, rights, settling, sums, trying
from siyu.loyalty.tiers.course import Fact, value_on
from siyu.loyalty.tiers.model import Deed, Plan, Tier
from siyu.loyalty.tiers.queries import all_changes, distribution
from siyu.loyalty.tiers.tables import tier_facts, tier_standings
from siyu.people import families, merges
from siyu.people.drain import Drain
from siyu.people.tables import people
from siyu.storage import Conflict, ManualClock, Stores
from siyu.storage.ledger import from_millis
from tests.loyalty.tiers.telling import PLAN, begun, bought, nights, returned, tier, way
from tests.people.calls import drained, stored, track


def told(stores: Stores) -> list[str]:
    run_until_empty(Drain(stores).step)
    return [name for name in stored(stores) if name.startswith("tier_")]


def test_spending_leads_up_and_is_told_so_that_journeys_can_greet(each_stores: Stores) -> None:
    stores = each_stores
    begun(stores)
    bought(stores, "u1", 99.99, "a1")
    assert (tier(stores), way(stores).more, way(stores).more_cents) == ("", 1, 100)
    bought(stores, "u1", 1, "a2")
    assert (tier(stores), way(stores).value) == ("silver", 100)
    bought(stores, "u1", 1, "a2")
    assert way(stores).value == 100, "told twice is once"
    bought(stores, "u1", 400, "a3")
    assert (tier(stores), told(stores)) == ("gold", ["tier_up", "tier_up"])
    with stores.ledger.read() as conn:
        assert [
            (row.before, row.after, row.why, row.value, row.needed) for row in all_changes(conn, None, 50, [1])
        ] == [
            ("silver", "gold", "up", 500, 500),
            ("", "silver", "up", 100, 100),
        ]


def test_down_only_after_a_grace_and_first_they_are_warned(each_stores: Stores) -> None:
    stores = each_stores
    begun(stores)
    bought(stores, "u1", 500, "a1")
    nights(stores, 59)
    assert way(stores).falls is None
    nights(stores, 1)
    assert (tier(stores), way(stores).lacks, told(stores)) == ("gold", 300, ["tier_up", "tier_at_risk"])
    nights(stores, 19)
    assert tier(stores) == "gold"
    nights(stores, 1)
    assert (tier(stores), told(stores)[-1]) == ("", "tier_down")


def test_a_return_takes_value_but_not_the_tier_before_the_grace(each_stores: Stores) -> None:
    stores = each_stores
    begun(stores)
    bought(stores, "u1", 500, "a1")
    returned(stores, "u1", 450, "a1", "r1")
    assert (tier(stores), way(stores).value) == ("gold", 50)
    nights(stores, 20)
    assert tier(stores) == ""


def test_deeds_count_also_those_of_before_the_plan(each_stores: Stores) -> None:
    stores = each_stores
    drained(stores, track("u1", "Checked In", at=stores.clock.now()), track("u1", "Checked In", at=stores.clock.now()))
    begun(stores)
    name = stored(stores, "name")[0]
    deed = Deed(event=name, growth=60, times_a_day=2)
    begun(stores, Plan(window_days=60, deeds=(deed,), tiers=PLAN.tiers))
    assert (tier(stores), way(stores).value) == ("silver", 120)
    assert told(stores) == [], "what the beginning of a plan makes is no news"


def test_another_plan_takes_nothing_before_its_grace(each_stores: Stores) -> None:
    stores = each_stores
    first = begun(stores)
    bought(stores, "u1", 500, "a1")
    harder = Plan(window_days=60, tiers=(Tier(key="gold", name="金卡", up=900, stay=600, grace_days=5),))
    begun(stores, harder)
    assert tier(stores) == "gold"
    nights(stores, 5)
    assert tier(stores) == ""
    with pytest.raises(Conflict):
        keeping.save(stores, "staff:1", harder, number=first)


def test_rights_are_asked_for_by_name(each_stores: Stores) -> None:
    stores = each_stores
    begun(stores)
    agents.set_pool(stores, ["staff:3", "staff:4"])
    for user, total in (("u1", 500), ("u2", 500), ("u3", 120)):
        bought(stores, user, total, f"of {user}")
    with stores.ledger.read() as conn:
        assert rights.of_many(conn, [1, 2, 3], "own_agent") == {1, 2}
        assert (rights.may(conn, 3, "own_agent"), rights.may(conn, 3, "discount")) == (False, True)
        assert rights.numbers(conn, [1, 3], "discount") == {1: 5, 3: 5}, "what the tier below has"
        assert agents.agents_of(conn, [1, 2, 3]) == {1: "staff:3", 2: "staff:4"}, "to whom the fewest have"
        lacks = rights.missing(conn, 3, "own_agent")
        assert lacks is not None
        assert (lacks.tier.key, lacks.more, lacks.more_cents) == ("gold", 380, 38_000)
        assert rights.missing(conn, 1, "own_agent") is None


def test_who_is_joined_has_the_value_of_all_and_parted_again_their_own(each_stores: Stores) -> None:
    stores = each_stores
    begun(stores)
    bought(stores, "u1", 300, "a1")
    bought(stores, "u2", 250, "b1")
    families.also_told(settling.parted_or_joined)
    merges.merge(stores, "staff:1", 1, 2, "the same")
    settling.work(stores)
    assert (tier(stores), way(stores).value) == ("gold", 550)
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(tier_standings.c.person)).scalars().all() == [1]
    merges.undo(stores, "staff:1", 1)
    settling.work(stores)
    assert (way(stores, 1).value, way(stores, 2).value) == (300, 250)


def test_trying_a_plan_on_the_past_beside_the_one_in_force(each_stores: Stores) -> None:
    stores = each_stores
    begun(stores)
    bought(stores, "u1", 200, "a1")
    nights(stores, 1)
    bought(stores, "u1", 400, "a2")
    easier = Plan(tiers=(Tier(key="silver", name="银卡", up=50, stay=10, rights={"discount": 10}),))
    number = trying.ask(stores, "staff:1", keeping.save(stores, "staff:1", easier), 3)
    trying.run(stores, number)
    _, result = trying.get(stores, number)
    assert result is not None
    assert result.persons == 1
    this = result.months[-1].tiers[0]
    assert (this.people, this.up, this.bought_cents, this.cost_cents) == (1, 1, 40_000, 4_000)
    assert [(each.key, each.people, each.up) for each in result.against[-1].tiers] == [("silver", 0, 1), ("gold", 1, 1)]
    assert [month.tiers[0].people for month in result.months] == [0, 0, 1]


facts_told = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(0, 90),
        st.integers(0, 30),
        st.integers(-5_000, 90_000),
        st.sampled_from(["", "d"]),
    ),
    max_size=15,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(facts_told, st.integers(0, 130))
def test_values_by_set_are_those_of_the_pure_function(
    each_stores: Stores, given_facts: list[tuple[int, int, int, int, str]], day: int
) -> None:
    stores = each_stores
    plan = Plan(window_days=30, rate=70, deeds=(Deed(event="d", growth=3, times_a_day=2),), tiers=PLAN.tiers)
    rows = [
        {"of": f"x{n}", "n": 0, "person": person, "at": from_millis(n), "base": base, "day": base + late}
        | {"cents": 0 if deed else cents, "deed": deed}
        for n, (person, base, late, cents, deed) in enumerate(given_facts)
    ]
    with stores.ledger.write() as conn:
        if not conn.execute(sa.text("SELECT count(*) FROM people")).scalar():
            _people(conn, stores)
        conn.execute(sa.delete(tier_facts))
        if rows:
            conn.execute(sa.insert(tier_facts), rows)
        added = sums.values(plan, day)
        found = dict(conn.execute(sa.select(added.c.person, added.c.value)).tuples().all())
    for person in (1, 2, 3):
        mine = [Fact(row["day"], 0, row["base"], row["cents"], row["deed"]) for row in rows if row["person"] == person]
        assert found.get(person, 0) == value_on(plan, mine, day)


def _people(conn: Any, stores: Stores) -> None:
    now = stores.clock.now()
    conn.execute(
        sa.insert(people),
        [{"person": n, "kept": n, "created": now, "changed": now, "attributes": {}} for n in (1, 2, 3)],
    )


def test_how_many_stand_where(each_stores: Stores) -> None:
    stores = each_stores
    begun(stores)
    for user, total in (("u1", 500), ("u2", 120), ("u3", 3)):
        bought(stores, user, total, f"of {user}")
    with stores.ledger.read() as conn:
        found = [(row.tier.key if row.tier else "", row.people) for row in distribution(conn, PLAN)]
    assert found == [("gold", 1), ("silver", 1), ("", 1)]


def test_followed_again_from_the_beginning_is_the_same(each_stores: Stores) -> None:
    stores = each_stores
    begun(stores)
    bought(stores, "u1", 500, "a1")
    before = way(stores)
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=1))
    with stores.ledger.write() as conn:
        conn.execute(sa.update(facts.cursors).where(facts.cursors.c.name == keeping.CURSOR).values(place=0))
    assert settling.work(stores) > 0
    assert (way(stores), told(stores)) == (before, ["tier_up"])
