"""From the inbox to the event log."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.jobs.turns import run_until_empty
from siyu.people import actions
from siyu.people.drain import Drain, TurnLost
from siyu.people.tables import batches, merges, order_keys, own_events, people
from siyu.storage import EventLog, Stores
from tests.people.calls import drained, send, stored, track

ORDER = {"order_id": "o-1", "total": 59.9, "products": [{"sku": "A", "quantity": 2, "price": "29.95"}]}


def test_a_call_becomes_an_event_of_its_person(each_stores: Stores) -> None:
    drained(each_stores, track("u1", "Product Viewed", messageId="m1", properties={"sku": "A", "price": 9.5, "n": 2}))
    columns = "person, name, source, properties.sku.:String, properties.price.:Float64, properties.n.:Int64"
    assert stored(each_stores, columns) == [(1, "product_viewed", "web", "A", 9.5, 2)]


def test_names_of_customers_own_events_are_kept(stores: Stores) -> None:
    drained(stores, track("u1", "试色 Tried on"))
    assert stored(stores) == ["试色 Tried on"]


def test_the_same_message_counts_once(stores: Stores) -> None:
    drained(stores, track("u1", "x", messageId="m1"), track("u1", "x", messageId="m1"))
    drained(stores, track("u1", "x", messageId="m1"))
    assert len(stored(stores)) == 1


def test_the_same_message_id_of_another_source_is_another_message(stores: Stores) -> None:
    drained(stores, track("u1", "x", messageId="m1"), source="web")
    drained(stores, track("u1", "x", messageId="m1"), source="app")
    assert len(stored(stores)) == 2


def test_what_was_seen_before_a_restart_is_still_known_after_it(stores: Stores) -> None:
    drain = Drain(stores)
    send(stores, track("u1", "x", messageId="m1"))
    run_until_empty(drain.step)
    send(stores, track("u1", "x", messageId="m1"))
    run_until_empty(Drain(stores).step)
    assert len(stored(stores)) == 1


def test_a_drain_that_comes_back_to_its_turn_knows_what_another_has_stored(each_stores: Stores) -> None:
    first, second = Drain(each_stores), Drain(each_stores)
    send(each_stores, track("u1", "x", messageId="m1"))
    run_until_empty(first.step)
    send(each_stores, track("u1", "x", messageId="m2"))
    run_until_empty(second.step)
    send(each_stores, track("u1", "x", messageId="m2"), track("u1", "x", messageId="m3"))
    run_until_empty(first.step)
    assert len(stored(each_stores)) == 3


def test_a_drain_held_up_for_longer_than_its_turn_stores_nothing_twice(
    each_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, quick = Drain(each_stores), Drain(each_stores)
    run_until_empty(late.step)
    send(each_stores, track("u1", "x", messageId="m1"))
    frozen = late._begin_bodies  # pyright: ignore[reportPrivateUsage]

    def after_the_other(*given: Any) -> Any:
        run_until_empty(quick.step)
        return frozen(*given)

    monkeypatch.setattr(late, "_begin_bodies", after_the_other)
    with pytest.raises(TurnLost):
        late.step()
    assert stored(each_stores, "message_id") == ["m1"]


def test_an_order_counts_once_for_ever(stores: Stores) -> None:
    drained(stores, track("u1", "Order Completed", messageId="m1", properties=ORDER))
    stores.clock.advance(timedelta(days=30))  # pyright: ignore[reportAttributeAccessIssue]
    drained(stores, track("u1", "Order Completed", messageId="m2", properties=ORDER))
    assert stored(stores, "name, order, amount, lines.sku, lines.quantity, lines.price") == [
        ("order_paid", "o-1", Decimal("59.9"), ["A"], [Decimal(2)], [Decimal("29.95")])
    ]


def test_an_order_without_a_total_is_worth_its_lines(stores: Stores) -> None:
    drained(stores, track("u1", "Order Completed", properties={"order_id": "o", "products": ORDER["products"]}))
    assert stored(stores, "amount") == [Decimal("59.9")]


def test_a_late_event_counts_on_its_own_time(stores: Stores) -> None:
    drained(stores, track("u1", "x", timestamp="2024-02-29T08:00:00+08:00"))
    assert stored(stores, "toString(time)") == ["2024-02-29 00:00:00.000"]


def test_a_sender_with_a_wrong_clock_is_corrected(stores: Stores) -> None:
    drained(stores, track("u1", "x", timestamp="2025-12-31T22:59:50Z", sentAt="2025-12-31T23:00:00Z"))
    assert stored(stores, "toString(time)") == ["2025-12-31 23:59:50.000"]


def test_context_is_kept_and_a_campaign_is_what_brought_a_newcomer(stores: Stores) -> None:
    context = {"campaign": {"source": "xiaohongshu", "name": "spring"}, "page": {"url": "https://a/b"}}
    drained(stores, {"type": "page", "anonymousId": "a1", "name": "Home", "context": context})
    drained(stores, {"type": "page", "anonymousId": "a1", "context": {"campaign": {"source": "x", "name": "later"}}})
    columns = "name, properties.name.:String, properties.context.page.url.:String, properties.context.campaign.source"
    assert ("page_viewed", "Home", "https://a/b", "xiaohongshu") in stored(stores, columns)
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(people.c.origin_source, people.c.origin_campaign)).one() == (
            "xiaohongshu",
            "spring",
        )


def test_traits_make_the_profile_and_stay_out_of_the_event(each_stores: Stores) -> None:
    traits = {"name": "王丽", "gender": "女", "birthday": "1990/5/17", "phone": "13800138000", "skin": "dry"}
    drained(each_stores, {"type": "identify", "userId": "u1", "traits": traits})
    with each_stores.ledger.read() as conn:
        row = conn.execute(sa.select(people)).one()
    assert (row.name, row.sex, row.birthday, row.attributes) == ("王丽", "female", "1990-05-17", {"skin": "dry"})
    (properties,) = stored(each_stores, "toJSONString(properties)")
    assert "王丽" not in properties
    assert "138" not in properties


def test_an_alias_call_makes_two_user_ids_one_person(stores: Stores) -> None:
    drained(stores, track("old", "x"), track("new", "x"))
    drained(stores, {"type": "alias", "userId": "new", "previousId": "old"})
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(merges.c.cause)).scalar_one() == "alias_call"


def test_the_products_own_events_are_stored_and_their_rows_go(each_stores: Stores) -> None:
    now = each_stores.clock.now()
    row = {"message_id": "consent-1", "time": now, "name": "consent_given", "person": 7, "properties": {"purpose": "x"}}
    with each_stores.ledger.write() as conn:
        actions.append_own(conn, [row])
    run_until_empty(Drain(each_stores).step)
    assert stored(each_stores, "person, name, source, properties.purpose.:String") == [
        (7, "consent_given", "siyu", "x")
    ]
    with each_stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(own_events)).scalar_one() == 0


class Crash(Exception):
    pass


@pytest.mark.parametrize("moment", ["before the insert", "after the insert"])
def test_a_crash_at_any_step_stores_each_event_once(
    each_stores: Stores, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    insert = EventLog.insert

    def crashing(self: EventLog, *args: Any, **named: Any) -> None:
        if moment == "after the insert":
            insert(self, *args, **named)
        raise Crash

    send(each_stores, *(track(f"u{i}", "x", messageId=f"m{i}") for i in range(50)))
    send(each_stores, track("u1", "Order Completed", messageId="o1", properties=ORDER))
    with monkeypatch.context() as patch:
        patch.setattr(EventLog, "insert", crashing)
        with pytest.raises(Crash):
            Drain(each_stores).step()
    send(each_stores, track("u1", "x", messageId="m1"), track("u9", "Order Completed", properties=ORDER))
    run_until_empty(Drain(each_stores).step)
    assert len(stored(each_stores)) == 51
    with each_stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).where(batches.c.stored.is_(None))).scalar_one() == 0
        assert conn.execute(sa.select(sa.func.count()).select_from(order_keys)).scalar_one() == 1


def test_events_of_two_hundred_months_go_in_at_once(stores: Stores) -> None:
    times = [f"{1995 + i // 12}-{i % 12 + 1:02d}-01T00:00:00Z" for i in range(200)]
    drained(stores, *(track("u1", "x", timestamp=time) for time in times))
    assert len(stored(stores)) == 200
