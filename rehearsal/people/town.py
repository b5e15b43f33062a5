"""The town: people come by codes, hear what is delivered to them, and do what they intend when its time has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rehearsal.people import doings, staff
from rehearsal.people.diary import Cause, Diary
from rehearsal.people.habits import Habits, habits
from rehearsal.people.mind import Mind, links_in, new_mind, reads, text_of
from rehearsal.people.plans import Intent, Remembered
from rehearsal.people.street import Places, Street
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import NotAtTheDoor
from rehearsal.population import Population, generator
from rehearsal.world import SHOP_ZONE

ARRIVALS = 31
HOUR = 3_600.0
STEPS_MAX = 500
"""Of one turn: so that a town behind its time catches up bit by bit."""


@dataclass
class Town:
    """``a_day``: how many come by themselves in a day of theirs. :meth:`step` does all that is due."""

    people: Population
    street: Street
    places: Places
    diary: Diary
    clock: DomainClock
    a_day: float = 60.0
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

    def step(self) -> int:
        """Hear what was delivered, let staff see their tasks, do what is due; how many things were done."""
        heard = self._hear() + staff.look(self)
        done = 0
        while done < STEPS_MAX and (intent := self.remembered.due(self.clock.now())) is not None:
            self._does(intent)
            done += 1
        self.remembered.clock = self.clock.now()
        return heard + done

    def _does(self, intent: Intent) -> None:
        if intent.person < 0:
            staff.does(self, intent)
            return
        mind = self.mind(intent.person)
        try:
            doings.DOES[intent.what](self, mind, intent)
        except NotAtTheDoor as error:  # the adviser left, the group is full, somebody was quicker
            self.note(mind, "could_not", intent.cause, wanted=intent.what, told=str(error))

    # people

    def mind(self, person: int) -> Mind:
        known = self.remembered.minds.get(person)
        if known is None:
            known = self.remembered.minds[person] = new_mind(self.people, person, self.clock.now())
        return known

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

    # who comes

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

    # what reaches them

    def _hear(self) -> int:
        found = self.street.delivered(self.remembered.heard)
        for delivery in found:
            for mind in self._readers(delivery):
                self._reads(mind, delivery)
            self.remembered.heard = delivery["number"]
        return len(found)

    def _readers(self, delivery: dict[str, Any]) -> list[Mind]:
        if delivery["kind"] == "mass_group":
            inside = self.places.chat_id in delivery["to"]
            return [mind for mind in self.remembered.minds.values() if mind.in_group] if inside else []
        if delivery["kind"] == "reminder":
            return []
        return [self.mind(self._by_id[each]) for each in delivery["to"] if each in self._by_id]

    def _reads(self, mind: Mind, delivery: dict[str, Any]) -> None:
        kind, text = delivery["kind"], text_of(delivery["content"])
        if kind == "welcome":
            doings.welcomed(self, mind, text)
        elif kind in ("mass", "mass_group"):
            self._pushed(mind, delivery, text)
        else:
            self.note(mind, "was_answered", Cause("chat", kind))

    def _pushed(self, mind: Mind, delivery: dict[str, Any], text: str) -> None:
        """A push: goodwill changes, and what comes of it is intended."""
        in_group = delivery["kind"] == "mass_group"
        now = self.clock.now()
        reading = reads(self.people, mind, self.habits, text, hour=self.hour(), now=now, in_group=in_group)
        mind.goodwill, mind.felt = reading.goodwill, now
        cause = Cause("group" if in_group else "mass", delivery["reference"])
        act = self.note(mind, "received", cause, chances=reading.told())
        doings.answers(self, mind, reading, Cause(cause.kind, cause.ref, act), text, links_in(text))
