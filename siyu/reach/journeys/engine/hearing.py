"""Hearing: what was stored since, in the order of the news: who leaves, who has reached the goal, who is woken, who
comes in. Each piece of news may be heard again, and in any order: nothing is done twice by it.

To wake somebody is to make them due at the moment of what they waited for; the next step then asks the event log, and
leads them on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import sqlalchemy as sa

from siyu.audiences.conditions.base import EVERY_EVENT
from siyu.audiences.filters import Filter
from siyu.jobs.tables import cursors
from siyu.people import news
from siyu.people.tables import people
from siyu.reach.journeys import nodes
from siyu.reach.journeys.engine import leaving
from siyu.reach.journeys.engine.asking import Asking, Heard, heard, names_in
from siyu.reach.journeys.engine.crowd import Numbers
from siyu.reach.journeys.engine.entering import HEARD_LATE_MAX, enter
from siyu.reach.journeys.engine.planning import task_done
from siyu.reach.journeys.engine.published import Published, Walk
from siyu.reach.journeys.engine.telling import CALLED
from siyu.reach.journeys.matching import Match
from siyu.reach.journeys.tables import journey_people
from siyu.storage import Stores, in_chunks, insert_into, sent
from siyu.storage.ledger import to_millis

CURSOR = "journeys"
PIECES_A_ROUND = 100
WAKE_ROWS = 10_000
MERGED = Match("person_merged")


def begin(stores: Stores) -> None:
    """Hear from now on, if nothing is heard yet."""
    place = news.last_place(stores)
    with stores.ledger.write() as conn:
        conn.execute(insert_into(conn, cursors).values(name=CURSOR, place=place).on_conflict_do_nothing())


def hear(stores: Stores, walks: Sequence[Walk]) -> int:
    """The next pieces of news; how many there were."""
    if news.anything_new(stores):
        news.give_places(stores)
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar()
    if place is None:
        begin(stores)
        return 0
    pieces = news.pieces_after(stores, place, PIECES_A_ROUND)
    if not pieces:
        return 0
    batches = [piece.batch for piece in pieces]
    names = names_in(stores, batches) if walks else set[str]()
    for walk in walks:
        _Ear(stores, walk, batches, names).hear()
    with stores.ledger.write() as conn:
        conn.execute(sa.update(cursors).where(cursors.c.name == CURSOR).values(place=pieces[-1].place))
    return len(pieces)


class _Ear:
    """What some batches mean for one journey."""

    def __init__(self, stores: Stores, walk: Walk, batches: Sequence[int], names: set[str]) -> None:
        self._stores = stores
        self._walk = walk
        self._batches = batches
        self._names = names
        self._now = stores.clock.now()

    def hear(self) -> None:
        for published in self._walk.versions:
            self._leaving(published)
            self._goals(published)
            self._waking(published)
        self._entering(self._walk.current)
        self._merging()

    def _leaving(self, published: Published) -> None:
        for match in published.document.leave_when:
            for persons, at in self._told(match, _since(published)):
                leaving.did(self._stores, published, persons, at)

    def _goals(self, published: Published) -> None:
        goal = published.document.goal
        if goal is None:
            return
        for persons, at in self._told(goal.match, _since(published)):
            leaving.reached(self._stores, published, persons, at, days=goal.days, leaves=goal.leaves)

    def _waking(self, published: Published) -> None:
        for node in published.document.nodes:
            match = _waits_for(published, node)
            if match is None:
                continue
            for persons, at in self._told(match, _since(published)):
                self._wake(published, published.places[node.id], persons, at)

    def _wake(self, published: Published, place: int, persons: Numbers, at: Numbers) -> None:
        with self._stores.ledger.write() as conn:
            given = sent(conn, person=(sa.BigInteger, persons.tolist()), at=(sa.BigInteger, at.tolist()))
            family = people.alias("family")
            conn.execute(
                sa.update(journey_people)
                .where(family.c.kept == given.c.person, journey_people.c.person == family.c.person)
                .where(journey_people.c.journey == published.journey, journey_people.c.version == published.version)
                .where(journey_people.c.node == place, journey_people.c.left.is_(None))
                .where(sa.type_coerce(journey_people.c.since, sa.BigInteger) < given.c.at)
                .where(sa.type_coerce(journey_people.c.due, sa.BigInteger) > given.c.at)
                .values(due=given.c.at)
            )

    def _entering(self, published: Published) -> None:
        if self._walk.state == "closing":
            return
        since = to_millis(self._now - HEARD_LATE_MAX)
        called = Match(CALLED, (Filter("properties.journey", "eq", published.journey),))
        matches = [called, *([match] if (match := published.document.trigger.match()) is not None else [])]
        for match in matches:
            found = self._heard(match, since)
            if found is not None and len(found.persons):
                enter(self._stores, published, Asking(self._stores), found.persons, found.at, found.messages)

    def _merging(self) -> None:
        for persons, _ in self._told(MERGED, 0):
            leaving.twins(self._stores, self._walk.versions, persons)

    def _heard(self, match: Match, since: int) -> Heard | None:
        if match.event != EVERY_EVENT and match.event not in self._names:
            return None
        return heard(self._stores, match, self._batches, since)

    def _told(self, match: Match, since: int) -> Iterator[tuple[Numbers, Numbers]]:
        """Who did it, and when: in chunks that name nobody twice, each person's earliest first."""
        found = self._heard(match, since)
        if found is None or not len(found.persons):
            return
        nth = _how_manieth(found.persons)
        for number in range(int(nth.max()) + 1):
            of_all = np.flatnonzero(nth == number)
            for chunk in in_chunks(of_all, WAKE_ROWS):
                yield found.persons[chunk], found.at[chunk]


def _since(published: Published) -> int:
    """What happened before a version was there can count for nobody in it, but for what brought them in."""
    return to_millis(published.at - HEARD_LATE_MAX)


def _waits_for(published: Published, node: nodes.Any) -> Match | None:
    if isinstance(node, nodes.WaitEvent):
        return node.match
    return task_done(published, node.id) if isinstance(node, nodes.Task) and node.wait else None


def _how_manieth(persons: Numbers) -> Numbers:
    """For each, how often the same number came before it."""
    order = np.argsort(persons, kind="stable")
    those = persons[order]
    starts = np.concatenate([[True], those[1:] != those[:-1]])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(those)), 0))
    nth = np.empty(len(persons), dtype=np.int64)
    nth[order] = np.arange(len(those)) - first
    return nth
