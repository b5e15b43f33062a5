"""Which state of the event log an answer was computed from, and a cache of answers by that state."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa

from siyu.insight.answers import Freshness
from siyu.insight.period import aware
from siyu.people.tables import batches
from siyu.storage import Stores

ANSWERS_MAX = 512
STALE_MAX = timedelta(minutes=15)
"""An older answer is computed again before it is shown; a younger one is shown, marked, and renewed behind it."""

T = TypeVar("T", bound=msgspec.Struct)


def version(stores: Stores) -> str:
    """A short text that differs whenever an answer may differ. Costs milliseconds at any size.

    Events are only ever added, so their number tells one state from another; merges are told by a digest of the
    aliases, the projection of people by its last inserted block.
    """
    events, people = stores.events.row(
        "SELECT sumIf(rows, table = 'events'), maxIf(max_block_number, table = 'people') FROM system.parts "
        "WHERE active AND database = currentDatabase() AND table IN ('events', 'people')"
    )
    (aliases,) = stores.events.row(
        "SELECT groupBitXor(sipHash64(member, kept)) FROM aliases FINAL WHERE kept != member"
    )
    return f"{events}-{people}-{aliases:x}"


def freshness(stores: Stores, known: str | None = None) -> Freshness:
    """How new the answers given now are; ``known``: the version, where it was read already."""
    newest, count = stores.events.row("SELECT max(time), count() FROM events")
    with stores.ledger.read() as conn:
        stored = conn.execute(sa.select(sa.func.max(batches.c.stored, type_=batches.c.stored.type))).scalar_one()
    return Freshness(stores.clock.now(), aware(newest) if count else None, stored, known or version(stores))


@dataclass
class _Kept(Generic[T]):
    answer: T
    version: str
    computed: datetime


class Answers:
    """A cache of answers. One per process, made where the rooms are put together.

    Every answer has a field ``freshness``; one that is shown although the log has moved on is marked stale there.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept[Any]] = OrderedDict()
        self._turn = threading.Lock()
        self._renewing: dict[str, Future[None]] = {}
        self._workers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answers")

    def get(self, stores: Stores, key: str, compute: Callable[[], T], *, fresh: bool = False) -> T:
        """The answer for ``key``: kept while the log stands still; else the kept one, marked stale, while a new one
        is computed behind it; else (``fresh``, none kept, of an empty log, or too old) computed now."""
        state = version(stores)
        with self._turn:
            kept: _Kept[T] | None = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
        if kept is not None and kept.version == state:
            return kept.answer
        if kept is None or fresh or _was_empty(kept.answer) or stores.clock.now() - kept.computed > STALE_MAX:
            return self._compute(stores, key, compute, state)
        self._renew(stores, key, compute)
        return msgspec.structs.replace(kept.answer, freshness=_stale(kept.answer))

    def knows(self, key: str) -> bool:
        """Whether an answer, fresh or stale, is kept: :meth:`get` then takes no time."""
        with self._turn:
            return key in self._kept

    def _compute(self, stores: Stores, key: str, compute: Callable[[], T], state: str) -> T:
        answer = compute()
        with self._turn:
            self._kept[key] = _Kept(answer, state, stores.clock.now())
            self._kept.move_to_end(key)
            while len(self._kept) > ANSWERS_MAX:
                self._kept.popitem(last=False)
        return answer

    def _renew(self, stores: Stores, key: str, compute: Callable[[], T]) -> None:
        with self._turn:
            if key in self._renewing:
                return
            self._renewing[key] = self._workers.submit(self._renew_now, stores, key, compute)

    def _renew_now(self, stores: Stores, key: str, compute: Callable[[], T]) -> None:
        try:
            self._compute(stores, key, compute, version(stores))
        finally:
            with self._turn:
                self._renewing.pop(key, None)

    def settle(self) -> None:
        """Wait until nothing is being renewed; raises what a renewal raised."""
        while True:
            with self._turn:
                waiting = list(self._renewing.values())
            if not waiting:
                return
            for each in waiting:
                each.result()

    def close(self) -> None:
        self._workers.shutdown(wait=True, cancel_futures=True)


def _was_empty(answer: Any) -> bool:
    """Whether there was no event yet: the first data are shown at once, not "nothing here" for a while longer."""
    return answer.freshness.newest is None


def _stale(answer: Any) -> Freshness:
    return msgspec.structs.replace(answer.freshness, stale=True)
