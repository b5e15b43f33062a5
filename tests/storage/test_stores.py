"""The ledger, the inbox and the event log, on both engines."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from siyu.jobs.tables import settings
from siyu.storage import Ledger, Stores, after_commit


def test_a_write_that_raises_leaves_nothing(each_stores: Stores) -> None:
    with pytest.raises(RuntimeError), each_stores.ledger.write() as conn:
        conn.execute(sa.insert(settings).values(name="a", value=1, changed=each_stores.clock.now(), by="x"))
        raise RuntimeError
    with each_stores.ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(settings)).scalar_one() == 0


def test_what_is_written_to_a_file_is_on_disk_before_it_counts(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")  # not that of the fixture, which is in a hurry
    with ledger.write() as conn:
        found = [conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("synchronous", "journal_mode")]
    ledger.close()
    assert found == [2, "wal"]


def test_a_moment_comes_back_as_it_went(each_stores: Stores) -> None:
    at = datetime(2026, 11, 22, 6, 5, 4, 123000, tzinfo=UTC)
    with each_stores.ledger.write() as conn:
        conn.execute(sa.insert(settings).values(name="a", value={"x": "私域"}, changed=at, by="x"))
    with each_stores.ledger.read() as conn:
        row = conn.execute(sa.select(settings)).one()
    assert (row.changed, row.value) == (at, {"x": "私域"})


def test_what_waits_for_the_commit_does_not_run_after_a_rollback(each_stores: Stores) -> None:
    ran: list[str] = []
    with pytest.raises(RuntimeError), each_stores.ledger.write() as conn:
        after_commit(conn, lambda: ran.append("lost"))
        raise RuntimeError
    with each_stores.ledger.write() as conn:
        after_commit(conn, lambda: ran.append("kept"))
    assert ran == ["kept"]


def test_a_turn_of_forgetting_frees_so_many_bytes_and_no_more(each_stores: Stores) -> None:
    inbox, now = each_stores.inbox, each_stores.clock.now()
    bodies = (b"a" * 40, b"b" * 60, b"c" * 1, b"d" * 200, b"e")
    last = [inbox.append(now, "segment", "shop", 1, body) for body in bodies][-1].result()
    turns = [inbox.purge(now + timedelta(days=1), last, 10, bytes_max=100) for _ in range(5)]
    assert turns == [2, 1, 1, 1, 0]


def test_the_inbox_numbers_bodies_in_order(each_stores: Stores) -> None:
    now = each_stores.clock.now()
    waiting = [each_stores.inbox.append(now, "segment", "shop", 1, str(i).encode()) for i in range(1000)]
    numbers = [each.result(timeout=10) for each in waiting]
    read = each_stores.inbox.after(0, 2000)
    assert [row.id for row in read] == sorted(numbers)
    assert [row.body for row in read] == [str(i).encode() for i in range(1000)]


def test_the_same_token_is_stored_once(stores: Stores) -> None:
    now = stores.clock.now()
    columns = {
        "person": [1, 2],
        "time": [now, now],
        "name": ["page_viewed"] * 2,
        "message_id": ["a", "b"],
        "received": [now, now],
        "source": ["web"] * 2,
        "batch": [1, 1],
        "properties": ['{"day": "2026-01-01", "n": 1}', "{}"],
    }
    stores.events.insert("events", columns, token="batch-1")
    stores.events.insert("events", columns, token="batch-1")
    assert stores.events.row("SELECT count(), any(dynamicType(properties.day)) FROM events") == (2, "String")


def wait_until_queued(stores: Stores, count: int) -> None:
    """Until so many wait for the one that writes."""
    turn, until = stores.ledger._turn, time.monotonic() + 60  # pyright: ignore[reportPrivateUsage]
    while len(turn._waiting) + len(turn._hurried) < count:  # pyright: ignore[reportPrivateUsage]
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.001)


def test_writers_take_turns_in_the_order_in_which_they_came(stores: Stores) -> None:
    order: list[int] = []
    threads: list[threading.Thread] = []

    def write(number: int) -> None:
        with stores.ledger.write():
            order.append(number)

    with stores.ledger.write():
        for number in range(5):
            threads.append(threading.Thread(target=write, args=(number,)))
            threads[-1].start()
            wait_until_queued(stores, len(threads))
    write(99)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4, 99]


def test_who_is_in_a_hurry_writes_before_those_who_wait(stores: Stores) -> None:
    order: list[str] = []
    threads: list[threading.Thread] = []

    def write(name: str) -> None:
        with stores.ledger.write():
            order.append(name)

    def write_in_a_hurry(name: str) -> None:
        with stores.ledger.hurry():
            write(name)

    with stores.ledger.write():
        for name in ("one", "two", "hurried", "hurried too"):
            act = write_in_a_hurry if name.startswith("hurried") else write
            threads.append(threading.Thread(target=act, args=(name,)))
            threads[-1].start()
            wait_until_queued(stores, len(threads))
    for thread in threads:
        thread.join()
    assert order == ["hurried", "hurried too", "one", "two"]


def test_who_need_not_write_now_does_not_wait_and_lets_the_next_one_in(stores: Stores) -> None:
    with stores.ledger.write(), stores.ledger.write_unless_busy() as conn:
        assert conn is None
    with pytest.raises(RuntimeError), stores.ledger.write_unless_busy() as conn:
        assert conn is not None
        raise RuntimeError
    with stores.ledger.write_unless_busy() as conn:
        assert conn is not None
