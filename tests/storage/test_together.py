"""Work of many at once: one transaction a group, and everybody hears of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from siyu.storage import together
from siyu.storage.together import Together


class Work:
    """Doubles numbers; 13 can't be doubled, and while ``down`` the store answers nobody."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.down = False
        self.together: Together[int, int] = Together(self.perform, "doubles")

    def perform(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        if self.down:
            raise OperationalError("select", {}, Exception("locked"))
        if 13 in numbers:
            raise ValueError("unlucky")
        return [2 * number for number in numbers]


@pytest.fixture
def work() -> Work:
    return Work()


def test_each_has_the_answer_to_their_own(work: Work) -> None:
    assert [each.result(5) for each in [work.together.take(number) for number in range(9)]] == list(range(0, 18, 2))


def test_who_waits_when_it_closes_is_answered(work: Work) -> None:
    waiting = [work.together.take(number) for number in range(20)]
    work.together.close()
    assert all(each.done() for each in waiting)


def test_one_that_cannot_be_done_spoils_nothing_for_the_others(work: Work) -> None:
    waiting = {number: work.together.take(number) for number in (1, 13, 2)}
    assert (waiting[1].result(5), waiting[2].result(5)) == (2, 4)
    with pytest.raises(ValueError, match="unlucky"):
        waiting[13].result(5)


def test_a_store_that_does_not_answer_is_asked_once_a_group(work: Work) -> None:
    work.down = True
    waiting = [work.together.take(number) for number in range(50)]
    for each in waiting:
        with pytest.raises(OperationalError):
            each.result(5)
    assert sum(map(len, work.groups)) == 50


def test_tasks_of_a_loop_are_answered_in_it(work: Work) -> None:
    async def asked() -> list[int | BaseException]:
        numbers = [1, 13, 3]
        return await asyncio.gather(*map(work.together.awaited, numbers), return_exceptions=True)

    one, unlucky, three = asyncio.run(asked())
    assert (one, three) == (2, 6)
    assert isinstance(unlucky, ValueError)


def test_who_comes_right_after_another_waits_a_little_for_more(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    queued, waits = threading.Event(), list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        assert seconds == 0 or queued.wait(5)

    monkeypatch.setattr(together, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: 100.0))
    assert work.together.take(1).result(5) == 2
    waiting = [work.together.take(number) for number in range(2, 12)]
    queued.set()
    assert [each.result(5) for each in waiting] == list(range(4, 24, 2))
    assert work.groups == [[1], list(range(2, 12))]
    assert waits == pytest.approx([0, together.APART_SECONDS])
