"""The drain's second hand: brings a batch to its end while the first hand begins the next one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager


class SecondHand:
    """One piece of work at a time. Outside :meth:`at_work` there is no second hand, and what is handed over is done
    at once by who hands it over."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._busy: Future[None] | None = None
        self.batch = 0
        """The number of the batch it has, or whose fault nobody has been told yet; 0: none."""

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Have a second hand; what it still has at the end is waited for, a fault of that is raised at the next
        :meth:`wait`."""
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="drain") as self._thread:
                yield
        finally:
            self._thread = None

    def take(self, batch: int, finish: Callable[[], None]) -> None:
        """Hand over how ``batch`` is brought to its end, once the one before has been; its fault is raised here."""
        self.wait()
        if self._thread is None:
            finish()
        else:
            self.batch, self._busy = batch, self._thread.submit(finish)

    def wait(self) -> None:
        """Until what was handed over is done; its fault is raised here, once."""
        busy, self._busy = self._busy, None
        try:
            if busy is not None:
                busy.result()
        finally:
            self.batch = 0
