"""What matching looks at, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PIECES_MAX = 50
"""Among so many pieces is chosen at once."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How much each thing weighs; set on ``completejourney`` before its last months were looked at.

    ``half_life_days``: after so long an act counts for half. ``strength``: how many purchases a tag are lent by others
    (with 12 tags some four: who bought four things is believed half). ``neighbours``: of what others lend,
    the share that is lent by those who like the same things, the rest by everybody. ``fresh_days``: a topical piece
    loses a third of its appeal after so long.
    ``explore``: this share of people gets a piece by a draw among all."""

    half_life_days: float = 240.0
    strength: float = 0.35
    neighbours: float = 0.5
    fresh_days: float = 30.0
    explore: float = 0.1


ACTS: Mapping[str, float] = {
    "order_paid": 1.0,
    "product_favourited": 0.6,
    "cart_added": 0.5,
    "review_written": 0.6,
    "product_viewed": 0.15,
    "message_clicked": 0.3,
    "content_clicked": 0.3,
    "content_favourited": 0.6,
    "content_commented": 0.6,
    "article_read": 0.2,
}
"""How much each act tells of what somebody likes; a bought category is the unit."""


@dataclass(frozen=True)
class Counted:
    """What people did, as three columns of equal length: person, tag (place in ``tags``), weight (decayed)."""

    tags: Sequence[str]
    persons: Ints
    places: Ints
    weights: Floats


@dataclass(frozen=True)
class Portraits:
    """A row a person: which share of their interest each tag has (rows sum to 1), and on how much of their own doing
    that rests (0 to 1). ``everybody``: the shares of all together."""

    tags: Sequence[str]
    persons: Ints
    shares: Floats
    own: Floats
    everybody: Floats


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece that may be chosen: its tags; ``sent`` and ``opened`` until now; since when it is there; whether it
    ages."""

    key: str
    title: str
    tags: Sequence[str]
    sent: int = 0
    opened: int = 0
    since: datetime | None = None
    topical: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The piece of one person (or group), and why in numbers: the share of their interest that its tags have beside
    everybody's, how it was received, how fresh it is; ``tried``: it was drawn to learn."""

    person: int
    key: str
    score: float
    interest: float
    usual: float
    own: float
    received: float
    fresh: float
    tried: bool
    tag: str
