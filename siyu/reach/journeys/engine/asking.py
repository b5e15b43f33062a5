"""What the engine asks of the event log: always for many people at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from siyu.audiences import model as rules
from siyu.audiences.compile import select
from siyu.audiences.conditions.base import EVERY_EVENT
from siyu.audiences.conditions.did import filters_sql
from siyu.audiences.context import definitions, moment
from siyu.audiences.sql import Moment, Query, instant
from siyu.reach.best_hour import Habits, best_moments, habits
from siyu.reach.journeys.engine.crowd import Numbers, Places
from siyu.reach.journeys.matching import Match
from siyu.storage import Stores
from siyu.storage.eventlog_schema import NOT_BY_PERSON, PERSON
from siyu.storage.ledger import to_millis

FEW = 2_000
"""Up to so many people a rule is asked for them alone; of more, for everybody, once a round."""

_DONE_TO_THEM = ", ".join(f"'{name}'" for name in NOT_BY_PERSON)
BY_THEM = f"name NOT IN ({_DONE_TO_THEM})"
"""SQL: what people do: all that "any event" means. Else what a journey tells and does would call for its next step."""

OURS = frozenset({"journey_called", "task_done", "person_merged"})
"""What the engine believes as the product's own word alone."""

MILLIS = "toUnixTimestamp64Milli(time)"


@dataclass
class Asking:
    """Answers of one round, remembered for it; ``habits``, of the rounds before, are good for longer."""

    stores: Stores
    habits: Habits | None = None
    as_of: datetime | None = None
    """A moment of the past, for rehearsals: what happened later is not known. None: now."""
    _whole: dict[bytes, Numbers] = field(default_factory=dict[bytes, Numbers])

    def meeting(self, rule: Mapping[str, Any], persons: Numbers) -> npt.NDArray[np.bool_]:
        """Who of these kept persons meets the rule."""
        key = msgspec.json.encode(rule)
        known = self._whole.get(key)
        if known is None and len(persons) > FEW:
            known = self._whole[key] = self._members(rule, None)
        if known is None:
            known = self._members(rule, persons)
        if not len(known):
            return np.zeros(len(persons), dtype=np.bool_)
        place = np.minimum(np.searchsorted(known, persons), len(known) - 1)
        return known[place] == persons

    def _members(self, rule: Mapping[str, Any], persons: Numbers | None) -> Numbers:
        """Ascending."""
        tree = rules.parse(dict(rule))
        within = None if persons is None else f"{PERSON} IN ({', '.join(map(str, persons.tolist())) or 0})"
        wanted = "arrayJoin(bitmapToArray({members})) AS person"
        asked = moment(self.stores) if self.as_of is None else Moment(self.as_of, moment(self.stores).zone)
        statement = select(tree, asked, definitions(self.stores), wanted, within, as_of=self.as_of is not None)
        found = self.stores.events.arrow(statement.sql, statement.parameters, heavy=persons is None)
        return np.sort(found.column("person").to_numpy().astype(np.int64))

    def first_after(self, match: Match, persons: Numbers, after: Numbers, until: Numbers | None) -> Numbers:
        """When each did it first, later than ``after`` and not later than ``until``; 0: not known to have."""
        answer = np.zeros(len(persons), dtype=np.int64)
        if not len(persons):
            return answer
        if self.as_of is not None:
            known = np.full(len(persons), to_millis(self.as_of))
            until = known if until is None else np.minimum(until, known)
        query = Query(moment(self.stores))
        late = f" AND time <= {instant(int(until.max()))}" if until is not None else ""
        found = self.stores.events.arrow(
            f"SELECT toInt64({PERSON}) AS who, {MILLIS} AS at FROM events WHERE {_matched(query, match)} "
            f"AND time > {instant(int(after.min()))}{late} AND who IN {{asked:Array(UInt32)}} ORDER BY at",
            {**query.parameters, "asked": persons.tolist()},
        )
        place, row = _matches(persons, found.column("who").to_numpy())
        at = found.column("at").to_numpy()[row]
        fits = (at > after[place]) & (at <= until[place] if until is not None else True)
        answer[place[fits][::-1]] = at[fits][::-1]  # the earliest is written last
        return answer

    def best(self, persons: Numbers, now: int, hours: int, zones: Sequence[str | None]) -> Numbers:
        """Each one's best moment within so many hours."""
        self.habits = habits(self.stores, self.habits)
        return best_moments(self.stores, persons, now, hours, zones, self.habits)


@dataclass(frozen=True)
class Heard:
    """What some people did, of which the news tell: kept persons, moments (milliseconds), message ids."""

    persons: Numbers
    at: Numbers
    messages: Sequence[str]


def names_in(stores: Stores, batches: Sequence[int]) -> set[str]:
    """The events that these stored batches tell of."""
    asked = {"batches": list(batches)}
    return {str(name) for (name,) in stores.events.rows(f"SELECT DISTINCT name FROM events WHERE {_BATCHES}", asked)}


def heard(stores: Stores, match: Match, batches: Sequence[int], since: int) -> Heard:
    """Who did it in these batches, later than ``since``, the earliest first."""
    return _who(stores, match, f"{_BATCHES} AND time > {instant(since)}", {"batches": list(batches)})


def happened(stores: Stores, match: Match, since: int, until: int, one_in: int = 1) -> Heard:
    """Who did it later than ``since`` and not later than ``until``, the earliest first; ``one_in``: of how many persons
    one is looked at."""
    span = f"time > {instant(since)} AND time <= {instant(until)}"
    return _who(stores, match, f"{span} AND {PERSON} % {int(one_in)} = 0", {})


def _who(stores: Stores, match: Match, which: str, asked: Mapping[str, Any]) -> Heard:
    query = Query(moment(stores))
    found = stores.events.arrow(
        f"SELECT toInt64({PERSON}) AS who, {MILLIS} AS at, message_id FROM events WHERE {which} "
        f"AND {_matched(query, match)} ORDER BY at, message_id",
        {**query.parameters, **asked},
    )
    return Heard(found.column("who").to_numpy(), found.column("at").to_numpy(), found.column("message_id").to_pylist())


def _matches(persons: Numbers, who: Numbers) -> tuple[Places, Places]:
    """Each pair of a place in ``persons`` and a row of ``who`` that name the same, in the order of the rows. Who was
    merged may be in ``persons`` twice."""
    order = np.argsort(persons, kind="stable")
    first, behind = (np.searchsorted(persons, who, side=side, sorter=order) for side in ("left", "right"))
    many = behind - first
    row = np.repeat(np.arange(len(who)), many)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    return order[np.repeat(first, many) + nth], row


_BATCHES = "batch IN {batches:Array(UInt64)}"


def _matched(query: Query, match: Match) -> str:
    named = BY_THEM if match.event == EVERY_EVENT else f"name = {query.text(match.event)}"
    if match.event in OURS:
        named += " AND source = 'siyu'"
    return f"{named} AND {filters_sql(query, match.where)}" if match.where else named
