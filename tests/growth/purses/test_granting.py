"""Purses and rewards: never more than there is, never twice for one reason, and every step counted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from decimal import Decimal
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.purses import granting, keeping
from siyu.growth.purses.keeping import Asked
from siyu.growth.purses.model import Outcome, Stage, Wanted, fitting, smallest, written
from siyu.growth.purses.tables import purses, reward_steps, rewards
from siyu.people.tables import own_events
from siyu.storage import BadInput, Conflict, NotFound, Stores
from tests.examples import examples

KEYS = count()


def a_purse(stores: Stores, total: int, currency: str = "pieces") -> int:
    return keeping.open_purse(stores, "staff:1", "奖品", currency, written(currency, total)).id


def wish(key: str, purse: int, amount: int = 1, *, held: bool = False, kind: str = "goods", person: int = 1) -> Wanted:
    return Wanted(key, purse, person, kind, amount, "一盒茶", held=held)


def grant(stores: Stores, wishes: Sequence[Wanted]) -> list[Outcome]:
    with stores.ledger.write() as conn:
        return granting.grant(conn, stores.clock.now(), "system", wishes)


def move(stores: Stores, numbers: Sequence[int], to: Stage) -> list[int]:
    with stores.ledger.write() as conn:
        return [each.id for each in granting.move(conn, stores.clock.now(), "staff:1", numbers, to)]


def check_books(stores: Stores) -> None:
    """The steps, the rewards and the purse say the same, and no purse is overdrawn."""
    with stores.ledger.read() as conn:
        for purse in conn.execute(sa.select(purses)).all():
            steps = reward_steps.c
            added = sa.select(sa.func.sum(steps.held), sa.func.sum(steps.spent)).where(steps.purse == purse.id)
            assert [int(each or 0) for each in conn.execute(added).one()] == [purse.held, purse.spent]
            of_stage = sa.select(rewards.c.stage, sa.func.sum(rewards.c.amount)).where(rewards.c.purse == purse.id)
            sums = {stage: int(units) for stage, units in conn.execute(of_stage.group_by(rewards.c.stage))}
            assert purse.held == sums.get("held", 0)
            assert purse.spent == sums.get("granted", 0) + sums.get("paid", 0)
            assert 0 <= purse.held + purse.spent <= purse.total


def test_exactly_as_many_as_the_purse_allows_and_the_first_come_first(each_stores: Stores) -> None:
    purse = a_purse(each_stores, 3)
    outcomes = grant(each_stores, [wish(f"a:{place}", purse) for place in range(5)])
    assert [each.short for each in outcomes] == [False, False, False, True, True]
    assert keeping.get_purse(each_stores, purse).left == 0
    check_books(each_stores)


@given(left=st.integers(0, 50), amounts=st.lists(st.integers(1, 20)))
def test_what_fits_is_taken_in_order_and_what_does_not_leaves_room_for_less(left: int, amounts: list[int]) -> None:
    taken = 0
    for amount, fits in zip(amounts, fitting(left, amounts), strict=True):
        assert fits == (taken + amount <= left)
        taken += amount if fits else 0


def test_the_same_reason_is_the_same_reward(each_stores: Stores) -> None:
    purse = a_purse(each_stores, 10)
    (first, twin), (again,) = (
        grant(each_stores, [wish("a:1", purse), wish("a:1", purse)]),
        grant(each_stores, [wish("a:1", purse, 5)]),
    )
    assert (first.new, twin.new, again.new) == (True, False, False)
    assert first.reward == twin.reward == again.reward
    assert keeping.get_purse(each_stores, purse).spent == 1


def test_what_is_held_is_taken_already_and_comes_back_when_it_is_dropped(each_stores: Stores) -> None:
    purse = a_purse(each_stores, 2)
    (held,) = grant(each_stores, [wish("a", purse, 2, held=True)])
    assert held.reward is not None
    assert grant(each_stores, [wish("b", purse)])[0].short
    assert move(each_stores, [held.reward], "dropped") == [held.reward]
    assert not grant(each_stores, [wish("b", purse)])[0].short
    check_books(each_stores)


def test_a_reward_goes_each_way_once(each_stores: Stores) -> None:
    purse = a_purse(each_stores, 1)
    (held,) = grant(each_stores, [wish("a", purse, held=True)])
    assert held.reward is not None
    assert move(each_stores, [held.reward], "paid") == []
    assert move(each_stores, [held.reward], "granted") == [held.reward]
    assert move(each_stores, [held.reward], "granted") == []
    assert move(each_stores, [held.reward], "paid") == [held.reward]
    assert move(each_stores, [held.reward], "taken_back") == [held.reward]
    assert [step["stage"] for step in keeping.steps_of(each_stores, held.reward)] == [
        *("held", "granted", "paid", "taken_back")
    ]
    assert keeping.get_purse(each_stores, purse).left == 1


def test_a_title_is_given_by_being_granted(stores: Stores) -> None:
    purse = a_purse(stores, 1)
    (outcome,) = grant(stores, [wish("a", purse, kind="title")])
    assert outcome.stage == "paid"
    with stores.ledger.read() as conn:
        told = conn.execute(sa.select(own_events.c.name).order_by(own_events.c.name)).scalars().all()
    assert told == ["reward_granted", "reward_paid"]


def test_nothing_is_taken_from_a_closed_purse_and_keys_granted_before_stay(stores: Stores) -> None:
    purse = a_purse(stores, 5)
    grant(stores, [wish("a", purse)])
    keeping.close_purse(stores, purse, closed=True)
    before, new = grant(stores, [wish("a", purse), wish("b", purse)])
    assert (before.short, new.short) == (False, True)


def test_a_total_is_never_less_than_what_was_taken(each_stores: Stores) -> None:
    purse = a_purse(each_stores, 1_000, "points")
    keeping.set_total(each_stores, purse, Decimal(2_000))
    with pytest.raises(ValueError, match="can't be taken"):
        grant(each_stores, [wish("a", purse)])
    pieces = a_purse(each_stores, 5)
    grant(each_stores, [wish("b", pieces, 4)])
    with pytest.raises(Conflict):
        keeping.set_total(each_stores, pieces, Decimal(3))
    assert keeping.set_total(each_stores, pieces, Decimal(4)).left == 0


@pytest.mark.parametrize("amount", [Decimal("0"), Decimal("-1"), Decimal("0.001"), Decimal("NaN"), Decimal("1e20")])
def test_an_amount_is_a_whole_number_of_cents(amount: Decimal) -> None:
    with pytest.raises(BadInput):
        smallest("yuan", amount)


@given(cents=st.integers(1, 10**12))
def test_cents_are_written_exactly(cents: int) -> None:
    assert smallest("yuan", written("yuan", cents)) == cents


def test_staff_say_that_goods_were_given_but_not_that_a_title_was(stores: Stores) -> None:
    purse = a_purse(stores, 3)
    goods, title = grant(stores, [wish("a", purse), wish("b", purse, kind="title", held=True)])
    assert goods.reward is not None
    assert title.reward is not None
    assert keeping.settle(stores, "staff:2", goods.reward, "paid", "门店自取").stage == "paid"
    with pytest.raises(Conflict):
        keeping.settle(stores, "staff:2", title.reward, "paid")
    with pytest.raises(NotFound):
        keeping.settle(stores, "staff:2", 999, "paid")
    assert [each.id for each in keeping.list_rewards(stores, Asked(stage="held"))] == [title.reward]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["grant", "hold", "granted", "paid", "dropped", "taken_back"]),
        st.integers(0, 5),
        st.integers(1, 4),
    ),
    max_size=25,
)


@examples(40)
@given(acts=ACTS, total=st.integers(1, 12))
def test_whatever_is_done_the_books_agree(stores: Stores, acts: list[tuple[str, int, int]], total: int) -> None:
    purse, run = a_purse(stores, total), next(KEYS)
    numbers: dict[int, int] = {}
    for act, place, amount in acts:
        if act in ("grant", "hold"):
            (outcome,) = grant(stores, [wish(f"{run}:{place}", purse, amount, held=act == "hold")])
            if outcome.reward is not None:
                assert numbers.setdefault(place, outcome.reward) == outcome.reward
        elif place in numbers:
            move(stores, [numbers[place]], act)  # pyright: ignore[reportArgumentType]
    check_books(stores)


def test_many_at_once_get_exactly_what_there_is(each_stores: Stores) -> None:
    purse, many, each = a_purse(each_stores, 40), 8, 20
    got: list[Outcome] = []
    begin = threading.Barrier(many)

    def taps(thread: int) -> None:
        begin.wait()
        for tap in range(each):
            got.extend(grant(each_stores, [wish(f"{thread % 7}:{tap}", purse)]))  # two threads have the same keys

    threads = [threading.Thread(target=taps, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == many * each
    assert sum(outcome.new for outcome in got) == 40
    assert keeping.get_purse(each_stores, purse).left == 0
    check_books(each_stores)
