"""Matched content against the same for everyone, by an experiment in the rehearsal world: whose people like some
categories more than others, open and buy by what a message speaks of, tire, and complain.

A year of their behaviour is what matching knows. Then half of them, by lot, get the piece that matching chooses, week
after week, the others the piece that does best for all; both as often, at the same hour. What opens teach about the
pieces is used from the next week on, in both arms. Nobody's taste is told to the product.
Matching and the world meet in one process here: messages pass neither outbox nor guard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from evidence.harness import Evidence, Scale, at_least, at_most
from rehearsal.catalogue import CATALOGUE, CATEGORIES
from rehearsal.reactions import chances_of, fate_of
from rehearsal.world import Happening, World
from siyu.content.matching.choosing import choose
from siyu.content.matching.model import ACTS, Candidate, Counted, Settings
from siyu.content.matching.portraits import portraits
from siyu.experiments import held_out

CLAIM = "content.ab"
PEOPLE = {"small": 1_500, "full": 8_000}
WEEKS = 8
HISTORY_DAYS = 365
SINCE = date(2025, 1, 1)
HOUR = 20.0
SEEDS = {"small": (11,), "full": (11, 12, 13)}
DRAWS = 1_000
TOLD = {"bought": "order_paid", "liked": "product_favourited", "carted": "cart_added", "looked": "product_viewed",
        "read": "article_read"}  # fmt: skip
TEXTS = {category: f"{category}这样选不踩坑，三分钟讲清楚" for category in CATEGORIES}

Floats = NDArray[np.float64]


@dataclass
class Arm:
    """What one half of the people did: by person."""

    persons: NDArray[np.int64]
    sent: Floats = field(init=False)
    opened: Floats = field(init=False)
    complained: Floats = field(init=False)
    bought: Floats = field(init=False)
    by_piece: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def __post_init__(self) -> None:
        for name in ("sent", "opened", "complained", "bought"):
            setattr(self, name, np.zeros(len(self.persons)))


def measure(scale: Scale) -> Evidence:
    matched, alike = list[Arm](), list[Arm]()
    for seed in SEEDS[scale]:
        with_match, without = experiment(seed, PEOPLE[scale])
        matched.append(with_match)
        alike.append(without)
    opens, opens_low, opens_high = difference(matched, alike, "opened")
    complaints, complaints_low, complaints_high = difference(matched, alike, "complained")
    repeats, repeats_low, repeats_high = difference(matched, alike, "bought")
    goals = [
        at_least("open rate, matched less the same for all: lower end of 95%", round(opens_low, 4), 0.0001),
        at_most("complaints a message, the same difference: upper end of 95%", round(complaints_high, 5), 0.001),
        at_least("purchases after a message, the same difference: lower end of 95%", round(repeats_low, 5), 0.0),
    ]
    notes = {
        "open_rate": f"{rate(matched, 'opened'):.4f} beside {rate(alike, 'opened'):.4f}: "
        f"{opens:+.4f} [{opens_low:+.4f}, {opens_high:+.4f}]",
        "complaints_a_message": f"{rate(matched, 'complained'):.5f} beside {rate(alike, 'complained'):.5f}: "
        f"{complaints:+.5f} [{complaints_low:+.5f}, {complaints_high:+.5f}]",
        "purchases_a_message": f"{rate(matched, 'bought'):.5f} beside {rate(alike, 'bought'):.5f}: "
        f"{repeats:+.5f} [{repeats_low:+.5f}, {repeats_high:+.5f}]",
        "explored": Settings().explore,
    }
    many = sum(len(arm.persons) for arm in (*matched, *alike))
    return Evidence(
        CLAIM, f"{many:,} people of {len(matched)} worlds, {WEEKS} weeks, {len(TEXTS)} pieces", goals, notes
    )


def experiment(seed: int, many: int) -> tuple[Arm, Arm]:
    """A world, a year of it, and eight weeks in two arms."""
    world = World.begin(seed, many, SINCE)
    counted = history(world)
    people = np.unique(counted.persons)
    out = held_out(f"content-{seed}", people, 50)
    arms = (Arm(people[~out]), Arm(people[out]))
    recent = dict.fromkeys(people.tolist(), 0)
    for week in range(WEEKS):
        day = HISTORY_DAYS + 7 * week
        now = datetime.combine(SINCE, datetime.min.time(), UTC) + timedelta(days=day)
        for arm, matching in zip(arms, (True, False), strict=True):
            pieces = candidates(arm)
            if matching:
                found = portraits(counted, arm.persons, Settings())
                chosen = [each.key for each in choose(found, pieces, now, Settings(), f"{seed}-{week}")]
            else:
                chosen = [_best(pieces, counted)] * len(arm.persons)
            send(world, arm, chosen, day, week, recent)
    return arms


def history(world: World) -> Counted:
    """What a year tells the product: who did what with which category, decayed until its end."""
    happened = [each for _ in range(HISTORY_DAYS) for each in world.next_day()]
    end = world.midnight_ms(HISTORY_DAYS)
    half = Settings().half_life_days
    persons, places, weights = list[int](), list[int](), list[float]()
    for each in happened:
        if each.what in TOLD:
            decay = 0.5 ** ((end - each.at) / 86_400_000 / half)
            for place in sorted(set(_categories(each))):
                persons.append(each.person)
                places.append(place)
                weights.append(ACTS[TOLD[each.what]] * decay)
    return Counted(CATEGORIES, np.array(persons), np.array(places), np.array(weights))


def _categories(happening: Happening) -> list[int]:
    detail = happening.detail
    if "lines" in detail:
        return [int(CATALOGUE.category[line.product]) for line in detail["lines"]]
    return [int(detail["category"]) if "category" in detail else int(CATALOGUE.category[detail["product"]])]


def candidates(arm: Arm) -> list[Candidate]:
    """A piece a category, with what this arm has shown of it."""
    return [
        Candidate(name, TEXTS[name], [name], arm.by_piece[name, "sent"], arm.by_piece[name, "opened"])
        for name in CATEGORIES
    ]


def _best(pieces: Sequence[Candidate], counted: Counted) -> str:
    """What one would send to all: of the category in which everybody together shows most interest."""
    totals = np.bincount(counted.places, weights=counted.weights, minlength=len(pieces))
    return pieces[int(totals.argmax())].key


def send(world: World, arm: Arm, chosen: Sequence[str], day: int, week: int, recent: dict[int, int]) -> None:
    """Everybody gets theirs; what they do is theirs, by the delivery's own number."""
    for row, (person, key) in enumerate(zip(arm.persons.tolist(), chosen, strict=True)):
        message = {"title": TEXTS[key], "text": ""}
        delivery = f"{world.people.seed}-{week}-{person}"
        chances = chances_of(world.people, person, day, HOUR, message, recent[person])
        fate = fate_of(world.people, person, delivery, chances, TEXTS[key], {})
        did = {step.what for step in fate.steps}
        recent[person] = 1
        arm.sent[row] += 1
        arm.opened[row] += "message_opened" in did
        arm.complained[row] += "complaint_made" in did
        arm.bought[row] += "bought" in did
        arm.by_piece[key, "sent"] += 1
        arm.by_piece[key, "opened"] += "message_opened" in did


def rate(arms: Sequence[Arm], name: str) -> float:
    """A message."""
    return sum(getattr(arm, name).sum() for arm in arms) / sum(arm.sent.sum() for arm in arms)


def difference(ours: Sequence[Arm], theirs: Sequence[Arm], name: str) -> tuple[float, float, float]:
    """Of the rates a message, with a bootstrap over people, 95%."""
    chance = np.random.default_rng(5)
    sides = [
        (np.concatenate([getattr(arm, name) for arm in arms]), np.concatenate([arm.sent for arm in arms]))
        for arms in (ours, theirs)
    ]
    found: list[float] = []
    for _ in range(DRAWS):
        rates: list[float] = []
        for did, sent in sides:
            drawn = chance.integers(0, len(did), len(did))
            rates.append(float(did[drawn].sum() / sent[drawn].sum()))
        found.append(rates[0] - rates[1])
    low, high = np.quantile(found, [0.025, 0.975])
    return rate(ours, name) - rate(theirs, name), float(low), float(high)
