"""The product's own events of many people at once, on their way to the event log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.jobs.turns import run_until_empty
from siyu.people import actions, drain
from siyu.people.drain import Drain
from siyu.people.of_many import append_of_many
from siyu.people.tables import batches, own_events_of_many
from siyu.storage import CHUNK_ROWS, EventLog, Stores
from tests.people.calls import send, stored, track


def happened(stores: Stores, key: str, persons: Sequence[int], name: str = "journey_step") -> None:
    with stores.ledger.write() as conn:
        append_of_many(
            conn, key=key, name=name, time=stores.clock.now(), properties={"journey": 3, "node": "w"}, persons=persons
        )


def left(stores: Stores) -> int:
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(own_events_of_many)).scalar_one()


def batches_of(stores: Stores, stream: str) -> list[int]:
    with stores.ledger.read() as conn:
        found = sa.select(batches.c.events).where(batches.c.stream == stream).order_by(batches.c.id)
        return list(conn.execute(found).scalars())


def test_one_row_becomes_an_event_of_each_person_and_goes(each_stores: Stores) -> None:
    happened(each_stores, "j3-w-1", [7, 4_000_000_000, 2])
    run_until_empty(Drain(each_stores).step)
    columns = "person, name, source, message_id, properties.journey.:Int64, properties.node.:String"
    assert sorted(stored(each_stores, columns)) == [
        (person, "journey_step", "siyu", f"j3-w-1-{person}", 3, "w") for person in (2, 7, 4_000_000_000)
    ]
    assert left(each_stores) == 0


def test_nobody_is_no_row(stores: Stores) -> None:
    happened(stores, "k", [])
    assert left(stores) == 0


def test_more_than_a_statement_may_touch_are_several_rows(stores: Stores) -> None:
    happened(stores, "k", range(1, CHUNK_ROWS + 2))
    assert left(stores) == 2


def test_several_rows_are_one_batch_as_far_as_it_takes_them(
    each_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "BATCH_EVENTS_MAX", 10)
    for number, size in enumerate([4, 6, 1, 12, 3]):
        happened(each_stores, f"k{number}", range(1, size + 1))
    run_until_empty(Drain(each_stores).step)
    assert batches_of(each_stores, drain.OWN_MANY) == [10, 1, 12, 3]
    assert len(stored(each_stores)) == 26


def test_what_is_told_twice_is_stored_once(stores: Stores) -> None:
    happened(stores, "k", [1, 2])
    run_until_empty(Drain(stores).step)
    happened(stores, "k", [2, 3])
    run_until_empty(Drain(stores).step)
    assert stored(stores, "person") == [1, 2, 3]


class Crash(Exception):
    pass


@pytest.mark.parametrize("moment", ["before the insert", "after the insert", "before it is marked"])
def test_a_crash_at_any_step_stores_each_event_once(
    each_stores: Stores, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    insert = EventLog.insert

    def crashing(self: EventLog, *args: Any, **named: Any) -> None:
        if moment == "after the insert":
            insert(self, *args, **named)
        raise Crash

    def cut_off(self: Drain, batch: Any, fresh: Any) -> None:
        self._insert(batch, fresh)  # pyright: ignore[reportPrivateUsage]
        raise Crash

    happened(each_stores, "a", range(1, 31))
    happened(each_stores, "b", range(1, 21))
    with monkeypatch.context() as patch:
        if moment == "before it is marked":
            patch.setattr(Drain, "_finish", cut_off)
        else:
            patch.setattr(EventLog, "insert", crashing)
        with pytest.raises(Crash):
            Drain(each_stores).step()
    assert left(each_stores) == 2
    happened(each_stores, "c", [1])
    run_until_empty(Drain(each_stores).step)
    assert len(stored(each_stores)) == 51
    assert left(each_stores) == 0


def test_it_goes_beside_what_comes_in_and_what_the_product_tells_of_one(each_stores: Stores) -> None:
    now = each_stores.clock.now()
    one = {"message_id": "one", "time": now, "name": "consent_given", "person": 7, "properties": {}}
    send(each_stores, track("u1", "x", messageId="m1"))
    happened(each_stores, "many", [7])
    with each_stores.ledger.write() as conn:
        actions.append_own(conn, [one])
    run_until_empty(Drain(each_stores).step)
    assert sorted(stored(each_stores, "message_id")) == ["m1", "many-7", "one"]
