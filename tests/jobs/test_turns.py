"""Work of which one runs in the whole installation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from siyu.jobs.turns import Turn, keep_doing, run_in_turn, run_until_empty
from siyu.storage import Stores


def test_one_holds_the_turn_until_it_gives_it_back(each_stores: Stores) -> None:
    one, other = Turn(each_stores, "drain"), Turn(each_stores, "drain")
    assert one.take()
    assert not other.take()
    assert one.take()
    one.give_back()
    assert other.take()


def test_turns_of_different_work_do_not_meet(each_stores: Stores) -> None:
    assert Turn(each_stores, "drain").take()
    assert Turn(each_stores, "projection").take()


def test_a_turn_that_is_not_renewed_passes_on(each_stores: Stores) -> None:
    assert Turn(each_stores, "drain", seconds=0.05).take()
    time.sleep(0.1)
    assert Turn(each_stores, "drain").take()


def test_two_processes_never_do_it_at_the_same_time_and_the_second_goes_on(each_stores: Stores) -> None:
    running: list[int] = []
    together: list[int] = []
    worked: set[int] = set()

    def worker(number: int) -> tuple[threading.Thread, threading.Event]:
        def loop(stop: threading.Event) -> None:
            running.append(number)
            while not stop.wait(0.01):
                worked.add(number)
                if len(running) > 1:
                    together.append(number)
            running.remove(number)

        stop = threading.Event()
        arguments = (each_stores, "drain", loop, stop)
        thread = threading.Thread(target=run_in_turn, args=arguments, kwargs={"seconds": 5}, daemon=True)
        thread.start()
        return thread, stop

    threads = {number: worker(number) for number in (1, 2)}
    wait_until(lambda: len(worked) > 0)
    first = min(worked)
    threads[first][1].set()
    wait_until(lambda: len(worked) == 2)
    for thread, stop in threads.values():
        stop.set()
        thread.join(30)
    assert together == []


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def test_a_process_alone_with_its_home_needs_no_turn(stores: Stores) -> None:
    Turn(stores, "drain").take()
    ran: list[bool] = []
    with (stores.home / "lock").open("w") as lock:
        alone = replace(stores, lock=lock)
        run_in_turn(alone, "drain", lambda stop: ran.append(True), threading.Event())
    assert ran == [True]


def test_a_loop_goes_on_after_a_fault_with_pauses_that_grow_until_a_round_succeeds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop, rests = Rests(), [0.0, Fault(), Fault(), 0.25, Fault(), 0.0]

    def once() -> float:
        rest = rests.pop(0)
        if not rests:
            stop.set()
        if isinstance(rest, Fault):
            raise rest
        return rest

    keep_doing(once, stop, "callbacks")
    assert stop.asked == [1.0, 2.0, 0.25, 1.0]
    assert [each.getMessage() for each in caplog.records] == [
        f"callbacks: failed, trying again in {seconds} s" for seconds in (1.0, 2.0, 1.0)
    ]


class Fault(Exception):
    pass


class Rests(threading.Event):
    """Notes how long one wants to wait, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.asked.append(timeout)
        return self.is_set()


def test_until_empty_is_the_sum_of_what_the_steps_found() -> None:
    found = iter([3, 1, 0, 5])
    assert run_until_empty(lambda: next(found)) == 4
