"""Work of many at once: everything that waits while one commit is syncing goes into the next transaction.

A transaction costs about as much for one as for twenty. So under load they begin some time apart, and more come
together in each; who comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError

from siyu.storage.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

GROUP_MAX = 256
WAITING_MAX = 8_192
APART_SECONDS = 0.01
"""From the beginning of one transaction to that of the next, at least."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T, R]):
    """A wish and who waits for its answer: a thread, or where ``loop`` is given a task of it."""

    wish: T
    done: Future[R] | asyncio.Future[R]
    loop: asyncio.AbstractEventLoop | None = None


class Together(Generic[T, R]):
    """One per process and kind of work. A thread of its own works; whoever waits has a future.

    ``perform`` does a group in one transaction and answers each, in their order. Where a group fails, each is tried
    alone, so that one that can't be done spoils nothing for the others: ``perform`` must be idempotent. A store that
    does not answer fails them all at once: each alone would only wait for it again.
    """

    def __init__(self, perform: Callable[[Sequence[T]], Sequence[R]], name: str) -> None:
        self._perform = perform
        self._waiting: queue.Queue[_Waiting[T, R] | None] = queue.Queue(WAITING_MAX)
        self._worker = threading.Thread(target=self._work, name=name, daemon=True)
        self._worker.start()

    def take(self, wish: T) -> Future[R]:
        """Queue it. The future holds its answer once it is on disk, or :class:`Unavailable` where too many wait."""
        done: Future[R] = Future()
        self._put(_Waiting(wish, done))
        return done

    def awaited(self, wish: T) -> asyncio.Future[R]:
        """The same for a task of the running loop."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[R] = loop.create_future()
        self._put(_Waiting(wish, done, loop))
        return done

    def close(self) -> None:
        """Finish what waits."""
        self._waiting.put(None)
        self._worker.join()

    def _put(self, waiting: _Waiting[T, R]) -> None:
        try:
            self._waiting.put_nowait(waiting)
        except queue.Full:
            error = Unavailable("many_at_once", "来的人太多，请稍后再试。", "Too many come at once.")
            waiting.done.set_exception(error)

    def _work(self) -> None:
        next_begins = 0.0
        while (entry := self._waiting.get()) is not None:
            time.sleep(max(0.0, next_begins - time.monotonic()))
            next_begins = time.monotonic() + APART_SECONDS
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

    def _settle(self, group: Sequence[_Waiting[T, R]]) -> None:
        told = list(zip(group, self._answers([each.wish for each in group]), strict=True))
        _tell([pair for pair in told if pair[0].loop is None])
        for loop in {each.loop for each in group if each.loop is not None}:
            # all at once: each call to a loop gives up the interpreter, and beside a busy loop waits to have it back
            with suppress(RuntimeError):  # it has ended, and nobody waits any more
                loop.call_soon_threadsafe(_tell, [pair for pair in told if pair[0].loop is loop])

    def _answers(self, wishes: Sequence[T]) -> Sequence[R | Exception]:
        """Every waiter must hear of what went wrong: none may hang."""
        try:
            return self._perform(wishes)
        except Exception as error:
            if len(wishes) == 1 or isinstance(error, OperationalError):
                return [error] * len(wishes)
            return [answer for wish in wishes for answer in self._answers([wish])]


def _tell(answers: Sequence[tuple[_Waiting[T, R], R | Exception]]) -> None:
    for waiting, answer in answers:
        if waiting.done.cancelled():
            continue
        if isinstance(answer, Exception):
            waiting.done.set_exception(answer)
        else:
            waiting.done.set_result(answer)
