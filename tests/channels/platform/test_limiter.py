"""No window of a limit is ever broken, wherever it begins and however many processes call."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.platform import limiter as limits
from siyu.channels.platform.exchange import Exchange
from siyu.channels.platform.limiter import Lane, Limit, Limiter, Wait, Window, take_back_slots
from siyu.storage import Ledger, ManualClock, Stores
from tests.examples import examples

LANE = Lane("wecom:ww1", "externalcontact/get")


def most_in_a_window(times: list[datetime], seconds: float) -> int:
    """The most calls in any window of this length, both ends counted, wherever it begins."""
    times = sorted(times)
    most = first = 0
    for last, at in enumerate(times):
        while (at - times[first]).total_seconds() > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def calls_for(stores: Stores, limiters: list[Limiter], limit: Limit, lane: Lane, seconds: float) -> list[datetime]:
    """Everybody calls as often as they may for so long; when each call left."""
    times: list[datetime] = []
    until = stores.clock.now() + timedelta(seconds=seconds)
    assert isinstance(stores.clock, ManualClock)
    while stores.clock.now() < until:
        soonest = 10.0
        for each in limiters:
            try:
                with each.permit(lane, limit, patience=0):
                    times.append(stores.clock.now())
                    soonest = 0.0
            except Wait as wait:
                soonest = min(soonest, wait.seconds)
        stores.clock.advance(timedelta(seconds=soonest + 0.000_002) if soonest else timedelta(microseconds=500))
    return times


windows = st.builds(Window, st.integers(1, 60), st.sampled_from([1.0, 5.0, 20.0]), st.sampled_from([0.03, 0.3, 1.0]))


@examples(30)
@given(
    chosen=st.lists(windows, min_size=1, max_size=2),
    processes=st.integers(1, 3),
    steps=st.lists(st.floats(0.0, 7.0), min_size=1, max_size=12),
    name=st.uuids(),
)
def test_no_window_is_ever_broken(
    stores: Stores, chosen: list[Window], processes: int, steps: list[float], name: Any
) -> None:
    """With rests of any length between the storms: after a rest there is a burst."""
    lane, limit = Lane("wecom:ww1", str(name)), Limit(tuple(chosen))
    limiters = [Limiter(stores) for _ in range(processes)]
    times: list[datetime] = []
    assert isinstance(stores.clock, ManualClock)
    for rest in steps:
        times += calls_for(stores, limiters, limit, lane, 1.5)
        stores.clock.advance(timedelta(seconds=rest))
    for window in chosen:
        assert most_in_a_window(times, window.seconds) <= window.calls


@pytest.mark.parametrize("calls", [20, 100, 400])
def test_almost_all_of_a_window_is_used(stores: Stores, calls: int) -> None:
    times = calls_for(stores, [Limiter(stores)], Limit((Window(calls, 10.0),)), LANE, 40.0)
    assert 0.9 * 4 * calls <= len(times)


@pytest.mark.postgresql
def test_several_processes_on_one_ledger_keep_one_limit(postgresql_stores: Stores) -> None:
    stores = postgresql_stores
    url = stores.ledger.engine.url.render_as_string(hide_password=False)
    processes = [replace(stores, ledger=Ledger(url)) for _ in range(3)]
    limit = Limit((Window(40, 5.0), Window(90, 20.0, burst=0.5)), slots=16)
    times: list[datetime] = []
    guard = threading.Lock()

    def calls(mine: Stores) -> None:
        limiter = Limiter(mine)
        for _ in range(150):
            try:
                with limiter.permit(LANE, limit, patience=0), guard:
                    times.append(stores.clock.now())
            except Wait:
                with guard:
                    stores.clock.advance(timedelta(milliseconds=37))  # pyright: ignore

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(calls, processes * 2))
    for each in processes:
        each.ledger.close()
    assert len(times) > 40
    for window in limit.windows:
        assert most_in_a_window(times, window.seconds) <= window.calls


@pytest.fixture
def limit() -> Limit:
    return Limit((Window(1000, 60.0),), slots=4)


def held_at_once(stores: Stores, limit: Limit, limiters: list[Limiter], many: int) -> int:
    """How many permits may be held at the same time."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        for place in range(many):
            try:
                stack.enter_context(limiters[place % len(limiters)].permit(LANE, limit, patience=0))
            except Wait:
                return place
        return many


def test_no_more_calls_are_in_flight_than_there_are_slots(each_stores: Stores, limit: Limit) -> None:
    assert held_at_once(each_stores, limit, [Limiter(each_stores), Limiter(each_stores)], 10) == 4


def test_slots_come_back(each_stores: Stores, limit: Limit) -> None:
    limiters = [Limiter(each_stores)]
    assert [held_at_once(each_stores, limit, limiters, 10) for _ in range(3)] == [4, 4, 4]


def test_who_is_done_leaves_no_slot_behind(each_stores: Stores, limit: Limit) -> None:
    """A job that ends keeps nobody waiting until its leases run out."""
    done, other = Limiter(each_stores), Limiter(each_stores)
    with ExitStack() as calls:
        for _ in range(limit.slots):
            calls.enter_context(done.permit(LANE, limit, patience=5))
    with pytest.raises(Wait), other.permit(LANE, limit, patience=0):
        pass
    done.let_go()
    with other.permit(LANE, limit, patience=5):
        pass


def test_what_one_caller_of_a_process_keeps_for_its_next_call_is_the_others_too(stores: Stores, limit: Limit) -> None:
    """A job beside the channel: neither waits for slots that the other holds without calling."""
    one, other = Exchange(stores).limiter, Exchange(stores).limiter
    with ExitStack() as calls:
        for _ in range(limit.slots):
            calls.enter_context(one.permit(LANE, limit, patience=5))
    with ExitStack() as calls:
        for _ in range(limit.slots):
            calls.enter_context(other.permit(LANE, limit, patience=0))
        with pytest.raises(Wait), one.permit(LANE, limit, patience=0):
            pass


def test_slots_of_a_process_that_died_come_back(
    each_stores: Stores, limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SLOT_LEASE_SECONDS", -1.0)
    with Limiter(each_stores).permit(LANE, limit, patience=0):
        monkeypatch.undo()
        assert held_at_once(each_stores, limit, [Limiter(each_stores)], 10) == 4


def test_who_is_alone_takes_back_at_once_what_a_killed_process_held(each_stores: Stores, limit: Limit) -> None:
    with ExitStack() as killed:
        for _ in range(limit.slots):
            killed.enter_context(Limiter(each_stores).permit(LANE, limit, patience=5))
        take_back_slots(each_stores)
        assert held_at_once(each_stores, limit, [Limiter(each_stores)], 10) == limit.slots


def test_too_many_at_once_halves_the_slots_and_they_grow_back(each_stores: Stores, limit: Limit) -> None:
    limiter = Limiter(each_stores)
    found: list[int] = []
    for _ in range(3):
        limiter.narrow(LANE, limit)
        found.append(held_at_once(each_stores, limit, [Limiter(each_stores)], 10))
        with each_stores.ledger.write() as conn:
            conn.exec_driver_sql("DELETE FROM platform_slots")
    for _ in range(2):
        each_stores.clock.advance(timedelta(seconds=60))  # pyright: ignore
        found.append(held_at_once(each_stores, limit, [Limiter(each_stores)], 10))
        with each_stores.ledger.write() as conn:
            conn.exec_driver_sql("DELETE FROM platform_slots")
    assert found == [2, 1, 1, 2, 4]


def test_a_closed_lane_is_closed_for_every_process_and_no_other_lane(each_stores: Stores, limit: Limit) -> None:
    one, other = Limiter(each_stores), Limiter(each_stores)
    one.close(LANE, 60)
    with pytest.raises(Wait) as caught, other.permit(LANE, limit, patience=59):
        pass
    assert caught.value.seconds == pytest.approx(60, abs=0.01)
    with other.permit(LANE._replace(name="externalcontact/list"), limit, patience=0):
        pass
    each_stores.clock.advance(timedelta(seconds=60))  # pyright: ignore
    with other.permit(LANE, limit, patience=0):
        pass


def test_a_permit_of_a_block_is_used_soon_or_not_at_all(stores: Stores) -> None:
    limiter, limit = Limiter(stores), Limit((Window(1000, 60.0),))
    for _ in range(3):
        with limiter.permit(LANE, limit, patience=0):
            pass
    mine = limiter._locals[LANE]  # pyright: ignore
    assert mine.permits > 0
    stores.clock.advance(timedelta(seconds=limits.HOLD_SECONDS))  # pyright: ignore
    before = mine.block
    with limiter.permit(LANE, limit, patience=0):
        pass
    assert mine.block <= before


def test_impatience_is_told_how_long_it_would_take(stores: Stores) -> None:
    limiter, limit = Limiter(stores), Limit((Window(1, 30.0),))
    with limiter.permit(LANE, limit, patience=0):
        pass
    with pytest.raises(Wait) as caught, limiter.permit(LANE, limit, patience=10):
        pass
    assert 30 <= caught.value.seconds <= 31.1


def test_patience_waits_in_the_clock_s_own_pace(stores: Stores) -> None:
    clock = ManualClock(stores.clock.now(), pace=600.0)
    slept: list[float] = []

    def pause(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(timedelta(seconds=seconds * clock.pace))

    limiter, limit = Limiter(replace(stores, clock=clock), pause=pause), Limit((Window(1, 30.0),))
    for _ in range(2):
        with limiter.permit(LANE, limit, patience=60):
            pass
    assert sum(slept) == pytest.approx(31 / 600, rel=0.05)
