"""What a hold-out shows: pure statistics over counts."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from msgspec import Struct


class Lift(Struct, frozen=True):
    """Shares of two groups, and their difference with an interval. ``None`` where a group is empty."""

    treated_people: int
    treated_share: float | None
    heldout_people: int
    heldout_share: float | None
    difference: float | None
    low: float | None
    high: float | None
    confidence: float
    """``difference`` lies in [low, high] with this confidence; an interval that holds 0 shows no effect."""

    @property
    def shows(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def wilson(successes: int, people: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927). ``people`` > 0."""
    if not 0 <= successes <= people or people <= 0:
        raise ValueError("successes lie between 0 and a number of people above 0")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / people
    middle = share + z * z / (2 * people)
    spread = z * sqrt(share * (1 - share) / people + z * z / (4 * people * people))
    below = 1 + z * z / people
    return max(0.0, (middle - spread) / below), min(1.0, (middle + spread) / below)


def lift(treated: int, treated_people: int, heldout: int, heldout_people: int, confidence: float = 0.95) -> Lift:
    """The difference of two independent shares with Newcombe's interval (1998, method 10), good also for small groups.

    ``treated`` of ``treated_people`` and ``heldout`` of ``heldout_people`` did it. Both groups are as drawn, whether
    or not a message arrived: comparing only those reached would compare the reachable with everybody.
    """
    if not treated_people or not heldout_people:
        return Lift(
            treated_people,
            treated / treated_people if treated_people else None,
            heldout_people,
            heldout / heldout_people if heldout_people else None,
            None,
            None,
            None,
            confidence,
        )
    first, second = treated / treated_people, heldout / heldout_people
    low_1, high_1 = wilson(treated, treated_people, confidence)
    low_2, high_2 = wilson(heldout, heldout_people, confidence)
    difference = first - second
    return Lift(
        treated_people,
        first,
        heldout_people,
        second,
        difference,
        difference - sqrt((first - low_1) ** 2 + (high_2 - second) ** 2),
        difference + sqrt((high_1 - first) ** 2 + (second - low_2) ** 2),
        confidence,
    )
