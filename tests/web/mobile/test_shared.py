"""What pages keep between visits, and for how long."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from siyu.web.mobile import shared
from siyu.web.mobile.shared import REMAKING_SECONDS, Remembered


class Clock:
    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        patch.setattr(shared, "time", SimpleNamespace(monotonic=lambda: self.now))


def test_of_many_who_ask_for_what_is_too_old_the_first_makes_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, kept = Clock(monkeypatch), Remembered[str, int](10, 20)
    kept.put("page", 1)
    clock.now += 21
    assert [kept.get("page") for _ in range(3)] == [None, 1, 1]
    clock.now += REMAKING_SECONDS + 1  # who should have made it did not
    assert [kept.get("page") for _ in range(2)] == [None, 1]
    kept.put("page", 2)
    assert kept.get("page") == 2


def test_pages_made_at_one_moment_do_not_grow_old_at_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, kept = Clock(monkeypatch), Remembered[int, int](1_000, 20)
    for number in range(1_000):
        kept.put(number, number)
    clock.now += 9.9
    assert all(kept.get(number) is not None for number in range(1_000))
    clock.now += 5.1
    old = sum(kept.get(number) is None for number in range(1_000))
    assert 0 < old < 1_000  # by chance less than once in 10^300


def test_the_longest_unused_goes_first() -> None:
    kept = Remembered[int, int](2)
    for number in (1, 2):
        kept.put(number, number)
    kept.get(1)
    kept.put(3, 3)
    assert [kept.get(number) for number in (1, 2, 3)] == [1, None, 3]
