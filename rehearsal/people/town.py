"""The town: its people, what they remember and intend, and who comes next. What they do: ``turns.py``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rehearsal.people.board import Board, NoBoard
from rehearsal.people.diary import Cause, Diary
from rehearsal.people.habits import Habits, habits
from rehearsal.people.mind import Mind, new_mind
from rehearsal.people.plans import Remembered
from rehearsal.people.street import Places, Street
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.population import Population, generator
from rehearsal.world import SHOP_ZONE

ARRIVALS = 31
HOUR = 3_600.0
A_DAY = 60.0
"""How many come by themselves in a day of theirs."""


@dataclass
class Town:
    """``a_day``: how many come by themselves."""

    people: Population
    street: Street
    places: Places
    diary: Diary
    clock: DomainClock
    a_day: float = A_DAY
    board: Board = field(default_factory=NoBoard)
    remembered: Remembered = field(default_factory=Remembered)
    habits: Habits = field(default_factory=habits)

    def __post_init__(self) -> None:
        with_wecom = [person for person in range(len(self.people)) if self.people.has_wecom[person]]
        order = generator(self.people.seed, ARRIVALS).permutation(len(with_wecom)).tolist()
        self._queue = [with_wecom[place] for place in order]
        self._by_id = {self.people.external_userid(person): person for person in with_wecom}
        if not self.remembered.last:
            self.next_arrival(self.clock.now())

    @property
    def seed(self) -> int:
        return self.people.seed

    def mind(self, person: int) -> Mind:
        known = self.remembered.minds.get(person)
        if known is None:
            known = self.remembered.minds[person] = new_mind(self.people, person, self.clock.now())
        return known

    def held_by(self, external_userid: str) -> Mind | None:
        """Whose id at the platform it is."""
        person = self._by_id.get(external_userid)
        return None if person is None else self.mind(person)

    def external(self, mind: Mind) -> str:
        return self.people.external_userid(mind.person)

    def who(self, mind: Mind) -> dict[str, str]:
        """As the shop knows them when they buy."""
        return {"external_userid": self.external(mind), "user_id": self.people.user_id(mind.person)}

    def note(self, mind: Mind, what: str, cause: Cause, **more: Any) -> str:
        return self.diary.note(mind, self.people.user_id(mind.person), what, cause, self.clock.now(), **more)

    def plan(self, mind: Mind, hours: float, what: str, cause: Cause, **about: Any) -> None:
        """They intend to do it so many hours from now."""
        self.remembered.plan(self.clock.now() + hours * HOUR, what, mind.person, cause, **about)

    def hour(self) -> float:
        """Of their day, 0 to 24."""
        local = datetime.fromtimestamp(self.clock.now(), SHOP_ZONE)
        return local.hour + local.minute / 60

    def next_arrival(self, after: float) -> None:
        """Plan who comes next: a Poisson process that follows the hours of the day and the days of the week."""
        number = self.remembered.come
        if number >= len(self._queue):
            return
        chance = generator(self.seed, ARRIVALS, number)
        most = max(self.habits.hours) * 24 * max(self.habits.weekdays)
        at = after
        while True:
            at += float(chance.exponential(86_400 / (self.a_day * most)))
            local = datetime.fromtimestamp(at, SHOP_ZONE)
            busy = self.habits.hours[local.hour] * 24 * self.habits.weekdays[local.weekday()]
            if chance.random() < busy / most:
                break
        self.remembered.come += 1
        states = sorted(self.places.codes)
        state = states[int(chance.integers(len(states)))]
        self.remembered.plan(at, "come", self._queue[number], Cause("code", state), state=state)
