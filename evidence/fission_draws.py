"""Over a million draws the wheel stops as often as its odds declare, and what is published gives every draw again."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from evidence.harness import Evidence, Scale, at_least, at_most, equal
from siyu.growth.campaigns.mechanic import Act
from siyu.growth.mechanics.lottery.model import (
    WHOLE,
    Draw,
    Prize,
    Rules,
    committed,
    contribute,
    point,
    seed_of,
    short,
    start,
    verify,
)

CLAIM = "fission.draws"
DRAWS: Mapping[Scale, int] = {"small": 40_000, "full": 1_000_000}
A_TICKET = 2
SECRET = hashlib.sha256(b"the secret of this evidence").digest()
ODDS = (50, 4_950, 45_000, 250_000)
BINS = 1_000
FORGED = 100
P_LEAST = 0.001
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def measure(scale: Scale) -> Evidence:
    draws = DRAWS[scale]
    rules = Rules(prizes=tuple(_prize(odds, draws) for odds in ODDS), draws=A_TICKET, friend_draws=0)
    stops, played, fallen = _played(rules, draws // A_TICKET)
    expected = [draws * odds / WHOLE for odds in (*ODDS, WHOLE - sum(ODDS))]
    fair = chi_square([fallen[place] for place in (1, 2, 3, 4, 0)], expected)
    spread = chi_square([stops[each] for each in range(BINS)], [draws / BINS] * BINS)
    pairs = chi_square(*_pairs(played))
    wrong = verify(rules, SECRET, committed(SECRET), played)
    forged = {each.serial: each._replace(prize=0 if each.prize else 1) for each in played[:: len(played) // FORGED]}
    found = verify(rules, SECRET, committed(SECRET), [forged.get(each.serial, each) for each in played])
    won = Counter(draw.prize for draw in played)
    return Evidence(
        CLAIM,
        f"{draws:,} draws of {draws // A_TICKET:,} tickets",
        [
            at_least("declared against observed odds: p of chi-square", round(fair, 4), P_LEAST, timed=False),
            at_least(f"where the wheel stops, {BINS:,} parts: p of chi-square", round(spread, 4), P_LEAST, timed=False),
            at_least("a ticket's first and second draw: p of chi-square", round(pairs, 4), P_LEAST, timed=False),
            at_most(
                "the same counts beside odds a tenth off: p of chi-square",
                round(chi_square([fallen[place] for place in (1, 2, 3, 4, 0)], _off(expected)), 9),
                P_LEAST,
                timed=False,
            ),
            equal("draws that the secret does not give again", None if wrong is None else len(wrong), 0),
            equal(
                "forged draws that were found",
                None if found is None else sorted(each.draw.serial for each in found) == sorted(forged),
                True,
            ),
            equal("another secret passes", verify(rules, b"another", committed(SECRET), played[:1]) is not None, False),
            equal(
                "prizes above their stock",
                sum(won[place] > prize.stock for place, prize in enumerate(rules.prizes, 1)),
                0,
            ),
        ],
        {
            f"won of stock, prize {place}": f"{won[place]:,} of {prize.stock:,}"
            for place, prize in enumerate(rules.prizes, 1)
        },
    )


def chi_square(observed: Sequence[int], expected: Sequence[float]) -> float:
    """How likely a fit as bad as this or worse is by chance alone (Pearson): Q(k/2, x/2) with k = cells - 1."""
    half = sum((have - want) ** 2 / want for have, want in zip(observed, expected, strict=True)) / 2
    degrees = len(observed) - 1
    shape = 0.5 if degrees % 2 else 1.0
    answer = math.erfc(math.sqrt(half)) if degrees % 2 else math.exp(-half)
    while shape < degrees / 2:  # Q(a + 1, x) = Q(a, x) + x**a exp(-x) / Γ(a + 1)
        answer += math.exp(shape * math.log(half) - half - math.lgamma(shape + 1)) if half > 0 else 0.0
        shape += 1
    return min(answer, 1.0)


def _prize(odds: int, draws: int) -> Prize:
    """One with too little stock for so many draws, by a tenth, so that the last of it is fought for."""
    return Prize(name=f"{odds}", odds=odds, stock=max(1, draws * odds * 9 // (10 * WHOLE)), value_cents=100)


def _played(rules: Rules, tickets: int) -> tuple[Counter[int], list[Draw], Counter[int]]:
    """(Stops by part of the wheel, the draws as published, what the wheel said before any stock was gone)."""
    stops, fallen, left = Counter[int](), Counter[int](), [prize.stock for prize in rules.prizes]
    draws: list[Draw] = []
    for person in range(tickets):
        ticket = f"t{person:07d}"
        seed = seed_of(SECRET, ticket)
        act = Act("draw", person, NOW, seed, starter=True)
        state = start(rules, act).state
        for nth in range(1, A_TICKET + 1):
            step = contribute(rules, state, act)
            state = step.state
            stops[point(seed, nth) * BINS // WHOLE] += 1
            place = state.drawn[-1]
            fallen[place] += 1
            if place and not left[place - 1]:
                state = short(rules, state, step.grants[0]).state
            elif place:
                left[place - 1] -= 1
            draws.append(Draw(len(draws) + 1, ticket, nth, state.drawn[-1]))
    return stops, draws, fallen


def _pairs(played: Sequence[Draw]) -> tuple[list[int], list[float]]:
    """A ticket's two draws, by half of the wheel each: four cells, as likely as each other."""
    cells = Counter[int]()
    for ticket in {each.ticket for each in played}:
        seed = seed_of(SECRET, ticket)
        cells[2 * (point(seed, 1) * 2 // WHOLE) + point(seed, 2) * 2 // WHOLE] += 1
    return [cells[each] for each in range(4)], [sum(cells.values()) / 4] * 4


def _off(expected: Sequence[float]) -> list[float]:
    """What would be expected if the most common prize's odds were a tenth higher than declared."""
    off = list(expected)
    off[3] += expected[3] / 10
    off[4] -= expected[3] / 10
    return off
