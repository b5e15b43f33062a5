"""What the platforms' limits leave: of an account, of a person, and of a broadcast before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.allowances import Allowance, capped
from siyu.channels.wecom.allowed import by_member
from siyu.channels.wecom.tables import wecom_contacts
from siyu.people import merges
from siyu.reach import quotas
from siyu.reach.guard import OTHER_REASONS
from siyu.reach.intending import count_broadcast
from siyu.reach.quotas import CAUSE_OF, CAUSES, of_person, standing, told_apart
from siyu.reach.rules import RULES
from siyu.storage import NotFound, Stores
from tests.channels.platform.simulator import Simulator, running
from tests.reach.wecom_shop import WecomShop


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running(Simulator()) as made:
        yield made


@pytest.fixture
def each_shop(each_stores: Stores, simulator: Simulator) -> Iterator[WecomShop]:
    made = WecomShop(each_stores, simulator)
    yield made
    made.channels.close()


@pytest.fixture
def shop(stores: Stores, simulator: Simulator) -> Iterator[WecomShop]:
    made = WecomShop(stores, simulator)
    yield made
    made.channels.close()


def sent_once(shop: WecomShop) -> None:
    shop.started()
    shop.hand_on()
    shop.platform.confirm()
    shop.hand_on(minutes=2)


def of_customers(shop: WecomShop) -> dict[str, Allowance]:
    (account,) = standing(shop.stores)
    return {each.period: each for each in account.allowances if each.key.startswith("customers")}


def test_what_was_sent_is_used_and_the_rest_is_left(each_shop: WecomShop) -> None:
    shop = each_shop
    shop.friends(3)
    before = of_customers(shop)
    assert (before["today"].open, before["today"].left, before["month"].left) == (3, 3, 3 * 30)
    sent_once(shop)
    now = of_customers(shop)
    assert (now["today"].used, now["today"].open, now["today"].left) == (3, 0, 0)
    assert (now["month"].used, now["month"].open, now["month"].left) == (3, 3, 3 * 29)
    shop.clock.advance(timedelta(days=1))
    assert of_customers(shop)["today"].open == 3
    shop.clock.advance(timedelta(days=9))  # into December, which has a day more
    assert (of_customers(shop)["month"].used, of_customers(shop)["month"].left) == (0, 3 * 31)


def test_a_broadcast_of_tomorrow_is_counted_by_what_tomorrow_leaves(shop: WecomShop) -> None:
    shop.friends(2)
    sent_once(shop)
    tomorrow = shop.clock.now() + timedelta(days=1)
    counted = count_broadcast(shop.stores, shop.channels, shop.members, shop.begun(starts=tomorrow))
    assert (counted.moment, counted.reached) == (tomorrow, 2)
    for at, left in ((None, 0), (counted.moment, 2)):
        (account,) = standing(shop.stores, counted.accounts, at)
        assert next(each.left for each in account.allowances if each.period == "today") == left


def test_a_count_says_who_is_over_the_day_and_the_month_and_whom_nobody_can_reach(
    stores: Stores, simulator: Simulator
) -> None:
    shop = WecomShop(stores, simulator, customer_month_max=2, customer_day_max=1)
    over_month = shop.friends(1)
    for _ in range(2):
        sent_once(shop)
        shop.clock.advance(timedelta(days=1))
    over_day = shop.friends(1)
    shop.persons = [*over_day]
    sent_once(shop)
    (lost,) = shop.friends(1, "lisi")
    with stores.ledger.write() as conn:
        conn.execute(sa.update(wecom_contacts).where(wecom_contacts.c.userid == "lisi").values(state="lost"))
    (nowhere,) = shop.add()
    refused = shop.friends(1)
    shop.consent(refused, False)
    free = shop.friends(2)
    shop.persons = [*over_month, *over_day, lost, nowhere, *refused, *free]
    counted = count_broadcast(stores, shop.channels, shop.members, shop.begun())
    assert (counted.reached, counted.held) == (2, 5)
    assert told_apart(counted.counts.held) == {"unreachable": 2, "month": 1, "today": 1, "guard": 1}
    assert counted.accounts == [shop.account]
    shop.channels.close()


def test_a_person_has_what_all_their_addresses_have_and_a_merge_undone_gives_it_back(each_shop: WecomShop) -> None:
    shop = each_shop
    one, other = shop.friends(2)

    def month(person: int) -> tuple[int, int]:
        (account,) = of_person(shop.stores, shop.channels, person)
        (found,) = [each for each in account.allowances if each.period == "month"]
        return found.receivers, found.used

    sent_once(shop)
    assert (month(one), month(other)) == ((1, 1), (1, 1))
    kept = merges.merge(shop.stores, "test", one, other)
    assert month(kept) == month(one) == month(other) == (2, 2)
    with shop.stores.ledger.read() as conn:
        (merge,) = merges.history(conn, kept)
    merges.undo(shop.stores, "test", merge.id)
    assert (month(one), month(other)) == ((1, 1), (1, 1))
    with pytest.raises(NotFound):
        of_person(shop.stores, shop.channels, 99)


def test_a_member_has_what_waits_for_a_tap(shop: WecomShop) -> None:
    shop.friends(2, "zhangsan")
    shop.friends(1, "lisi")
    shop.started()
    shop.hand_on()
    shop.platform.confirm("msg1")
    shop.hand_on(minutes=2)
    confirmed = next(iter(shop.platform.tasks.values()))["sender"]
    with shop.stores.ledger.read() as conn:
        found = by_member(conn, shop.account, shop.clock.now())
    assert {each.userid: each.waiting for each in found} == {
        "zhangsan": int(confirmed != "zhangsan"),
        "lisi": int(confirmed != "lisi"),
    }
    assert {each.userid: each.customers for each in found} == {"zhangsan": 2, "lisi": 1}


def test_every_reason_has_one_cause() -> None:
    known = {rule.name for rule in RULES} | set(OTHER_REASONS) | set(CAUSE_OF)
    assert {CAUSE_OF.get(reason, "guard") for reason in known} == set(CAUSES)
    assert quotas.CAUSE_OF["no_address"] in CAUSES
    assert "no_address" in known


@given(st.dictionaries(st.sampled_from([*CAUSE_OF, "quiet_hours", "consent", "cap"]), st.integers(1, 10**6)))
def test_the_causes_add_up_to_those_who_are_held(held: dict[str, int]) -> None:
    assert sum(told_apart(held).values()) == sum(held.values())


@given(st.integers(1, 31), st.lists(st.integers(0, 40), max_size=30))
def test_of_a_share_each_what_is_left_is_what_each_has_not_had(each: int, had: list[int]) -> None:
    by_times: dict[int, int] = {}
    for times in had:
        by_times[times] = by_times.get(times, 0) + 1
    found = capped(("k", "名", "name"), "month", each, len(had), by_times)
    assert found.left == sum(max(each - times, 0) for times in had)
    assert found.open == sum(times < each for times in had)
    assert found.used == sum(had)
