"""Who brings the drain's batches to their end."""

from __future__ import annotations

import threading

import pytest

from siyu.people.second_hand import SecondHand

WAIT_SECONDS_MAX = 60


class DiskFull(Exception):
    pass


def fail() -> None:
    raise DiskFull


def test_without_a_second_hand_it_is_done_at_once() -> None:
    done: list[str] = []
    SecondHand().take(1, lambda: done.append(threading.current_thread().name))
    assert done == [threading.current_thread().name]


def test_at_work_it_is_done_beside_and_one_batch_waits_for_the_one_before() -> None:
    hand, may_end, done = SecondHand(), threading.Event(), list[int]()

    def first() -> None:
        assert may_end.wait(WAIT_SECONDS_MAX)
        done.append(1)

    with hand.at_work():
        hand.take(1, first)
        assert (hand.batch, done) == (1, [])
        may_end.set()
        hand.take(2, lambda: done.append(2))
        hand.wait()
    assert (hand.batch, done) == (0, [1, 2])


def test_a_fault_is_told_once_when_waited_for() -> None:
    hand = SecondHand()
    with hand.at_work():
        hand.take(1, fail)
        with pytest.raises(DiskFull):
            hand.wait()
        hand.wait()


def test_a_fault_of_the_last_batch_is_told_after_the_work_has_ended() -> None:
    hand = SecondHand()
    with hand.at_work():
        hand.take(1, fail)
    assert hand.batch == 1
    with pytest.raises(DiskFull):
        hand.take(2, lambda: None)
    assert hand.batch == 0
