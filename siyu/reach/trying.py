"""What the guard would have said of messages that were never sent, each at its moment: by what was really sent until
then, and by what would have been sent besides. The rules that can be judged anew judge (``what_if.py``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from siyu.reach.guard import Guard
from siyu.reach.what_if import Past, Whole, judge, past_of
from siyu.storage import Stores
from siyu.storage.ledger import to_millis

Reasons = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Tried:
    """Messages of one kind at one moment (milliseconds) that would have gone: to persons by their place."""

    who: Whole
    at: int
    kind: str
    promotional: bool
    channel: str


@dataclass
class Tries:
    """For some people (``zones``: of each, None where their profile names none)."""

    guard: Guard
    past: Past
    zones: npt.NDArray[np.object_]
    _gone: list[Tried] = field(default_factory=list[Tried])

    @classmethod
    def of(
        cls,
        stores: Stores,
        guard: Guard,
        since: datetime,
        persons: Whole,
        zones: Sequence[str | None],
        instead_of: Sequence[int] = (),
    ) -> Tries:
        """``persons``: kept, in rising order; ``since``: no message will be asked for that is earlier; ``instead_of``:
        senders in whose place these messages are, so that theirs do not count."""
        past = past_of(stores, guard, since, persons=persons, without=instead_of)
        return cls(guard, past, np.array(zones, dtype=object))

    def held(self, wish: Tried) -> Reasons:
        """The rule that would hold each, '' where none would. Nothing is noted."""
        begin = to_millis(self.past.begin)
        asked = np.zeros(len(self.past.first), dtype=bool)
        asked[wish.who] = True
        real = np.flatnonzero(asked[self.past.who] & (self.past.at < wish.at - begin) & (self.past.held == ""))
        gone = [replace(each, who=each.who[asked[each.who]]) for each in self._gone]
        rows = [*(each for each in gone if len(each.who)), wish]
        many = [len(each.who) for each in rows]

        def column(of_real: npt.NDArray[Any], of_each: Sequence[Any], dtype: Any) -> npt.NDArray[Any]:
            made = [np.full(count, value, dtype=dtype) for count, value in zip(many, of_each, strict=True)]
            return np.concatenate([of_real[real].astype(dtype), *made])

        who = np.concatenate([self.past.who[real], *(each.who for each in rows)])
        at = column(self.past.at, [each.at - begin for each in rows], np.int64)
        order = np.lexsort((np.arange(len(who)), at, who))
        asked_for = np.zeros(len(who), dtype=bool)
        asked_for[len(who) - len(wish.who) :] = True
        placed = who[order]
        past = replace(
            self.past,
            who=placed,
            at=at[order],
            day=np.zeros(len(who), dtype=np.int64),
            held=np.full(len(who), "", dtype=object),
            judged=asked_for[order],
            kind=column(self.past.kind, [each.kind for each in rows], object)[order],
            promotional=column(self.past.promotional, [each.promotional for each in rows], bool)[order],
            channel=column(self.past.channel, [each.channel for each in rows], object)[order],
            zone=self.zones[placed],
            first=np.searchsorted(placed, np.arange(len(self.past.first))).astype(np.int64),
        )
        found = np.empty(len(who), dtype=object)
        found[order] = judge(past, self.guard)
        return found[len(who) - len(wish.who) :]

    def note(self, gone: Tried) -> None:
        """These would have gone: they count from now on."""
        if len(gone.who):
            self._gone.append(gone)
