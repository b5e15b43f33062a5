"""What goes on in one person who has the shop on WeCom: goodwill, and what a message does to it. Pure, but ``Mind``.

Goodwill is between 0 and 1. A push takes from it by the person's own fatigue, useful content gives some back, time
heals. Opening, clicking and staying depend on it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rehearsal.people.habits import Habits
from rehearsal.population import NEVER, Population, generator
from rehearsal.reactions import PROMOTION_WORDS, chances_of, number_of, relevance

PURPOSE = 30
"""Of the rehearsal's streams of chance, that of the people on the platforms."""

FATIGUE_USUAL = 0.29
PUSH_WEIGHS = 1.4
"""A message on WeCom wearies so many times as much as a campaign by mail, which the habits were fitted to."""

PROMOTION_WEIGHS, GROUP_WEIGHS = 1.3, 0.4
GIVES_BACK = 0.06
HEALING_DAYS = 14.0
GOODWILL_USUAL = 0.75
FLOOR = 0.35
"""Below this goodwill some leave; the more, the further below."""

URL = re.compile(r"https?://[^\s\"'<>，。；！）]+")


@dataclass
class Mind:
    """What a person on WeCom is like now. ``felt``: when goodwill was last looked at (people's time, epoch seconds).
    ``times``: how often they did each thing, by its name; it numbers their decisions and acts."""

    person: int
    goodwill: float
    felt: float
    adviser: str = ""
    friend: bool = False
    blocked: bool = False
    in_group: bool = False
    times: dict[str, int] = field(default_factory=dict[str, int])

    def chance(self, seed: int, purpose: str) -> np.random.Generator:
        """A stream for the next decision of this kind."""
        return generator(seed, PURPOSE, self.person, number_of(purpose) >> 1, self.next("?" + purpose))

    def next(self, what: str) -> int:
        """1 for the first, and so on."""
        self.times[what] = self.times.get(what, 0) + 1
        return self.times[what]


@dataclass(frozen=True)
class Reading:
    """What is true of one person and one message. Shares, but ``goodwill``: what is left after it."""

    opens: float
    clicks: float
    buys: float
    leaves: float
    goodwill: float

    def told(self) -> dict[str, float]:
        names = ("opens", "clicks", "buys", "leaves", "goodwill")
        return {name: round(getattr(self, name), 4) for name in names}


def new_mind(people: Population, person: int, now: float) -> Mind:
    return Mind(person, rest(people, person), now)


def rest(people: Population, person: int) -> float:
    """The goodwill that time brings back."""
    return 0.62 + 0.3 * float(people.loyalty[person])


def healed(people: Population, mind: Mind, now: float) -> float:
    """Goodwill now: half-way to rest in ten days."""
    days = max(0.0, now - mind.felt) / 86_400
    still = math.exp(-days / HEALING_DAYS)
    return rest(people, mind.person) * (1 - still) + mind.goodwill * still


def promotes(text: str) -> bool:
    return any(word in text.lower() for word in PROMOTION_WORDS)


def push_cost(habits: Habits, fatigue: float, match: float, *, promotion: bool, in_group: bool) -> float:
    """Goodwill that a message takes: more from the easily tired, less where it speaks of what one likes."""
    cost = habits.weariness * PUSH_WEIGHS * fatigue / FATIGUE_USUAL * 1.85 / (1 + match)
    return cost * (PROMOTION_WEIGHS if promotion else 1.0) * (GROUP_WEIGHS if in_group else 1.0)


def reads(
    people: Population, mind: Mind, habits: Habits, text: str, *, hour: float, now: float, in_group: bool
) -> Reading:
    """How a message meets a person at this hour (0 to 24). Whether they went cold is a matter of goodwill here, not of
    the day on which the year's plan saw them last."""
    person = mind.person
    before = healed(people, mind, now)
    usual = chances_of(people, person, -NEVER, hour, {"text": text}, 0)
    match, promotion = relevance(people, person, text), promotes(text)
    eager = before / GOODWILL_USUAL
    cost = push_cost(habits, float(people.fatigue[person]), match, promotion=promotion, in_group=in_group)
    back = 0.0 if promotion else GIVES_BACK * min(match, 2.0)
    after = float(np.clip(before - cost + back * usual.opens, 0.0, 1.0))
    return Reading(
        opens=min(0.97, usual.opens * 1.8 * eager),  # chats are read more often than mails
        clicks=min(0.9, usual.clicks / 0.2 * habits.response * eager),
        buys=usual.buys,
        leaves=min(0.6, max(0.0, FLOOR - after) * 0.9 + 0.001),
        goodwill=after,
    )


def text_of(content: Mapping[str, Any]) -> str:
    """Everything that a delivered message says, in one string."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, Mapping):
            for inner in part.values():  # pyright: ignore[reportUnknownVariableType]
                walk(inner)
        elif isinstance(part, list):
            for inner in part:  # pyright: ignore[reportUnknownVariableType]
                walk(inner)

    walk(content)
    return " ".join(found)


def links_in(text: str) -> list[str]:
    return URL.findall(text)
