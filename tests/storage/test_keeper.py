"""The embedded event log of a server, asked by another process of the same home."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from evidence.installation import Server, basic
from siyu.storage import BadInput, EventLog, Unavailable

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("keeper") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def events(server: Server) -> Iterator[EventLog]:
    log = EventLog(f"keeper://{server.home}")
    yield log
    log.close()


def columns(count: int) -> dict[str, list[object]]:
    return {
        "person": list(range(1, count + 1)),
        "time": [AT] * count,
        "name": ["page_viewed"] * count,
        "message_id": [f"消息\t{n}" for n in range(count)],
        "received": [AT] * count,
        "source": ["web"] * count,
        "batch": [1] * count,
        "amount": [Decimal("12.3400")] * count,
        "lines.sku": [["a", "b'\\"]] * count,
        "properties": ['{"day": "2026-01-01", "n": 1, "x": [1, 2]}'] * count,
    }


def test_what_is_written_through_it_is_read_as_it_was(events: EventLog) -> None:
    events.insert("events", columns(3), token="a")
    events.insert("events", columns(3), token="a")  # stored once
    asked = "SELECT person, time, message_id, amount, lines.sku, properties.day.:String, properties.n.:Int64"
    assert events.row(f"{asked} FROM events WHERE person = 2") == (
        *(2, AT.replace(tzinfo=None), "消息\t1", Decimal("12.34"), ["a", "b'\\"], "2026-01-01", 1),
    )
    assert events.row("SELECT count() FROM events") == (3,)


def test_parameters_arrive_as_they_are(events: EventLog) -> None:
    asked = {"text": "a'\\\t{}\n中", "numbers": [1, 2], "at": AT}
    found = events.row("SELECT {text:String}, {numbers:Array(UInt32)}, {at:DateTime64(3, 'UTC')}", asked)
    assert found == (asked["text"], [1, 2], AT.replace(tzinfo=None))


def test_tables_of_arrow_go_both_ways(events: EventLog) -> None:
    rows = pa.table({"member": pa.array([7, 8], pa.uint32()), "kept": pa.array([9, 9], pa.uint32())})
    events.insert_arrow("aliases", rows)
    assert events.arrow("SELECT member, kept FROM aliases ORDER BY member").to_pydict() == rows.to_pydict()


def test_a_statement_without_an_answer_is_done(events: EventLog) -> None:
    events.command("INSERT INTO aliases (member, kept) SELECT {member:UInt32}, 1", {"member": 70})
    events.command("SYSTEM RELOAD DICTIONARY person_of")
    assert events.row("SELECT dictGet('person_of', 'kept', toUInt64(70))") == (1,)


def test_the_engines_refusals_are_told_as_they_are_by_an_engine_of_ones_own(events: EventLog) -> None:
    with pytest.raises(Unavailable) as refused:
        events.rows("SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1", seconds_max=0.2)
    assert refused.value.code == "query_too_long"
    with pytest.raises(BadInput):
        events.rows("SELECT {n:UInt8}", {"n": "many"})
    assert events.row("SELECT 1") == (1,)  # the settings of that call are gone with it


def test_nobody_without_the_local_token_asks_it(server: Server) -> None:
    for headers in ({}, basic("x"), {"Authorization": "Basic !"}):
        assert server.request("POST", "/internal/events", b"SELECT 1", headers).status == 403


def test_a_server_that_went_away_is_told_and_found_again_when_it_is_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with Server(tmp_path_factory.mktemp("away") / "home") as server:
        log = EventLog(f"keeper://{server.home}")
        server.kill()
        with pytest.raises(Unavailable) as refused:
            log.row("SELECT 1")
        assert refused.value.code == "event_log_away"
        server.start()  # at another port, with another token
        assert log.row("SELECT 1") == (1,)
        log.close()
