"""A body that the drain can't take: set aside with its cause, and those behind it go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from siyu.jobs import Job, aside
from siyu.jobs.housekeeping import forget_old_aside
from siyu.jobs.tables import set_aside
from siyu.jobs.turns import run_until_empty
from siyu.people import batch, erasure
from siyu.people.drain import Drain
from siyu.people.tables import order_keys
from siyu.storage import Conflict, EventLog, ManualClock, NotFound, Stores, Unavailable
from tests.people.calls import send, stored, track

ORDER = {"order_id": "o-1", "total": "59.90"}


def kept(stores: Stores, body: bytes, kind: str = "segment:batch") -> None:
    """As a door that knew no better left it on disk."""
    stores.inbox.append(stores.clock.now(), kind, "web", 1, body).result(10)


def drain(stores: Stores) -> None:
    run_until_empty(Drain(stores).step)


@pytest.mark.parametrize(
    "poison",
    [
        b'{"batch":[{"type":"track","userId":"u1","event":"x"',
        b"\xff\xfe",
        b"[]",
        b'{"batch":[{"type":"track","userId":"u1","event":"Order Completed","properties":{"total":"x"}}]}',
        b'{"batch":[{"type":"track","userId":"u1","event":"x","context":{"externalIds":[{"id":"1","type":"?"}]}}]}',
    ],
)
def test_what_can_not_be_read_stops_nobody(each_stores: Stores, poison: bytes) -> None:
    send(each_stores, track("u1", "before", messageId="m1"))
    kept(each_stores, poison)
    send(each_stores, track("u1", "after", messageId="m2"))
    drain(each_stores)
    (found,) = aside.all_aside(each_stores)
    assert (stored(each_stores), found.stream, found.source) == (["before", "after"], "inbox", "web")
    assert found.code in found.zh
    assert found.zh


def refusing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The ledger's part of the drain refuses events of this name, as a fault in it would."""
    resolve = batch.resolve_nodes

    def resolve_or_fail(conn: Any, now: Any, rows: Sequence[Any]) -> None:
        if any(row.name == name for row in rows):
            raise KeyError(name)
        resolve(conn, now, rows)

    monkeypatch.setattr("siyu.people.drain.resolve_nodes", resolve_or_fail)


def test_what_the_ledger_refuses_is_found_among_many(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(9):
        send(stores, track("u1", "bad" if number == 5 else f"good {number}", messageId=f"m{number}"))
    refusing(monkeypatch, "bad")
    drain(stores)
    assert stored(stores) == [f"good {number}" for number in range(9) if number != 5]
    (found,) = aside.all_aside(stores)
    assert found.code == "KeyError"
    assert "test_aside" not in found.en.partition(" at ")[0]


def test_what_was_set_aside_is_read_again_once_it_can_be(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    send(stores, track("u1", "bad", messageId="m1"), track("u1", "other", messageId="m2"))
    refusing(monkeypatch, "bad")
    drain(stores)
    (found,) = aside.all_aside(stores)
    monkeypatch.undo()
    aside.read_again(stores, found.id, "staff:1")
    drain(stores)
    assert (stored(stores), aside.count_aside(stores)) == (["bad", "other"], 0)
    with pytest.raises(Conflict):
        aside.read_again(stores, found.id, "staff:1")
    with pytest.raises(NotFound):
        aside.drop_aside(stores, 99, "staff:1")


def test_what_nobody_deals_with_goes_with_the_raw_intake(each_stores: Stores) -> None:
    def passed(days: int) -> int:
        assert isinstance(each_stores.clock, ManualClock)
        each_stores.clock.advance(timedelta(days=days))
        return forget_old_aside(each_stores, Job(1, "forget_old_aside", {}))["gone"]

    kept(each_stores, b"{")
    drain(each_stores)
    passed(20)
    kept(each_stores, b"[]")
    drain(each_stores)
    (later, first) = aside.all_aside(each_stores)
    assert [passed(9), passed(2), passed(0)] == [0, 1, 0]
    assert aside.all_aside(each_stores) == [later]
    with each_stores.ledger.read() as conn:
        row = conn.execute(sa.select(set_aside).where(set_aside.c.id == first.id)).one()
        assert aside.numbers_aside(conn, "inbox", 0, 99) == {1, 2}
    assert (row.body, row.outcome, row.by) == (None, "expired", "retention")


class Choosy:
    """An event log that refuses what it is told to, wherever it is put."""

    def __init__(self, events: EventLog, name: str) -> None:
        self._insert, self._name = events.insert, name

    def __call__(self, table: str, columns: Mapping[str, Sequence[Any]], *, token: str | None = None) -> None:
        if self._name in columns["name"]:
            raise ValueError("can't be encoded")
        self._insert(table, columns, token=token)


def test_what_the_event_log_refuses_is_set_aside_and_its_order_is_free_again(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(stores, track("u1", "before", messageId="m1"))
    send(stores, track("u2", "bad", messageId="m2"), track("u2", "Order Completed", messageId="m3", properties=ORDER))
    send(stores, track("u3", "after", messageId="m4"))
    monkeypatch.setattr(stores.events, "insert", Choosy(stores.events, "bad"))
    drained = Drain(stores)
    run_until_empty(drained.step)
    assert stored(stores) == ["before", "after"]
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(order_keys)).all() == []
    monkeypatch.undo()
    assert aside.read_all_again(stores, "staff:1") == 1
    run_until_empty(drained.step)
    assert stored(stores, where="source = 'web'") == ["before", "bad", "order_paid", "after"]


def test_an_event_log_that_is_away_is_nobodys_fault(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    send(stores, track("u1", "x", messageId="m1"))

    def away(*_: Any, **__: Any) -> None:
        raise RuntimeError("no connection")

    monkeypatch.setattr(stores.events, "insert", away)
    with pytest.raises(RuntimeError):
        Drain(stores).step()
    monkeypatch.undo()
    drain(stores)
    assert (stored(stores), aside.count_aside(stores)) == (["x"], 0)


def test_a_full_disk_is_nobodys_fault(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    send(stores, track("u1", "x"))

    def full(*_: Any) -> None:
        raise Unavailable("disk_full", "磁盘已满。", "The disk is full.")

    monkeypatch.setattr("siyu.people.drain.resolve_nodes", full)
    with pytest.raises(Unavailable):
        Drain(stores).step()
    assert aside.count_aside(stores) == 0


def test_a_call_of_a_platform_is_set_aside_alone(stores: Stores) -> None:
    calls = [
        {"type": "track", "event": "friend_added", "context": {"externalIds": [{"type": "external_userid", "id": who}]}}
        for who in ("wm1", "null", "wm3")
    ]
    kept(stores, msgspec.json.encode({"batch": calls}), "platform:batch")
    drain(stores)
    (found,) = aside.all_aside(stores)
    assert (stored(stores), found.events) == (["friend_added"] * 2, 1)
    aside.read_again(stores, found.id, "staff:1")
    drain(stores)
    assert [each.events for each in aside.all_aside(stores)] == [1]  # it still can't be; it is kept still


def test_what_is_dropped_is_gone_but_not_that_it_was_there(stores: Stores) -> None:
    kept(stores, b"\xff")
    drain(stores)
    (found,) = aside.all_aside(stores)
    aside.drop_aside(stores, found.id, "staff:1")
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(set_aside)).one()
    assert (row.body, row.outcome, row.by, aside.all_aside(stores)) == (None, "dropped", "staff:1", [])


@pytest.mark.parametrize(("body", "left"), [(b'{"userId":"u-77"', 0), (b'{"userId":"u-778"', 1)])
def test_who_is_erased_is_erased_here_too(stores: Stores, body: bytes, left: int) -> None:
    send(stores, track("u-77", "x"))
    kept(stores, body)
    drain(stores)
    erasure.erase(stores, "staff:1", 1)
    assert aside.count_aside(stores) == left
