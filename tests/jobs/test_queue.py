"""What the jobs table promises, on both engines."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from siyu.jobs import Cancelled, Job, Worker, cancel, enqueue, find, run_due, run_now, status
from siyu.jobs import model as jobs_model
from siyu.jobs.queue import CRASHES_AT_ONCE, CRASHES_MAX, claim, finish
from siyu.jobs.tables import jobs
from siyu.storage import BadInput, ManualClock, Stores, Unavailable

Handled = dict[str, Any]


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Handled:
    """Handlers of this test alone: set ``handlers["x"] = function``."""
    own: Handled = {}
    monkeypatch.setattr(jobs_model, "_handlers", own)
    return own


def put(stores: Stores, name: str = "x", **options: Any) -> int:
    with stores.ledger.write() as conn:
        return enqueue(conn, name, options.pop("arguments", {}), **options)


def clock_of(stores: Stores) -> ManualClock:
    assert isinstance(stores.clock, ManualClock)
    return stores.clock


def take(stores: Stores, machine_now: datetime, lease: str = "a") -> Any:
    return claim(stores.ledger, ["x"], now=stores.clock.now(), machine_now=machine_now, lease=lease, lease_seconds=30)


MACHINE = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_job_is_done_with_its_arguments_and_keeps_the_result(each_stores: Stores, handlers: Handled) -> None:
    handlers["x"] = lambda stores, job: {"twice": job.arguments["n"] * 2}
    number = put(each_stores, arguments={"n": 21})
    assert run_due(each_stores) == 1
    ended = status(each_stores, number)
    assert (ended.state, ended.result, ended.error) == ("done", {"twice": 42}, None)


def test_a_job_of_a_rolled_back_transaction_does_not_exist(each_stores: Stores, handlers: Handled) -> None:
    handlers["x"] = lambda stores, job: None
    with pytest.raises(RuntimeError), each_stores.ledger.write() as conn:
        enqueue(conn, "x", {})
        raise RuntimeError
    assert run_due(each_stores) == 0


def test_the_same_key_gives_the_unfinished_job(each_stores: Stores, handlers: Handled) -> None:
    handlers["x"] = lambda stores, job: None
    first = put(each_stores, key="k")
    assert put(each_stores, key="k") == first
    run_due(each_stores)
    assert put(each_stores, key="k") != first


def test_a_running_job_asked_for_again_runs_once_more(each_stores: Stores, handlers: Handled) -> None:
    runs: list[int] = []

    def handler(stores: Stores, job: Job) -> None:
        runs.append(job.id)
        if len(runs) == 1:
            assert put(stores, key="k", again=True) == job.id
            assert put(stores, key="k", again=True) == job.id

    handlers["x"] = handler
    number = put(each_stores, key="k")
    run_due(each_stores)
    assert runs == [number, number]
    assert status(each_stores, number).state == "done"


def test_a_job_waits_until_it_is_due(each_stores: Stores, handlers: Handled) -> None:
    handlers["x"] = lambda stores, job: None
    put(each_stores, due=each_stores.clock.now() + timedelta(minutes=5))
    assert run_due(each_stores) == 0
    clock_of(each_stores).advance(timedelta(minutes=5))
    assert run_due(each_stores) == 1


def test_the_higher_priority_goes_first(each_stores: Stores, handlers: Handled) -> None:
    order: list[str] = []
    handlers["x"] = lambda stores, job: order.append(job.arguments["who"])
    put(each_stores, arguments={"who": "low"})
    put(each_stores, arguments={"who": "high"}, priority=5)
    run_due(each_stores)
    assert order == ["high", "low"]


def test_a_failure_is_tried_again_after_a_growing_pause_and_then_stays_failed(
    each_stores: Stores, handlers: Handled
) -> None:
    def handler(stores: Stores, job: Job) -> None:
        raise Unavailable("busy", "忙。", "Busy.")

    handlers["x"] = handler
    number = put(each_stores, attempts_max=3)
    pauses: list[float] = []
    for _ in range(3):
        assert run_due(each_stores) == 1
        found = status(each_stores, number)
        pause = found.due - each_stores.clock.now()
        pauses.append(pause.total_seconds())
        clock_of(each_stores).advance(max(pause, timedelta()))
    ended = status(each_stores, number)
    assert pauses[:2] == [5, 10]
    assert (ended.state, ended.error) == ("failed", {"code": "busy", "zh": "忙。", "en": "Busy."})


def test_refused_input_is_not_tried_again(each_stores: Stores, handlers: Handled) -> None:
    def handler(stores: Stores, job: Job) -> None:
        raise BadInput("unfit", "不合适。", "Unfit.")

    handlers["x"] = handler
    number = put(each_stores)
    run_due(each_stores)
    assert status(each_stores, number).state == "failed"


def test_a_fault_does_not_put_its_words_into_the_store(each_stores: Stores, handlers: Handled) -> None:
    def handler(stores: Stores, job: Job) -> None:
        raise ValueError("13800138000")

    handlers["x"] = handler
    number = put(each_stores, attempts_max=1)
    run_due(each_stores)
    error = status(each_stores, number).error
    assert error is not None
    assert error["code"] == "fault"
    assert "13800138000" not in str(error)


def test_progress_is_seen_from_outside(each_stores: Stores, handlers: Handled) -> None:
    seen: list[tuple[int, int | None, str]] = []

    def handler(stores: Stores, job: Job) -> None:
        job.progress(3, 10, "reading")
        found = status(stores, job.id)
        seen.append((found.done, found.all, found.stage))

    handlers["x"] = handler
    put(each_stores)
    run_due(each_stores)
    assert seen == [(3, 10, "reading")]


def test_a_running_job_stops_at_its_next_progress_when_cancelled(each_stores: Stores, handlers: Handled) -> None:
    def handler(stores: Stores, job: Job) -> None:
        with stores.ledger.write() as conn:
            assert cancel(conn, job.id, stores.clock.now())
        job.progress(1, 2, "late")
        pytest.fail("went on")

    handlers["x"] = handler
    number = put(each_stores)
    run_due(each_stores)
    assert status(each_stores, number).state == "cancelled"


def test_a_waiting_job_is_cancelled_at_once(each_stores: Stores, handlers: Handled) -> None:
    handlers["x"] = lambda stores, job: pytest.fail("ran")
    number = put(each_stores)
    with each_stores.ledger.write() as conn:
        assert cancel(conn, number, each_stores.clock.now())
        assert not cancel(conn, number, each_stores.clock.now())
    assert run_due(each_stores) == 0


def test_a_job_is_taken_over_when_its_lease_has_run_out_and_not_before(each_stores: Stores) -> None:
    put(each_stores)
    first = take(each_stores, MACHINE)
    assert take(each_stores, MACHINE + timedelta(seconds=30), "b") is None
    second = take(each_stores, MACHINE + timedelta(seconds=31), "b")
    assert (first.job.id, first.job.attempt) == (second.job.id, second.job.attempt)


def test_who_lost_the_lease_can_not_settle_the_job(each_stores: Stores) -> None:
    put(each_stores)
    first = take(each_stores, MACHINE)
    second = take(each_stores, MACHINE + timedelta(seconds=31), "b")
    with pytest.raises(jobs_model.LeaseLost):
        finish(each_stores.ledger, first, each_stores.clock.now(), None)
    finish(each_stores.ledger, second, each_stores.clock.now(), {"by": "b"})
    assert status(each_stores, second.job.id).result == {"by": "b"}


def test_who_lost_the_lease_can_not_write_through_a_fence(each_stores: Stores, handlers: Handled) -> None:
    fenced: list[bool] = []

    def handler(stores: Stores, job: Job) -> None:
        with stores.ledger.write() as conn:
            conn.execute(sa.update(jobs).where(jobs.c.id == job.id).values(lease="thief"))
        try:
            with stores.ledger.write() as conn:
                job.still_mine(conn)
        except jobs_model.LeaseLost:
            fenced.append(True)
            raise

    handlers["x"] = handler
    number = put(each_stores)
    run_due(each_stores)
    assert fenced == [True]
    assert status(each_stores, number).state == "running"


def test_a_held_lease_is_renewed(each_stores: Stores, handlers: Handled) -> None:
    machine = ManualClock(MACHINE)
    worker = Worker(each_stores, threads=0, machine_clock=machine)

    def handler(stores: Stores, job: Job) -> None:
        machine.advance(timedelta(seconds=25))
        worker.renew_leases()
        assert take(stores, MACHINE + timedelta(seconds=40), "thief") is None

    handlers["x"] = handler
    number = put(each_stores, attempts_max=1)
    assert worker.run_once()
    assert status(each_stores, number).state == "done"


def test_a_job_that_brings_the_process_down_every_time_is_given_up(each_stores: Stores, handlers: Handled) -> None:
    handlers["x"] = lambda stores, job: pytest.fail("ran")
    number = put(each_stores)
    machine = ManualClock(MACHINE)
    for crash in range(CRASHES_MAX + 1):
        assert take(each_stores, machine.now(), f"crash {crash}") is not None
        machine.advance(timedelta(seconds=31))
    assert Worker(each_stores, threads=0, machine_clock=machine).run_once()
    assert status(each_stores, number).state == "failed"


def test_work_that_moves_on_between_crashes_is_not_given_up(each_stores: Stores, handlers: Handled) -> None:
    machine = ManualClock(MACHINE)
    number = put(each_stores)
    for crash in range(CRASHES_MAX):
        take(each_stores, machine.now(), f"crash {crash}")
        machine.advance(timedelta(seconds=31))

    def handler(stores: Stores, job: Job) -> None:
        job.progress(1, 100, "moving")
        with stores.ledger.read() as conn:
            assert conn.execute(sa.select(jobs.c.crashes).where(jobs.c.id == job.id)).scalar_one() == 0

    handlers["x"] = handler
    worker = Worker(each_stores, threads=0, machine_clock=machine)
    worker.run_once()  # it rests
    clock_of(each_stores).advance(timedelta(minutes=10))
    worker.run_once()
    assert status(each_stores, number).state == "done"


def test_work_that_a_crash_leaves_time_after_time_rests_a_while_and_longer_each_time(
    each_stores: Stores, handlers: Handled
) -> None:
    machine = ManualClock(MACHINE)
    handlers["x"] = lambda stores, job: pytest.fail("ran")
    number = put(each_stores)
    worker = Worker(each_stores, threads=0, machine_clock=machine)
    for crash in range(CRASHES_AT_ONCE + 1):
        take(each_stores, machine.now(), f"crash {crash}")
        machine.advance(timedelta(seconds=31))
    for seconds in (5, 10):
        assert worker.run_once()
        resting = status(each_stores, number)
        assert (resting.state, resting.due) == ("waiting", each_stores.clock.now() + timedelta(seconds=seconds))
        assert not worker.run_once()
        clock_of(each_stores).advance(timedelta(seconds=seconds))
        take(each_stores, machine.now(), f"after {seconds} s")
        machine.advance(timedelta(seconds=31))
    handlers["x"] = lambda stores, job: None
    assert worker.run_once()
    clock_of(each_stores).advance(timedelta(seconds=20))
    assert worker.run_once()
    assert (status(each_stores, number).state, status(each_stores, number).attempt) == ("done", 1)


def test_many_workers_never_run_one_job_at_the_same_time(each_stores: Stores, handlers: Handled) -> None:
    running: dict[int, int] = {}
    together: list[int] = []
    done: list[int] = []
    guard = threading.Lock()

    def handler(stores: Stores, job: Job) -> None:
        with guard:
            running[job.id] = running.get(job.id, 0) + 1
            if running[job.id] > 1:
                together.append(job.id)
        time.sleep(0.002)
        with guard:
            running[job.id] -= 1
            done.append(job.id)

    handlers["x"] = handler
    numbers = [put(each_stores) for _ in range(60)]
    workers = [Worker(each_stores, threads=3, poll_seconds=0.01) for _ in range(3)]
    for worker in workers:
        worker.start()
    wait_until(lambda: len(done) >= len(numbers))
    for worker in workers:
        worker.stop()
    assert together == []
    assert sorted(done) == numbers


def test_a_worker_wakes_when_a_job_is_put_in(stores: Stores, handlers: Handled) -> None:
    ran = threading.Event()
    handlers["x"] = lambda stores, job: ran.set()
    worker = Worker(stores, threads=1, poll_seconds=60)
    worker.start()
    time.sleep(0.1)
    put(stores)
    assert ran.wait(60)
    worker.stop()


def test_stopping_gives_a_running_job_back_unharmed(stores: Stores, handlers: Handled) -> None:
    began = threading.Event()

    def handler(stores: Stores, job: Job) -> None:
        began.set()
        for place in range(10_000):
            time.sleep(0.005)
            job.progress(place)

    handlers["x"] = handler
    number = put(stores)
    worker = Worker(stores, threads=1)
    worker.start()
    assert began.wait(60)
    worker.stop()
    found = status(stores, number)
    assert (found.state, found.attempt) == ("waiting", 0)


def test_a_process_alone_with_its_home_takes_up_at_once_what_a_crash_left(stores: Stores, handlers: Handled) -> None:
    ran = threading.Event()
    handlers["x"] = lambda stores, job: ran.set()
    put(stores)
    assert take(stores, datetime.now(UTC)) is not None
    with (stores.home / "lock").open("w") as lock:
        alone = replace(stores, lock=lock)
        worker = Worker(alone, threads=1, poll_seconds=0.05)
        worker.start()
        assert ran.wait(60)
        worker.stop()


def test_run_now_does_that_job_alone_and_tells_how_far_it_is(each_stores: Stores, handlers: Handled) -> None:
    def handler(stores: Stores, job: Job) -> dict[str, Any]:
        job.progress(1, 2, "half")
        return {"id": job.id}

    handlers["x"] = handler
    put(each_stores)
    wanted = put(each_stores)
    heard: list[tuple[int, int | None, str]] = []
    ended = run_now(each_stores, wanted, lambda done, all, stage: heard.append((done, all, stage)))
    assert ended.result == {"id": wanted}
    assert heard == [(1, 2, "half")]
    assert [each.id for each in find(each_stores, states=["done"])] == [wanted]


def test_a_handler_that_lets_cancelled_pass_ends_as_cancelled(stores: Stores, handlers: Handled) -> None:
    def handler(stores: Stores, job: Job) -> None:
        raise Cancelled

    handlers["x"] = handler
    number = put(stores)
    run_due(stores)
    assert status(stores, number).state == "cancelled"


def wait_until(holds: Any, seconds_max: float = 60) -> None:
    until = time.monotonic() + seconds_max
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)
