"""What codes brought: people added, left, still there.

Counted are friendships (a person and an adviser; of a group code, a person and a group) that began through the code in
the period. One has *left* if the last thing told of it is that either side deleted it (of a group: that they left); one
that was handed over to a colleague is still there. So added = left + still there, on every line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from siyu.channels.wecom.codes import names_of
from siyu.growth.period import DAYS, span_of, today
from siyu.growth.ways.model import MEANS, KeptWay
from siyu.jobs import preferences
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON

ENDS: dict[str, tuple[str, ...]] = {"contact": ("friend_lost", "friend_removed"), "join": ("group_left",)}
ALSO: dict[str, tuple[str, ...]] = {"contact": ("friend_transferred",), "join": ()}


@dataclass(frozen=True, slots=True)
class Count:
    """Friendships that began, and those of them that have ended since."""

    added: int = 0
    left: int = 0

    @property
    def stayed(self) -> int:
        return self.added - self.left

    def __add__(self, other: Count) -> Count:
        return Count(self.added + other.added, self.left + other.left)


@dataclass(frozen=True, slots=True)
class Line:
    """One day (of the installation's zone) and one adviser (userid) or group (chat id)."""

    day: date
    whom: str
    count: Count


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one code, first and last day included. ``names`` of ``whom``, as far as they are known."""

    first: date
    last: date
    total: Count
    days: Sequence[tuple[date, Count]]
    whom: Sequence[tuple[str, Count]]
    lines: Sequence[Line]
    names: dict[str, str]


def figures_of(stores: Stores, code: KeptWay, first: date | None = None, last: date | None = None) -> Figures:
    """By day and by adviser or group; the last 30 days where nothing is said. Raises :class:`BadInput`."""
    first, last = span_of(stores, first, last)
    lines = [line for _, line in _lines(stores, code.kind, [code.state], first, last)]
    by_day = {first + timedelta(days=number): Count() for number in range((last - first).days + 1)}
    by_whom: dict[str, Count] = {}
    for line in lines:
        by_day[line.day] += line.count
        by_whom[line.whom] = by_whom.get(line.whom, Count()) + line.count
    total = sum((line.count for line in lines), Count())
    names = names_of(stores, code.account, code.kind, list(by_whom))
    ranked = sorted(by_whom.items(), key=lambda each: (-each[1].added, each[0]))
    return Figures(first, last, total, list(by_day.items()), ranked, lines, names)


def counts_of(stores: Stores, codes: Sequence[KeptWay], days: int = DAYS) -> dict[int, Count]:
    """Of several codes in the last days, by number."""
    last = today(stores)
    first = last - timedelta(days=days - 1)
    found: dict[str, Count] = {}
    for kind in MEANS:
        states = [code.state for code in codes if code.kind == kind]
        for state, line in _lines(stores, kind, states, first, last) if states else ():
            found[state] = found.get(state, Count()) + line.count
    return {code.id: found.get(code.state, Count()) for code in codes}


def _lines(stores: Stores, kind: str, states: Sequence[str], first: date, last: date) -> list[tuple[str, Line]]:
    """(state, line), in order of days."""
    event, whom = MEANS[kind]
    to_whom = f"ifNull(properties.{whom}.:String, '')"
    state = "ifNull(properties.channel_state.:String, '')"
    through = f"name = {{event:String}} AND has({{states:Array(String)}}, {state})"
    rows = stores.events.rows(
        "SELECT state, toString(day), whom, count(), countIf(has({ends:Array(String)}, now_is)) FROM ("
        f"SELECT {PERSON} AS kept, {to_whom} AS whom, {state} AS state, toDate(min(time), {{zone:String}}) AS day "
        f"FROM events WHERE {through} AND toDate(time, {{zone:String}}) BETWEEN {{first:Date}} AND {{last:Date}} "
        "GROUP BY kept, whom, state) AS came INNER JOIN ("
        f"SELECT {PERSON} AS kept, {to_whom} AS whom, argMax(name, (time, received)) AS now_is FROM events "
        f"WHERE has({{told:Array(String)}}, name) AND person IN (SELECT person FROM events WHERE {through}) "
        "GROUP BY kept, whom) AS since USING (kept, whom) GROUP BY state, day, whom ORDER BY day, whom",
        {
            "event": event,
            "states": list(states),
            "ends": list(ENDS[kind]),
            "told": [event, *ENDS[kind], *ALSO[kind]],
            "zone": preferences.timezone(stores).key,
            "first": first.isoformat(),
            "last": last.isoformat(),
        },
    )
    return [
        (str(row[0]), Line(date.fromisoformat(row[1]), str(row[2]), Count(int(row[3]), int(row[4])))) for row in rows
    ]
