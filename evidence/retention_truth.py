"""The world's truth of the people in two arms: who stayed and came back, and what messages did, luck apart."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from rehearsal.answers import directory
from rehearsal.memory import Place
from rehearsal.people.diary import lived
from rehearsal.people.doings import ASKS, BLOCKS
from rehearsal.plan import Plan
from rehearsal.population import Population
from rehearsal.reactions import wakefulness
from rehearsal.world import SHOP_ZONE, World

HOUR_WEIGHS = 0.6
"""Opens go with wakefulness to this power (``rehearsal.reactions``)."""

TEN, AT_TEN = 10.0, "plain"
LOUD = np.arange(8.75, 23.0, 0.25)
"""Hours in which the guard lets marketing go out."""

NO_VISITS = ("Order Refunded", "consent_given", "consent_withdrawn", "unsubscribed", "complaint_made")
VISITS = ("clicked", "bought", "joined_group", "asked")
"""Acts on the platforms of which the product is told."""

UNTOLD = ("opened", "answered")
BY_CHANCE = ("mass", "group", "adviser")
"""Causes of acts whose chances are in the book: what the arms do to people, and messages to all."""


@dataclass
class Of:
    """Sums over the people of one arm."""

    people: int = 0
    back: int = 0
    back_expected: float = 0.0
    back_untold: int = 0
    friends: int = 0
    friends_unblocked: int = 0
    leaves: float = 0.0
    received: int = 0
    opened: int = 0
    opens: float = 0.0
    opens_at_ten: float = 0.0
    opens_at_best: float = 0.0
    late: list[float] = field(default_factory=list[float])
    """Minutes past 10:00 at which messages meant for 10:00 arrived."""

    def share(self, name: str, of: str = "people") -> float:
        return getattr(self, name) / max(1, getattr(self, of))


@dataclass
class Person:
    """In an arm from a moment on (epoch seconds), whose days are over at ``last``."""

    arm: int
    began: float
    last: float
    day_1: float
    acts: list[Act] = field(default_factory=list["Act"])
    stays_away: float = 1.0
    """The chance that none of the messages brings them back."""


@dataclass(frozen=True)
class Act:
    """``weight``: of a message received, the chance that they leave; of a click, whether the product could see it.
    ``caused``: by something whose chances the book tells."""

    at: float
    what: str
    weight: float = 1.0
    caused: bool = False


def window(began: float, days: int) -> tuple[float, float]:
    """When day 1 begins, and when day ``days`` ends, on the shop's clock."""
    first = datetime.fromtimestamp(began, UTC).astimezone(SHOP_ZONE).date()
    return _midnight(first + timedelta(days=1)), _midnight(first + timedelta(days=days + 1))


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=SHOP_ZONE).timestamp()


class AnswerBook:
    """The answer book of a rehearsal that has ended."""

    def __init__(self, folder: Path) -> None:
        told = json.loads((folder / "world.json").read_text("utf-8"))
        self._place = Place(told["seed"], told["people"], told["since"])
        self._world = World.begin(told["seed"], told["people"], date.fromisoformat(told["since"]))
        self._lines = [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()]

    @property
    def people(self) -> Population:
        return self._world.people

    @property
    def rested(self) -> float:
        """Since when all rest, on the platforms' clock: what was due by then is told, and nothing after it."""
        return next(line["time"] for line in self._lines if line["kind"] == "rested")

    def of(self, persons: Mapping[int, Person], senders: Mapping[int, str], until: float) -> dict[int, Of]:
        """Sums by arm. ``persons`` by the world's number; ``senders``: those of the journey; ``until``: when all
        rested."""
        for act in lived(self._lines):
            if (person := persons.get(act.get("person", -1))) is not None:
                weight = act["chances"]["leaves"] if act["what"] == "received" else float(act.get("followed", 1) > 0)
                person.acts.append(Act(act["time"], act["what"], weight, act["cause"]["kind"] in BY_CHANCE))
                if person.began <= act["time"] < person.last:
                    person.stays_away *= 1 - _brings_back(act)
        sums: dict[int, Of] = defaultdict(Of)
        for line in self._lines:
            if line["kind"] == "received" and (person := persons.get(line["person"])) is not None:
                self._message(line, person, sums[person.arm], senders, until)
        self._visits(persons, until)
        for person in persons.values():
            _added_up(person, sums[person.arm])
        return dict(sums)

    def _message(
        self, line: dict[str, Any], person: Person, sums: Of, senders: Mapping[int, str], until: float
    ) -> None:
        steps = [(step["due"], step["message"]["event"]) for step in line["steps"] if step["due"] <= until]
        person.acts += [Act(due, "visit", caused=True) for due, event in steps if event not in NO_VISITS]
        if person.day_1 <= line["time"] < person.last:
            person.stays_away *= 1 - line["chances"]["opens"]
        if line["broadcast"] not in senders or not person.began <= line["time"] < person.last:
            return
        number, chance = line["person"], line["chances"]["opens"]
        local = datetime.fromtimestamp(line["time"], SHOP_ZONE)
        now = wakefulness(self.people, number, local.hour + local.minute / 60)
        best = max(wakefulness(self.people, number, float(hour)) for hour in LOUD)
        sums.received += 1
        if senders[line["broadcast"]].startswith(AT_TEN):
            sums.late.append(60 * (local.hour - TEN) + local.minute)
        sums.opened += any(event == "message_opened" for _, event in steps)
        sums.opens += chance
        sums.opens_at_ten += chance * (wakefulness(self.people, number, TEN) / now) ** HOUR_WEIGHS
        sums.opens_at_best += chance * (best / now) ** HOUR_WEIGHS

    def _visits(self, persons: Mapping[int, Person], until: float) -> None:
        """Those of the year's plan, which no message touches: told again from its beginning."""
        known, plan = directory(self.people), Plan(self._world, self._place)
        earliest = min((person.began for person in persons.values()), default=until)
        while calls := plan.due(int(until * 1000), 5_000):
            plan.told(len(calls))
            if datetime.fromisoformat(calls[-1]["timestamp"]).timestamp() >= earliest:
                self._note(calls, persons, known)

    def _note(self, calls: Iterable[dict[str, Any]], persons: Mapping[int, Person], known: Mapping[str, int]) -> None:
        for call in calls:
            if call["type"] == "identify" or call.get("event") in NO_VISITS:
                continue
            number = known.get(str(call.get("userId") or call.get("anonymousId")), -1)
            if (person := persons.get(number)) is not None:
                person.acts.append(Act(datetime.fromisoformat(call["timestamp"]).timestamp(), "visit"))


def _brings_back(act: Mapping[str, Any]) -> float:
    """The chance that a message on WeCom, or an adviser's word, brings somebody to where the product sees them: to buy
    or to ask. Links in messages that all get alike are not the product's."""
    chances = act.get("chances", {})
    if act["what"] == "spoken_to":
        return 1 - (1 - chances["asks"]) * (1 - chances["buys"])
    if act["what"] == "received":
        return chances["opens"] * (chances["clicks"] * chances["buys"] + (1 - chances["clicks"]) * ASKS)
    return 0.0


def _added_up(person: Person, sums: Of) -> None:
    acts = [each for each in person.acts if each.at < person.last]
    later = [each for each in acts if each.at >= person.day_1]
    seen = [each for each in later if each.what == "visit" or (each.what in VISITS and each.weight)]
    bonds = [each.what for each in sorted(acts, key=lambda act: act.at) if each.what in ("added", "deleted", "blocked")]
    received = [each for each in acts if each.what == "received" and each.at >= person.began]
    sums.people += 1
    sums.back += bool(seen)
    sums.back_expected += 1.0 if any(not each.caused for each in seen) else 1 - person.stays_away
    sums.back_untold += bool(seen) or any(each.what in UNTOLD for each in later)
    sums.friends += bonds[-1:] != ["deleted"]
    sums.friends_unblocked += bonds[-1:] == ["added"]
    sums.leaves += (1 - BLOCKS) * sum(each.weight for each in received)
