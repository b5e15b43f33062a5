"""What the command line and the API answer of what the platform counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, to_builtins

import siyu.channels.wecom.statistics.tasks as _handlers  # registers the jobs
from siyu.channels.accounts import get_account
from siyu.channels.wecom.statistics import figures, reading
from siyu.channels.wecom.statistics.days import DAYS_MAX, last_whole
from siyu.channels.wecom.statistics.figures import Line, Values, Wanted
from siyu.channels.wecom.statistics.measures import Kind
from siyu.jobs import run_to_end
from siyu.storage import BadInput, Stores

DAYS_USUAL = 30


class LineAnswer(Struct, frozen=True):
    """A member, or an owner of groups. `values`: by measure, null where there was nothing to count. `day`: null for
    all days together."""

    who: str
    name: str
    gone: bool
    day: str | None
    values: dict[str, int | float | None]

    @classmethod
    def of(cls, line: Line) -> LineAnswer:
        return cls(line.who, line.name, line.gone, line.day or None, dict(line.values))


class DayAnswer(Struct, frozen=True):
    """All of them together on a day."""

    day: str
    values: dict[str, int | float | None]


class MeasureAnswer(Struct, frozen=True):
    """What is counted, and in which unit: count, percent, minutes."""

    name: str
    unit: str
    zh: str
    en: str
    zh_means: str
    en_means: str


class WorkAnswer(Struct, frozen=True):
    """What the platform counted from `first` to `last`: in all (null: nothing is known), by day, by member or owner.
    `read`: when the newest day known was read."""

    account: int
    kind: str
    first: str
    last: str
    read: datetime | None
    measures: list[MeasureAnswer]
    all: dict[str, int | float | None] | None
    days: list[DayAnswer]
    lines: list[LineAnswer]


class WorkDaysAnswer(Struct, frozen=True):
    """A line a member or owner and day, the newest first."""

    account: int
    kind: str
    first: str
    last: str
    lines: list[LineAnswer]


class WorkRead(Struct, frozen=True):
    """The job that reads."""

    job: int


class ReadingAnswer(Struct, frozen=True):
    """How a reading ended: days, members, rows kept, members of whom the platform tells nothing."""

    account: int
    days: int
    members: int
    rows: int
    out_of_sight: int


def wanted_days(stores: Stores, account: int, days: int = DAYS_USUAL, who: str = "") -> Wanted:
    """The last ``days`` whole days. Raises :class:`BadInput`."""
    if not 1 <= days <= DAYS_MAX:
        words = f"天数须为 1 到 {DAYS_MAX}。", f"Between 1 and {DAYS_MAX} days."
        raise BadInput("statistics_days", *words, field="days")
    last = last_whole(stores.clock.now())
    return Wanted(account, last - timedelta(days=days - 1), last, who)


def days_of(stores: Stores, account: int, days: int, who: str) -> Wanted:
    """The same, of an account that there is. Raises :class:`NotFound`, :class:`BadInput`."""
    get_account(stores, account)
    return wanted_days(stores, account, days, who)


def told(stores: Stores, kind: Kind, wanted: Wanted, lines: Sequence[Line] | None = None) -> WorkAnswer:
    """Everything of these days. ``lines``: already chosen and in order."""
    known = figures.read_at(stores, kind, wanted.account)
    shown = figures.by_who(stores, kind, wanted) if lines is None else lines
    return WorkAnswer(
        wanted.account,
        kind.name,
        wanted.first.isoformat(),
        wanted.last.isoformat(),
        None if known is None else known[1],
        [MeasureAnswer(m.name, m.unit, m.zh, m.en, m.zh_means, m.en_means) for m in kind.measures],
        _plain(figures.in_all(stores, kind, wanted)),
        [DayAnswer(day, dict(values)) for day, values in figures.by_day(stores, kind, wanted)],
        [LineAnswer.of(each) for each in shown],
    )


def days_told(stores: Stores, kind: Kind, wanted: Wanted) -> WorkDaysAnswer:
    """Every line of every day."""
    lines = [LineAnswer.of(each) for each in figures.day_lines(stores, kind, wanted)]
    return WorkDaysAnswer(wanted.account, kind.name, wanted.first.isoformat(), wanted.last.isoformat(), lines)


def read_now(stores: Stores, account: int, days: int | None, *, alone: bool, watch: Any) -> Mapping[str, Any]:
    """Read and wait for the end (command line). Raises :class:`SiyuError`."""
    ended = run_to_end(stores, lambda: reading.ask_to_read(stores, account, days), alone=alone, watch=watch)
    found = {name: int((ended.result or {}).get(name) or 0) for name in ("days", "members", "rows", "out_of_sight")}
    return to_builtins(ReadingAnswer(account, **found))


def _plain(values: Values | None) -> dict[str, int | float | None] | None:
    return None if values is None else dict(values)


__all__ = ["_handlers", "days_of", "days_told", "read_now", "told", "wanted_days"]
