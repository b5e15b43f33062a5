"""What a coupon kind and a coupon are, what a code looks like, how long one lasts. Pure; money is in cents."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from siyu.loyalty.coupons.stacking import Amount, Gift, Percent, Shipping, Terms

Codes = Literal["own", "shared", "printed"]
"""``own``: each taken coupon has its own code. ``shared``: besides, one known code lets anybody take one.
``printed``: codes are printed in batches, and nobody's until they are used."""

Stage = Literal["open", "used", "ended", "taken_back"]
STAGES: dict[Stage, tuple[str, str]] = {
    "open": ("可用", "Open"),
    "used": ("已核销", "Used"),
    "ended": ("已过期", "Ended"),
    "taken_back": ("已收回", "Taken back"),
}
WHAT: dict[str, tuple[str, str]] = {
    "taken": ("领取", "Taken"),
    "used": ("核销", "Used"),
    "undone": ("撤销核销", "Use undone"),
    "given_back": ("随订单退回", "Came back with its order"),
    "kept": ("订单退回，券不退还", "Its order came back, the coupon did not"),
    "ended": ("过期", "Ended"),
    "taken_back": ("收回", "Taken back"),
    "refused": ("店铺核销未通过", "A shop used it and should not have"),
}
"""What can happen to a coupon."""

Refusal = Literal["unknown", "stopped", "ended", "stock", "budget", "limit", "gone", "points"]
REFUSALS: dict[Refusal, tuple[str, str]] = {
    "unknown": ("没有这种券", "There is no such coupon kind"),
    "stopped": ("这种券已停发", "None of it is given any more"),
    "ended": ("这种券已过有效期", "Its time is over"),
    "stock": ("已领完", "All of them are taken"),
    "budget": ("预算已用完", "Its budget is used up"),
    "limit": ("已达每人限领张数", "This person has as many as one may have"),
    "gone": ("客户不存在或已被删除", "There is no such person any more"),
    "points": ("积分不足", "There are too few points"),
}
"""Why none is taken."""

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I, O, which are mistaken for one another: a code is read aloud and typed."""
CODE_CHARACTERS = 12
DAYS_MAX = 3_650
STOCK_MAX = 100_000_000
BUDGET_CENTS_MAX = 10**13
PER_PERSON_MAX = 1_000
GRACE_DAYS_MAX = 365
NAME_CHARACTERS_MAX = 40
WHY_CHARACTERS_MAX = 200
KEY_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A coupon kind as it is kept; see :mod:`tables` for what each part says."""

    id: int
    name: str
    terms: Terms
    begins: datetime | None
    ends: datetime | None
    days: int | None
    codes: Codes
    code: str | None
    stock: int | None
    taken: int
    per_person: int | None
    budget_cents: int | None
    promised_cents: int
    spent_cents: int
    price_points: int | None
    comes_back: bool
    grace_days: int
    stopped: datetime | None
    created: datetime
    by: str

    @property
    def left(self) -> int | None:
        """Of its stock; None where it has none."""
        return None if self.stock is None else self.stock - self.taken

    def lasts(self, taken: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From when until when one that is taken then may be used. Days end at a midnight of the shop."""
        ends = self.ends
        if self.days is not None:
            after = midnight_after(taken, self.days, zone)
            ends = after if ends is None else min(ends, after)
        assert ends is not None
        return max(self.begins or taken, taken), ends

    def refuses(self, now: datetime) -> Refusal | None:
        """Why nobody may take one now, whatever is left."""
        if self.stopped is not None:
            return "stopped"
        return "ended" if self.ends is not None and self.ends <= now else None


class Take(NamedTuple):
    """A coupon of ``kind`` for a ``person``, once for its ``key``. ``why`` is read by the person's adviser."""

    kind: int
    person: int
    key: str
    why: str = ""
    by: str = "system"


@dataclass(frozen=True, slots=True)
class Taken:
    """A coupon that a person has. ``new``: not there before."""

    key: str
    coupon: int
    kind: int
    person: int | None
    code: str
    begins: datetime
    ends: datetime
    new: bool


@dataclass(frozen=True, slots=True)
class Refused:
    key: str
    why: Refusal


def most_cents(terms: Terms) -> int | None:
    """The most that one coupon can take (a gift: its worth); None where nothing bounds it."""
    match terms.gives:
        case Amount(cents, every):
            return None if every and terms.threshold else cents
        case Percent(_, cents_max) | Shipping(cents_max):
            return cents_max
        case Gift(_, worth):
            return worth


def midnight_after(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the day that many days later, in the shop's zone."""
    last = date.fromordinal(moment.astimezone(zone).date().toordinal() + days + 1)
    return datetime(last.year, last.month, last.day, tzinfo=zone)


def new_code() -> str:
    """A code that nobody guesses: 60 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS))


def code_of(typed: str) -> str:
    """A code as it is kept, from what was typed or scanned: without spaces and dashes, in capitals."""
    return "".join(typed.split()).replace("-", "").replace("\u2010", "").upper()[:64]


def shown_code(code: str) -> str:
    """A code as people read it: in groups of four."""
    return " ".join(code[first : first + 4] for first in range(0, len(code), 4)) if len(code) > 8 else code
