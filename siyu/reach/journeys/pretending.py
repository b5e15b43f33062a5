"""In place of doing, in a rehearsal: what would have been done for people, and what the guard would have said of each
message at its moment. Whom a message may not go to at all (consent, address, the law) is asked as of today; caps, the
mix, rests and quiet hours are judged at the moment (``reach/trying.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels import Channels
from siyu.reach.broadcasts import ways_of
from siyu.reach.costs import pieces_of
from siyu.reach.guard import Guard, Way, Wish, candidates, decided, load_guard
from siyu.reach.journeys import nodes
from siyu.reach.journeys.engine.acts import PASSING
from siyu.reach.journeys.engine.crowd import Crowd, Numbers, Places
from siyu.reach.journeys.engine.plan import HELD, LATER, NEXT
from siyu.reach.journeys.rehearsed import Rehearsed
from siyu.reach.model import Draft
from siyu.reach.rules import QUIET_HOURS
from siyu.reach.rules.bars import passing
from siyu.reach.rules.caps import PROMOTIONAL
from siyu.reach.tables import broadcasts
from siyu.reach.trying import Tried, Tries
from siyu.reach.what_if import can_be_judged
from siyu.storage import Stores
from siyu.storage.ledger import from_millis


class Pretending:
    """For people by their place in ``persons``. Set ``moment`` and ``rested`` before each step."""

    def __init__(
        self,
        stores: Stores,
        channels: Channels,
        zone: ZoneInfo,
        found: Rehearsed,
        persons: Numbers,
        zones: Sequence[str | None],
        journey: int | None,
    ) -> None:
        self._channels, self._zone, self._found = channels, zone, found
        self._now = stores.clock.now()
        with stores.ledger.read() as conn:
            guard = load_guard(conn, zone)
            mine = sa.select(broadcasts.c.id).where(broadcasts.c.journey == journey)
            instead_of = list(conn.execute(mine).scalars()) if journey is not None else []
        self._standing = Guard(
            tuple(replace(each, enabled=each.enabled and not can_be_judged(each)) for each in guard.rules), zone
        )
        self._tries = Tries.of(stores, guard, found.since, persons, zones, instead_of)
        self._ways: dict[str, Sequence[Way]] = {}
        self._stores = stores
        self._pieces: dict[tuple[str, int], Decimal] = {}
        self._known: dict[tuple[str, int], dict[int, str]] = {}
        self.moment = 0
        self.rested = ""

    def act(self, conn: Connection, node: nodes.Any, who: Places, crowd: Crowd) -> Mapping[str, Places]:
        """Do nothing, but say which way they would go."""
        if isinstance(node, nodes.Message):
            return self._message(conn, node, who, crowd)
        if isinstance(node, nodes.Task):
            self._found.tasks[node.id] += len(who)
        if isinstance(node, nodes.Reward):
            self._found.rewards[node.gives] += len(who)
        return {NEXT: who}

    def _message(self, conn: Connection, node: nodes.Message, who: Places, crowd: Crowd) -> Mapping[str, Places]:
        over = (crowd.until[who] > 0) & (crowd.until[who] <= self.moment) & (node.id == self.rested)
        reasons = np.full(len(who), "", dtype=object)
        sent = np.zeros(len(who), dtype=np.bool_)
        for place, way in enumerate(self._ways_of(conn, node)):
            still = np.flatnonzero(~sent)
            said = self._by(conn, node, place, way, crowd.rows[who[still]], crowd.persons[who[still]])
            sent[still[said == ""]] = True
            reasons[still] = np.where(reasons[still] == "", said, reasons[still])  # the first channel's is told
        passes = np.array([str(reason).startswith(PASSING) for reason in reasons], dtype=np.bool_)
        later = ~sent & passes & ~over if node.when_held.do == "wait" else np.zeros(len(who), dtype=np.bool_)
        for reason in reasons[~sent & ~later].tolist():
            self._found.held[node.id, reason] += 1
        outcomes = {NEXT: who[sent], HELD: who[~sent & ~later], LATER: who[later]}
        return {way: those for way, those in outcomes.items() if len(those)}

    def _by(
        self, conn: Connection, node: nodes.Message, place: int, way: Way, rows: Places, persons: Numbers
    ) -> npt.NDArray[np.object_]:
        """The reason why each would not get it by this account, '' for those who would: they are noted."""
        standing = self._standing_word(conn, node, place, way, persons.tolist())
        said = np.array([standing[person] for person in persons.tolist()], dtype=object)
        free = np.flatnonzero(said == "")
        if not len(free):
            return said
        wish = Tried(rows[free], self.moment, node.kind, node.tone == PROMOTIONAL, way.channel.name)
        judged = self._tries.held(wish)
        quiet = judged == QUIET_HOURS.name  # it goes out in the morning
        judged[quiet] = ""
        said[free] = judged
        goes = free[judged == ""]
        self._tries.note(replace(wish, who=rows[goes]))
        self._found.delayed[node.id] += int(quiet.sum())
        self._found.reached[node.id, way.account] += len(goes)
        self._found.sent[self._day(), way.account] += len(goes)
        if way.channel.look is not None:
            self._found.pieces[node.id, way.account] += round(len(goes) * self._pieces_of(node, way, persons[goes]))
        return said

    def _pieces_of(self, node: nodes.Message, way: Way, persons: Numbers) -> Decimal:
        """As how many one of these messages is billed: of the first that go, and of all later ones."""
        key = node.id, way.account
        if key not in self._pieces and len(persons):
            self._pieces |= {
                (node.id, account): pieces
                for account, pieces in pieces_of(self._stores, [way], node.content, persons.tolist()).items()
            }
        return self._pieces.get(key, Decimal(1))

    def _standing_word(
        self, conn: Connection, node: nodes.Message, place: int, way: Way, persons: Sequence[int]
    ) -> Mapping[int, str]:
        """What the rules say as of today that do not depend on other messages, asked once a person."""
        known = self._known.setdefault((node.id, place), {})
        new = sorted({person for person in persons if person not in known})
        if new:
            wish = Wish(node.kind, node.tone, [way], self._now)
            answer = decided(self._standing, wish, candidates(conn, self._standing, wish, new, []))
            later = passing(way.channel, self._now)  # today's quota says nothing of another day
            known |= dict.fromkeys(new, "erased")
            for row in conn.execute(sa.select(answer.c.person, answer.c.reason)):
                known[row.person] = "" if row.reason is None or row.reason in later else str(row.reason)
        return known

    def _ways_of(self, conn: Connection, node: nodes.Message) -> Sequence[Way]:
        if node.id not in self._ways:
            draft = Draft(node.title or node.id, 0, node.channels, node.content, node.kind, node.tone)
            self._ways[node.id] = ways_of(conn, self._channels, draft)
        return self._ways[node.id]

    def _day(self) -> str:
        return from_millis(self.moment).astimezone(self._zone).date().isoformat()
