"""More hands for one import: each part once, an error ends it, who leaves early leaves nothing running."""

from __future__ import annotations

import threading
import time

import pytest

from siyu.people.importing.hands import ahead, side_by_side
from siyu.storage import Stores


@pytest.mark.parametrize("hands", [1, 2, 3])
def test_every_part_is_acted_on_once(hands: int) -> None:
    acted: list[int] = []
    assert len(list(side_by_side(acted.append, range(20), hands))) == 20
    assert sorted(acted) == list(range(20))


def test_two_hands_work_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=60)
    assert len(list(side_by_side(lambda _: both.wait() and None, [1, 2], 2))) == 2


@pytest.mark.parametrize("hands", [1, 2])
def test_an_error_is_raised_and_what_has_not_begun_is_not_begun(hands: int) -> None:
    acted: list[int] = []

    def act(part: int) -> None:
        if part == 0:
            raise ValueError("broken part")
        time.sleep(0.01)
        acted.append(part)

    with pytest.raises(ValueError, match="broken part"):
        list(side_by_side(act, range(1_000), hands))
    assert len(acted) < 999


def test_leaving_early_waits_for_what_runs() -> None:
    running: set[int] = set()

    def act(part: int) -> None:
        running.add(part)
        time.sleep(0.02)
        running.remove(part)

    parts = side_by_side(act, range(100), 2)
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    assert running == set()


def test_items_read_ahead_keep_their_order() -> None:
    assert list(ahead(iter(range(50)))) == list(range(50))


def test_an_error_of_the_reader_reaches_who_asks() -> None:
    def broken():
        yield 1
        raise ValueError("broken file")

    found = ahead(broken())
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken file"):
        next(found)


def test_a_client_of_the_event_log_ends_with_its_thread(stores: Stores) -> None:
    def ask() -> None:
        stores.events.row("SELECT 1")

    for _ in range(5):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    ended = [thread for thread, _ in stores.events._clients if not thread.is_alive()]  # pyright: ignore[reportPrivateUsage]
    assert len(ended) <= 1
