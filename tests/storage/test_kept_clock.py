"""Time that runs fast in a home for rehearsals, and never goes back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from siyu.storage import BadInput, ManualClock, PacedClock, SystemClock, at_machine_speed
from siyu.storage.kept_clock import KeptClock, has_own_time, require_new

PACE = 3_600.0


def test_a_paced_clock_tells_the_same_to_whoever_knows_its_beginning() -> None:
    began = datetime(2026, 3, 2, tzinfo=UTC)
    clock = PacedClock(began, time.time() - 10, PACE)
    assert clock.now() - began >= timedelta(hours=10)
    assert clock.now() - began < timedelta(hours=20)


def test_an_hour_passes_in_a_second(tmp_path: Path) -> None:
    clock = KeptClock(tmp_path, PACE)
    at, before = time.time(), clock.now()
    time.sleep(0.02)
    passed = (clock.now() - before).total_seconds()
    assert 0.02 * PACE <= passed <= (time.time() - at) * PACE
    clock.stop()


def test_time_goes_on_where_it_was_stopped_though_the_world_is_behind(tmp_path: Path) -> None:
    clock = KeptClock(tmp_path, PACE)
    time.sleep(0.01)
    before = clock.now()
    clock.stop()
    after = clock.now()
    again = KeptClock(tmp_path, 1.0)
    assert before <= again.now() < after + timedelta(minutes=5)
    assert again.now() > SystemClock().now()
    again.stop()


def test_who_is_killed_never_tells_a_moment_again(tmp_path: Path) -> None:
    killed = KeptClock(tmp_path, PACE)
    time.sleep(0.02)
    told = killed.now()
    again = KeptClock(tmp_path, PACE)
    assert again.now() > told
    again.stop()
    killed.stop()


def test_only_a_home_that_is_not_in_use_gets_a_time_of_its_own(tmp_path: Path) -> None:
    require_new(tmp_path, 60)
    assert not has_own_time(tmp_path)
    KeptClock(tmp_path, 60).stop()
    (tmp_path / "ledger.db").touch()
    require_new(tmp_path, 60)
    used = tmp_path / "used"
    used.mkdir()
    (used / "ledger.db").touch()
    with pytest.raises(BadInput) as refused:
        require_new(used, 60)
    assert refused.value.code == "pace_home"


def test_what_a_machine_has_to_keep_to_does_not_shrink_when_time_is_fast() -> None:
    assert at_machine_speed(ManualClock(pace=600), 20) == 12_000
    assert at_machine_speed(ManualClock(), 20) == 20
    assert at_machine_speed(ManualClock(pace=0.5), 20) == 20
