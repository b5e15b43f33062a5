"""How a person answers a message. Pure: the same person, message and delivery id give the same fate.

Each chance is a product of factors with a meaning, and is written down beside what came of it, so that an estimate
that the product makes can be held against the truth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rehearsal.catalogue import CATALOGUE, CATEGORIES
from rehearsal.population import BUMP_WIDTH, BUMPS, CHRONOTYPES, Population, generator
from rehearsal.world import Line

PROMOTION_WORDS = (
    "折",
    "券",
    "优惠",
    "特价",
    "满减",
    "立减",
    "秒杀",
    "限时",
    "红包",
    "包邮",
    "赠",
    "降价",
    "sale",
    "off",
)
GONE_SHARE = 0.012
"""Of all people, those whose address has died: every message to them is refused."""

BUSY_SHARE = 0.02
"""Of all first tries, those that pass: the receiver asks to be tried again."""

WEARY_DAYS = 7
"""For so long a message weighs on the patience for the next one."""


@dataclass(frozen=True)
class Chances:
    """What was true of this person and this message."""

    opens: float
    clicks: float  # given an open
    buys: float  # given a click
    unsubscribes: float
    complains: float


@dataclass(frozen=True)
class Step:
    """``after`` in seconds since the message arrived."""

    what: str  # message_opened, message_clicked, bought, unsubscribed, complaint_made
    after: float
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Fate:
    chances: Chances
    steps: tuple[Step, ...]


def number_of(delivery_id: str) -> int:
    return int.from_bytes(hashlib.sha256(delivery_id.encode()).digest()[:8], "big")


def wakefulness(people: Population, person: int, hour: float) -> float:
    """How much this person looks at the phone at this hour (0 to 24, shop's time): 1 on the day's average."""
    away = np.abs(BUMPS + people.shift[person] * 0.6 - hour)
    away = np.minimum(away, 24 - away)
    density = CHRONOTYPES[people.chronotype[person]] * np.exp(-0.5 * (away / BUMP_WIDTH) ** 2)
    density /= BUMP_WIDTH * np.sqrt(2 * np.pi)
    return float(np.clip(density.sum() * 24, 0.12, 2.2))


def relevance(people: Population, person: int, text: str) -> float:
    """How much the message speaks of what this person likes: 1 where it speaks of nothing in particular."""
    named = [column for column, category in enumerate(CATEGORIES) if _speaks_of(text, column, category)]
    return float(people.taste[person, named].mean()) if named else 0.85


def _speaks_of(text: str, column: int, category: str) -> bool:
    return category in text or any(CATALOGUE.products[item].title in text for item in CATALOGUE.by_category[column])


def chances_of(
    people: Population, person: int, day: int, hour: float, message: Mapping[str, Any], recent: int
) -> Chances:
    """``recent``: messages to this person within ``WEARY_DAYS``."""
    text = " ".join(str(message.get(part, "")) for part in ("title", "text"))
    match = relevance(people, person, text)
    promotes = any(word in text.lower() for word in PROMOTION_WORDS)
    thrift = float(people.thrift[person])
    patience = float(np.exp(-people.fatigue[person] * recent))
    by_name = people.name[person] in text or people.name[person][0] in text
    cold = 0.3 if day >= people.lapses[person] else 1.0
    annoyance = (1 - patience) * (1.5 if match < 0.7 else 0.6) * (1.4 if promotes else 1.0)
    return Chances(
        opens=_share(
            0.34
            * wakefulness(people, person, hour) ** 0.6
            * patience
            * cold
            * (0.55 + 0.45 * match**0.5)
            * (1.15 if by_name else 1)
        ),
        clicks=_share(0.20 * match**0.8 * (1 + 0.7 * thrift if promotes else 1.0)),
        buys=_share(
            0.14 * match**0.5 * (1 + 1.2 * thrift if promotes else 1.0) * (0.6 + 0.8 * float(people.loyalty[person]))
        ),
        unsubscribes=_share(0.0015 + 0.02 * annoyance),
        complains=_share(float(people.temper[person]) * (0.05 + annoyance)),
    )


def _share(value: float) -> float:
    return round(float(np.clip(value, 0.0, 0.95)), 4)


def fate_of(
    people: Population, person: int, delivery_id: str, chances: Chances, text: str, favourites: Mapping[int, int]
) -> Fate:
    """What this person does, in order. ``favourites``: category → product bought last."""
    chance = generator(people.seed, 6, number_of(delivery_id))
    drawn = chance.random(5).tolist()
    steps: list[Step] = []
    at = float(chance.lognormal(2.9, 0.9))  # half of them within 18 seconds: a rehearsal is short
    opened = drawn[0] < chances.opens
    if opened:
        steps.append(Step("message_opened", at))
        if drawn[1] < chances.clicks:
            at += 2 + float(chance.exponential(6))
            steps.append(Step("message_clicked", at))
            if drawn[2] < chances.buys:
                at += 15 + float(chance.exponential(25))
                steps.append(Step("bought", at, basket_of(people, person, text, favourites, chance)))
    if drawn[3] < chances.unsubscribes:
        steps.append(Step("unsubscribed", at + 3))
    if drawn[4] < chances.complains:
        steps.append(Step("complaint_made", at + 8))
    return Fate(chances, tuple(steps))


def basket_of(
    people: Population, person: int, text: str, favourites: Mapping[int, int], chance: np.random.Generator
) -> tuple[Line, ...]:
    """One product of what the message spoke of (else of what one likes), rarely two of it."""
    named = [column for column, category in enumerate(CATEGORIES) if _speaks_of(text, column, category)]
    columns = named or list(range(len(CATEGORIES)))
    weights = people.taste[person, columns]
    column = columns[int(chance.choice(len(columns), p=weights / weights.sum()))]
    members = CATALOGUE.by_category[column]
    fit = np.exp(-((CATALOGUE.price_rank[members] - people.level[person]) ** 2) / 0.16)
    drawn = int(members[int(chance.choice(len(members), p=fit / fit.sum()))])
    usual = favourites.get(column, -1)
    product = usual if usual >= 0 and chance.random() < people.loyalty[person] else drawn
    quantity = 1 + int(chance.poisson(0.12 * min(float(people.wealth[person]), 4.0)))
    return (Line(product, quantity, CATALOGUE.products[product].price * 100),)


def is_gone(people: Population, person: int) -> bool:
    """Whether the address of this person is dead, for ever."""
    return number_of(f"gone-{people.seed}-{person}") % 10_000 < GONE_SHARE * 10_000


def is_busy(delivery_id: str, tried: int) -> bool:
    """Whether the receiver asks for this message again: some first tries only."""
    return tried == 1 and number_of(f"busy-{delivery_id}") % 10_000 < BUSY_SHARE * 10_000
