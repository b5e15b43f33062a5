"""Work of many at once: everything that waits while one commit is syncing goes into the next transaction."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from siyu.storage import Unavailable

T = TypeVar("T")
R = TypeVar("R")

GROUP_MAX = 256
WAITING_MAX = 8_192


class Together(Generic[T, R]):
    """One per process and kind of work. A thread of its own works; whoever waits has a future.

    ``perform`` does a group in one transaction and answers each, in their order. Where a group fails, each is tried
    alone, so that one that can't be done spoils nothing for the others: ``perform`` must be idempotent.
    """

    def __init__(self, perform: Callable[[Sequence[T]], Sequence[R]], name: str) -> None:
        self._perform = perform
        self._waiting: queue.Queue[tuple[T, Future[R]] | None] = queue.Queue(WAITING_MAX)
        self._worker = threading.Thread(target=self._work, name=name, daemon=True)
        self._worker.start()

    def take(self, wish: T) -> Future[R]:
        """Queue it. The future holds its answer once it is on disk, or :class:`Unavailable` where too many wait."""
        done: Future[R] = Future()
        try:
            self._waiting.put_nowait((wish, done))
        except queue.Full:
            done.set_exception(Unavailable("many_at_once", "来的人太多，请稍后再试。", "Too many come at once."))
        return done

    def close(self) -> None:
        """Finish what waits."""
        self._waiting.put(None)
        self._worker.join()

    def _work(self) -> None:
        while (entry := self._waiting.get()) is not None:
            group = [entry]
            closing = False
            while len(group) < GROUP_MAX and not closing:
                try:
                    another = self._waiting.get_nowait()
                except queue.Empty:
                    break
                closing = another is None
                if another is not None:
                    group.append(another)
            self._settle(group)
            if closing:
                return

    def _settle(self, group: Sequence[tuple[T, Future[R]]]) -> None:
        try:
            answers = self._perform([wish for wish, _ in group])
        except Exception as error:  # every waiter must hear of it: none may hang
            if len(group) > 1:
                for each in group:
                    self._settle([each])
            else:
                group[0][1].set_exception(error)
            return
        for (_, done), answer in zip(group, answers, strict=True):
            done.set_result(answer)
