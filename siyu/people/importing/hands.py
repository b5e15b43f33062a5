"""More hands for one import: the libraries beneath release the interpreter, so two threads use two cores."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import TypeVar

AHEAD_CHUNKS_MAX = 2

T = TypeVar("T")


def side_by_side(act: Callable[[T], None], parts: Sequence[T], hands: int) -> Iterator[None]:
    """Act on every part, ``hands`` at a time; yields once for each that is done. The first error ends it, as the
    caller does by leaving: what has begun is let finish, the rest is not begun."""
    if hands == 1 or len(parts) == 1:
        for part in parts:
            yield act(part)
        return
    pool = ThreadPoolExecutor(hands, thread_name_prefix="import-hand")
    try:
        for done in as_completed([pool.submit(act, part) for part in parts]):
            yield done.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, read by a thread of their own, at most ``AHEAD_CHUNKS_MAX`` early: decoding one chunk and
    checking another then use two cores."""
    waiting: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(AHEAD_CHUNKS_MAX)
    stopped = threading.Event()

    def put(entry: tuple[T | None, BaseException | None]) -> None:
        while not stopped.is_set():
            with suppress(queue.Full):
                waiting.put(entry, timeout=0.2)
                return

    def read() -> None:
        try:
            for item in items:
                put((item, None))
                if stopped.is_set():
                    return
            put((None, None))
        except BaseException as error:  # handed to the reader, which raises it
            put((None, error))

    reader = threading.Thread(target=read, name="import-reader", daemon=True)
    reader.start()
    try:
        yield from _taken(waiting)
    finally:
        stopped.set()
        reader.join()


def _taken(waiting: queue.Queue[tuple[T | None, BaseException | None]]) -> Iterator[T]:
    while True:
        item, error = waiting.get()
        if error is not None:
            raise error
        if item is None:
            return
        yield item
