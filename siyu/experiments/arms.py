"""Arms of a random split beside the first of them: pure statistics over counts.

Shares of people get Newcombe's interval (:mod:`siyu.experiments.lift`) and the pooled two-proportion test; rates of
messages, of which one person has several that are alike, are ratios of means (Cochran, *Sampling Techniques*, 3rd ed.
1977, 6.3 and 6.4): a person's messages are one draw, not several. With more than two arms each comparison is the
stricter, so that all intervals together hold with 95% (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

from msgspec import Struct

from siyu.experiments.lift import CONFIDENCE, lift_of_shares

MISMATCH = 0.001
"""Below this chance, arms are not as large as their shares say: something is wrong with the split (Fabijan et al.,
KDD 2019)."""


class Difference(Struct, frozen=True):
    """An arm minus the first arm. It lies in [``low``, ``high``]; ``p``: how often chance alone would show as much."""

    difference: float
    low: float
    high: float
    p: float

    @property
    def shows(self) -> bool:
        """Whether the interval leaves 0 out."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Rate:
    """Of ``people`` with ``whole`` things each (messages), ``part`` of them so (opened): sums, and sums of products."""

    people: int
    part: float
    whole: float
    part_2: float
    whole_2: float
    part_whole: float

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def variance(self) -> float:
        """Of the rate: Σ(part − rate·whole)² over the people, by Cochran (6.13). 0 for fewer than two."""
        rate = self.value
        if rate is None or self.people < 2:
            return 0.0
        spread = self.part_2 - 2 * rate * self.part_whole + rate * rate * self.whole_2
        return max(0.0, spread) * self.people / (self.people - 1) / (self.whole * self.whole)


def confidence_of(arms: int) -> float:
    """Of one interval, where so many arms are compared with the first."""
    return 1 - (1 - CONFIDENCE) / max(1, arms - 1)


def shares_apart(did: int, people: int, first_did: int, first_people: int, arms: int = 2) -> Difference | None:
    """``did`` of ``people`` against ``first_did`` of ``first_people``. None where one side is empty."""
    found = lift_of_shares(did, people, first_did, first_people, confidence_of(arms))
    if found.difference is None or found.low is None or found.high is None:
        return None
    pooled = (did + first_did) / (people + first_people)
    spread = sqrt(pooled * (1 - pooled) * (1 / people + 1 / first_people))
    return Difference(found.difference, found.low, found.high, _by_chance(found.difference, spread, arms))


def rates_apart(arm: Rate, first: Rate, arms: int = 2) -> Difference | None:
    """Two rates. None where one side has nothing, or fewer than two people."""
    one, other = arm.value, first.value
    if one is None or other is None or min(arm.people, first.people) < 2:
        return None
    spread = sqrt(arm.variance + first.variance)
    reach = NormalDist().inv_cdf(0.5 + confidence_of(arms) / 2) * spread
    return Difference(one - other, one - other - reach, one - other + reach, _by_chance(one - other, spread, arms))


def mismatch(people: Sequence[int], shares: Sequence[float]) -> float:
    """The chance that arms with these ``shares`` (any sum) get numbers of people as far from them as these: Pearson's
    χ², by Wilson and Hilferty's approximation (1931) for more than two arms."""
    all_people, all_shares = sum(people), sum(shares)
    meant = [all_people * share / all_shares for share in shares]
    if not all_people or any(each and not wanted for each, wanted in zip(people, meant, strict=True)):
        return 1.0 if not all_people else 0.0
    pairs = [(each, wanted) for each, wanted in zip(people, meant, strict=True) if wanted]
    square = sum((each - wanted) ** 2 / wanted for each, wanted in pairs)
    freedom = len(pairs) - 1
    if freedom < 1:
        return 1.0
    if freedom == 1:
        return erfc(sqrt(square / 2))
    bend = 2 / (9 * freedom)
    return 1 - NormalDist().cdf(((square / freedom) ** (1 / 3) - (1 - bend)) / sqrt(bend))


def _by_chance(difference: float, spread: float, arms: int) -> float:
    """Two-sided, and as strict as the interval."""
    if not difference:
        return 1.0
    return min(1.0, erfc(abs(difference) / spread / sqrt(2)) * max(1, arms - 1)) if spread else 0.0
