"""A question that nobody waits for any more is ended in the engine."""

from __future__ import annotations

import threading
import time

import pytest

from siyu.storage import EventLog, Unavailable

LONG = "SELECT sum(sipHash64(number)) FROM numbers(100000000000)"


def _running(log: EventLog) -> int:
    (count,) = log.row("SELECT count() FROM system.processes WHERE query LIKE '%100000000000%asked by%'")
    return int(count)


def _until(log: EventLog, count: int) -> bool:
    for _ in range(1_000):
        if _running(log) == count:
            return True
        time.sleep(0.05)
    return False


def test_a_newer_question_ends_the_older_of_the_same_asker(event_log: EventLog) -> None:
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            with event_log.superseding("staff:1"):
                event_log.rows(LONG, seconds_max=60)
        except Unavailable as error:
            ended.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert _until(event_log, 1)
    with event_log.superseding("staff:2"):
        assert event_log.row("SELECT 1") == (1,)
    assert _running(event_log) == 1
    with event_log.superseding("staff:1"):
        assert event_log.row("SELECT 2") == (2,)
    asking.join(timeout=60)
    assert len(ended) == 1
    assert not asking.is_alive()


def test_a_question_replaced_before_its_turn_is_not_asked(event_log: EventLog) -> None:
    with event_log.superseding("staff:1"):
        other = threading.Thread(target=_replace, args=(event_log,))
        other.start()
        other.join()
        with pytest.raises(Unavailable, match="newer question"):
            event_log.row("SELECT 1")


def _replace(log: EventLog) -> None:
    with log.superseding("staff:1"):
        log.row("SELECT 1")
