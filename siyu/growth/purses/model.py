"""What a purse and a reward are, and which way a reward goes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from siyu.storage import BadInput

Currency = Literal["yuan", "points", "pieces"]
Stage = Literal["held", "granted", "paid", "dropped", "taken_back"]

CURRENCIES: Mapping[str, tuple[str, str]] = {
    "yuan": ("元", "yuan"),
    "points": ("积分", "points"),
    "pieces": ("份", "pieces"),
}
STAGES: Mapping[str, tuple[str, str]] = {
    "held": ("暂扣", "Waits"),
    "granted": ("待发放", "To be given"),
    "paid": ("已发放", "Given"),
    "dropped": ("已取消", "Dropped"),
    "taken_back": ("已收回", "Taken back"),
}
COMES_FROM: Mapping[str, tuple[str, ...]] = {
    "granted": ("held",),
    "paid": ("granted",),
    "dropped": ("held",),
    "taken_back": ("granted", "paid"),
}
"""Stage → the stages that it may follow."""

COUNTS: Mapping[str, tuple[int, int]] = {
    "held": (1, 0),
    "granted": (0, 1),
    "paid": (0, 1),
    "dropped": (0, 0),
    "taken_back": (0, 0),
}
"""Stage → how often the amount counts in the purse's (held, spent)."""

UNITS_MAX = 10**15
NAME_CHARACTERS_MAX = 60
KEY_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Purse:
    """What rewards may cost. ``total``, ``held`` and ``spent`` in the smallest unit of its ``currency``."""

    id: int
    name: str
    currency: Currency
    total: int
    held: int
    spent: int
    closed: datetime | None
    created: datetime
    by: str

    @property
    def left(self) -> int:
        return self.total - self.held - self.spent


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reward to be granted. ``key`` says the reason and is granted once, whoever asks again. ``amount`` in the
    purse's smallest unit. ``held``: it waits (a review) until it is released; ``due``: it waits (a return window)
    until then."""

    key: str
    purse: int
    person: int
    kind: str
    amount: int
    title: str
    campaign: str = ""
    held: bool = False
    due: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish. ``reward``: its number, None where nothing was granted; ``new``: granted just now, not
    before. ``short``: the purse has too little left, or is closed."""

    key: str
    reward: int | None
    stage: str
    new: bool

    @property
    def short(self) -> bool:
        return self.reward is None


@dataclass(frozen=True, slots=True)
class Reward:
    """One reward as it stands. ``amount`` in the smallest unit of its purse's currency; ``due``: when what is held is
    let go by itself, null where somebody decides."""

    id: int
    key: str
    purse: int
    person: int
    campaign: str
    kind: str
    amount: int
    title: str
    stage: str
    at: datetime
    changed: datetime
    due: datetime | None


def fitting(left: int, amounts: Iterable[int]) -> list[bool]:
    """Which of these fit, in their order: each takes if what is left then covers it, so that a smaller one behind a
    larger one that was refused may still be granted."""
    answer: list[bool] = []
    for amount in amounts:
        fits = amount <= left
        left -= amount if fits else 0
        answer.append(fits)
    return answer


def smallest(currency: str, amount: Decimal, field: str = "amount") -> int:
    """An amount as people write it → the smallest unit. Raises :class:`BadInput` where it is no whole number of it."""
    units = amount * 100 if currency == "yuan" else amount
    if not units.is_finite() or units != units.to_integral_value() or not 0 < units <= UNITS_MAX:
        raise BadInput(
            "amount_unfit",
            "金额应大于 0，最多两位小数；积分和份数应为整数。",
            "An amount is more than 0 with at most two decimals; points and pieces are whole numbers.",
            field=field,
        )
    return int(units)


def written(currency: str, units: int) -> Decimal:
    """The smallest unit → as people write it: 1250 cents are 12.50 yuan."""
    return Decimal(units).scaleb(-2) if currency == "yuan" else Decimal(units)


def check_wishes(wishes: Sequence[Wanted]) -> None:
    """Raises :class:`ValueError` for what no caller may ask."""
    for wish in wishes:
        if not 0 < wish.amount <= UNITS_MAX:
            raise ValueError("an amount is more than nothing")
        if not wish.key or len(wish.key) > KEY_CHARACTERS_MAX:
            raise ValueError("a reward needs a key that says its reason")
