"""Rehearsing 预演: a document walked, in memory, on what really happened in the last days: who would have come in,
which ways they would have gone, what the guard would have said. Nothing is written and nobody hears of it.

What a person is (tags, consent, addresses) is of today; what they did is as it was known at each moment. What the
messages would have changed is not known: people do what they did without them. The guard counts what was really sent
and what this journey would have sent besides (``pretending.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from siyu.channels import Channels
from siyu.jobs import preferences
from siyu.people.tables import people
from siyu.reach.journeys import nodes
from siyu.reach.journeys.engine.asking import Asking, happened
from siyu.reach.journeys.engine.clock import DAY, MINUTE
from siyu.reach.journeys.engine.crowd import Crowd, Numbers, Places
from siyu.reach.journeys.engine.dates import called_between
from siyu.reach.journeys.engine.planning import Planner, task_done
from siyu.reach.journeys.engine.published import GATE, Published
from siyu.reach.journeys.engine.stepping import carry_out
from siyu.reach.journeys.engine.telling import Told
from siyu.reach.journeys.model import Journey
from siyu.reach.journeys.pretending import Pretending
from siyu.reach.journeys.rehearsed import Rehearsed
from siyu.reach.journeys.triggers import OnDate, OnSchedule
from siyu.storage import Stores, in_chunks, sent
from siyu.storage.ledger import from_millis, to_millis

DAYS_MAX = 90
PEOPLE_MAX = 10_000
"""Of more, every so-manieth is walked, and the figures are multiplied."""
TICK = 15 * MINUTE
"""Moments are looked at on a grid: a month is at most some thousand looks."""
OUTSIDE = -2
STEPS_A_MOMENT_MAX = 100
CHUNK = 10_000
FAR = 2**62
Progress = Callable[[int, int], None]
"""Told after each moment: days walked, and all of them."""


def rehearse(
    stores: Stores,
    channels: Channels,
    journey: Journey,
    *,
    days: int,
    salt: str = "",
    number: int | None = None,
    progress: Progress = lambda done, all: None,
) -> Rehearsed:
    """Walk a document on the last ``days`` (1 to :data:`DAYS_MAX`) of what happened. Writes nothing. ``number``: of the
    journey that it is of, whose real messages are left out: these would be in their place."""
    now = stores.clock.now()
    days = min(max(days, 1), DAYS_MAX)
    since = now - timedelta(days=days)
    persons, at, one_in = came(stores, journey, since, now)
    found = Rehearsed(since, now, one_in)
    if len(persons):
        _Walk(stores, channels, journey, salt, found, persons, at, number).run(progress)
        found.multiply(one_in)
    return found


def came(stores: Stores, journey: Journey, since: datetime, now: datetime) -> tuple[Numbers, Numbers, int]:
    """Whom the trigger would have called, and when, in order of time; of how many one."""
    trigger = journey.trigger
    match = trigger.match()
    if match is not None:
        span = to_millis(since), to_millis(now)
        first = happened(stores, match, *span)
        one_in = -(-len(np.unique(first.persons)) // PEOPLE_MAX) or 1
        found = first if one_in == 1 else happened(stores, match, *span, one_in)
        return found.persons, found.at, one_in
    parts: list[tuple[Numbers, Numbers]] = []
    if isinstance(trigger, OnDate | OnSchedule):
        for day in range((now - since).days):
            begin = since + timedelta(days=day)
            for at, persons in called_between(stores, trigger, begin, begin + timedelta(days=1)):
                parts.append((persons.astype(np.int64), np.full(len(persons), at)))
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 1
    persons, at = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    one_in = -(-len(np.unique(persons)) // PEOPLE_MAX) or 1
    mine = persons % one_in == 0
    order = np.argsort(at[mine], kind="stable")
    return persons[mine][order], at[mine][order], one_in


class _Walk:
    """The state of everybody, as columns by person: where they are, and since when."""

    def __init__(
        self,
        stores: Stores,
        channels: Channels,
        journey: Journey,
        salt: str,
        found: Rehearsed,
        persons: Numbers,
        at: Numbers,
        number: int | None,
    ) -> None:
        self._stores, self._journey, self._found = stores, journey, found
        self._zone = preferences.timezone(stores)
        self._published = Published(0, 0, salt, found.since, journey, {})
        self._persons, self._calls = np.unique(persons, return_inverse=True)
        self._at = at
        many = len(self._persons)
        self._place = np.full(many, OUTSIDE)
        self._due, self._since, self._entered = (np.full(many, FAR) for _ in range(3))
        self._ends = np.full(many, FAR)  # when they do what makes them leave, after they came in
        self._goal = np.full(many, FAR)
        self._runs = np.zeros(many, dtype=np.int64)
        self._zones, self._gone = _profiles(stores, self._persons)
        self._asking = Asking(stores)
        self._until = np.zeros(many, dtype=np.int64)
        self._acts = Pretending(stores, channels, self._zone, found, self._persons, self._zones, number)

    def run(self, progress: Progress) -> None:
        """From the first call to now."""
        begin, end, next_call = to_millis(self._found.since), to_millis(self._found.until), 0
        while True:
            calls = self._at[next_call] if next_call < len(self._at) else FAR
            inside = self._place != OUTSIDE
            due = min(int(column[inside].min(initial=FAR)) for column in (self._due, self._ends, self._goal))
            moment = -(-min(int(calls), due) // TICK) * TICK
            if moment > end:
                break
            progress((moment - begin) // DAY, (end - begin) // DAY)
            self._asking.as_of = from_millis(moment)
            last = int(np.searchsorted(self._at, moment, side="right"))
            self._enter(slice(next_call, last), moment)
            next_call = last
            self._leave(moment)
            self._step(moment)
        self._count_those_inside()

    def _enter(self, calls: slice, moment: int) -> None:
        entry = self._journey.entry
        who, first = np.unique(self._calls[calls], return_index=True)
        if not len(who):
            return
        at = self._at[calls][first]
        free = self._place[who] == OUTSIDE
        if entry.again == "never":
            free &= self._runs[who] == 0
        elif entry.gap_days:
            free &= (self._runs[who] == 0) | (self._entered[who] <= moment - entry.gap_days * DAY)
        self._refused("not_again", int((~free).sum()))
        who, at = who[free], at[free]
        if entry.rule is not None and len(who):
            meets = self._asking.meeting(entry.rule, self._persons[who])
            self._refused("unfit", int((~meets).sum()))
            who, at = who[meets], at[meets]
        self._place[who], self._due[who] = GATE, moment
        self._since[who], self._entered[who] = at, at
        self._runs[who] += 1
        self._found.entered += len(who)
        self._found.entered_by_day[self._day(moment)] += len(who)
        self._look_ahead(who)

    def _refused(self, why: str, many: int) -> None:
        if many:
            self._found.ways["", why, ""] += many

    def _look_ahead(self, who: Places) -> None:
        """When each of those who came in will do what ends it for them: the days are over, so it is known."""
        whole = Asking(self._stores)
        persons, entered = self._persons[who], self._entered[who]
        self._ends[who] = FAR
        for match in self._journey.leave_when:
            at = whole.first_after(match, persons, entered, None)
            self._ends[who] = np.minimum(self._ends[who], np.where(at > 0, at, FAR))
        goal = self._journey.goal
        if goal is not None:
            at = whole.first_after(goal.match, persons, entered, entered + goal.days * DAY)
            self._goal[who] = np.where(at > 0, at, FAR)

    def _leave(self, moment: int) -> None:
        inside = self._place != OUTSIDE
        done = inside & (self._ends <= moment) & (self._ends <= self._goal)
        self._early(np.flatnonzero(done), "leave_when")
        reached = inside & ~done & (self._goal <= moment)
        self._found.goals += int(reached.sum())
        self._goal[reached] = FAR
        if self._journey.goal is not None and self._journey.goal.leaves:
            self._early(np.flatnonzero(reached), "goal")

    def _early(self, who: Places, how: str) -> None:
        """They leave from where they are, before the end."""
        for place, many in zip(*np.unique(self._place[who], return_counts=True), strict=True):
            self._found.ways[self._published.id_at(int(place)), how, ""] += int(many)
        self._out(who, how)

    def _step(self, moment: int) -> None:
        for _ in range(STEPS_A_MOMENT_MAX):
            places = np.unique(self._place[(self._place != OUTSIDE) & (self._due <= moment)])
            if not len(places):
                return
            for place in places.tolist():
                for who in in_chunks(np.flatnonzero((self._place == place) & (self._due <= moment)), CHUNK):
                    self._move(place, who, moment)

    def _move(self, place: int, who: Places, moment: int) -> None:
        crowd = Crowd(
            who,
            self._persons[who],
            self._runs[who],
            self._due[who],
            self._since[who],
            self._until[who],
            self._entered[who],
            [self._zones[each] for each in who],
            self._gone[who],
        )
        planned = Planner(self._published, crowd, moment, self._zone, self._asking).plan(place)
        told = Told(0, 0, from_millis(moment))
        everybody = np.ones(len(who), dtype=np.bool_)
        self._acts.moment, self._acts.rested = moment, self._published.id_at(place)
        with self._stores.ledger.read() as conn:
            for end in carry_out(conn, planned.plan, everybody, self._acts, crowd, told):
                those = who[end.who]
                if end.node is None:
                    self._out(those, end.how)
                else:
                    self._until[those] = self._given_up_at(those, place, end.node, moment) if end.waits_for_guard else 0
                    self._rest(those, end.node, end.due, end.moment)
        self._found.ways.update(told.counts)

    def _given_up_at(self, who: Places, place: int, id: str, moment: int) -> Numbers:
        """When a message that waits for the guard is given up: reckoned from when it was first held."""
        node = self._journey.node(id)
        assert isinstance(node, nodes.Message)
        fresh = np.full(len(who), moment + node.when_held.minutes * MINUTE)
        if self._published.places[id] != place:
            return fresh
        return np.where(self._until[who] > 0, self._until[who], fresh)

    def _rest(self, who: Places, id: str, due: Numbers, moment: Numbers) -> None:
        """They wait; what they wait for, if they will do it in time, makes them due when they do it."""
        node = self._journey.node(id)
        self._place[who], self._since[who] = self._published.places[id], moment
        match = node.match if isinstance(node, nodes.WaitEvent) else None
        if isinstance(node, nodes.Task):
            match = task_done(self._published, id)
        if match is not None:
            at = Asking(self._stores).first_after(match, self._persons[who], moment, due)
            due = np.where(at > 0, at, due)
        self._due[who] = due

    def _out(self, who: Places, how: str) -> None:
        if len(who):
            self._place[who] = OUTSIDE
            self._found.left[how] += len(who)

    def _count_those_inside(self) -> None:
        inside = self._place[self._place != OUTSIDE].tolist()
        self._found.inside.update(self._published.id_at(place) for place in inside)

    def _day(self, moment: int) -> str:
        return from_millis(moment).astimezone(self._zone).date().isoformat()


def _profiles(stores: Stores, persons: Numbers) -> tuple[list[str | None], npt.NDArray[np.bool_]]:
    """The time zone of each, and whether they are gone."""
    zones: dict[int, str | None] = {}
    there: set[int] = set()
    with stores.ledger.read() as conn:
        for chunk in in_chunks(persons, CHUNK):
            asked = sent(conn, person=(sa.BigInteger, chunk.tolist()))
            rows = conn.execute(
                sa.select(people.c.person, people.c.timezone)
                .join(asked, asked.c.person == people.c.person)
                .where(people.c.gone.is_(None))
            )
            for row in rows:
                there.add(row.person)
                zones[row.person] = row.timezone
    numbers: list[int] = persons.tolist()
    return [zones.get(person) for person in numbers], np.array(
        [person not in there for person in numbers], dtype=np.bool_
    )
