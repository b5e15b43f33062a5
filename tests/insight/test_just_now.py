"""What people are doing at this moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from siyu.insight.just_now import BATCHES, just_now
from siyu.people.tables import batches
from siyu.storage import ManualClock, Stores
from tests.insight.world import Happened, merge, store


def happened(stores: Stores, *rows: Happened, prefix: str = "m", number: int = 7) -> Stores:
    """… in one batch, as the drain does it."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        row = {"id": number, "stream": "inbox", "first": 1, "last": 1, "opened": now}
        conn.execute(sa.insert(batches).values(**row))
    store(stores.events, [replace(each, batch=number, at=now + timedelta(hours=each.hours)) for each in rows], prefix)
    return stores


def test_people_who_did_the_same_in_one_minute_are_one_line(stores: Stores) -> None:
    said = {"channel_state": "门店台卡"}
    happened(
        stores,
        Happened(1, "friend_added", -0.012, properties=said),
        Happened(2, "friend_added", -0.011, properties={"channel_state": "小红书"}),
        Happened(2, "order_paid", -0.001, Decimal("19.90")),
        Happened(3, "order_paid", -0.0015, Decimal("5.10")),
    )
    ordered, added = just_now(stores)
    assert (ordered.name, ordered.people, ordered.person, ordered.worth) == ("order_paid", 2, 2, Decimal("25"))
    assert (added.name, added.people, added.person, added.detail) == ("friend_added", 2, 2, "小红书")


def test_newest_first_and_no_more_than_asked_for(stores: Stores) -> None:
    happened(stores, *(Happened(1, "friend_added", -number / 20) for number in range(1, 9)))
    found = just_now(stores, 3)
    assert len(found) == 3
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)


def test_what_is_long_ago_or_of_no_interest_or_came_long_before_is_not_told(stores: Stores) -> None:
    happened(stores, Happened(1, "friend_added", -1.1), Happened(2, "page_viewed", -0.1), Happened(3, "my_own", -0.1))
    assert just_now(stores) == []
    happened(stores, Happened(4, "friend_added", -0.1), prefix="n", number=8)
    assert len(just_now(stores)) == 1
    happened(stores, number=8 + BATCHES)
    assert just_now(stores) == []


def test_where_time_is_fast_a_line_stays_as_long_for_who_looks(stores: Stores) -> None:
    fast = replace(stores, clock=ManualClock(stores.clock.now(), pace=3_600))
    happened(
        fast, Happened(1, "friend_added", -40.3), Happened(2, "friend_added", -40.1), Happened(3, "friend_added", -61)
    )
    (line,) = just_now(fast)
    assert line.people == 2


def test_two_halves_of_a_person_are_one(stores: Stores) -> None:
    happened(stores, Happened(1, "friend_added", -0.001), Happened(2, "friend_added", -0.001))
    merge(stores.events, [(2, 1)])
    assert [(each.people, each.person) for each in just_now(stores)] == [(1, 1)]
