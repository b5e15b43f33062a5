"""A programme of care, as data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Literal

import msgspec

from siyu.storage import BadInput

Kind = Literal["birthday", "anniversary", "surprise"]
KINDS: Mapping[str, tuple[str, str]] = {
    "birthday": ("生日", "Birthday"),
    "anniversary": ("相识周年", "Anniversary of joining"),
    "surprise": ("惊喜", "Surprise"),
}
Stage = Literal["draft", "live", "paused"]
Gift = Literal["message", "points", "coupon"]
GIFTS: Mapping[str, tuple[str, str]] = {
    "message": ("只问候（旅程发消息）", "A greeting alone (by a journey)"),
    "points": ("积分", "Points"),
    "coupon": ("优惠券", "A coupon"),
}
STAGES: Mapping[str, tuple[str, str]] = {
    "draft": ("草稿", "Draft"),
    "live": ("进行中", "Live"),
    "paused": ("已暂停", "Paused"),
}
HOLD_OUT_MAX = 50
PER_DAY_MAX = 10_000
SHARES = 10_000

Whole = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class Care(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given when. ``much``: points each, or the kind of coupon (for ``coupon``); ``budget``: in all, in points
    or coupons or greetings; ``tiers``: keys of those it is for (everybody, where none is named); ``hold_out``: percent
    who get nothing, so that the effect can be seen; ``a_day``: of a surprise, to so many a day."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    kind: Kind
    gift: Gift = "message"
    much: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    budget: Whole
    tiers: Annotated[tuple[str, ...], msgspec.Meta(max_length=10)] = ()
    hold_out: Annotated[int, msgspec.Meta(ge=0, le=HOLD_OUT_MAX)] = 10
    a_day: Annotated[int, msgspec.Meta(ge=1, le=PER_DAY_MAX)] = 10

    @property
    def price(self) -> int:
        """What one gift takes of the budget."""
        return self.much if self.gift == "points" else 1


def require_fit(care: Care) -> None:
    """Raises :class:`BadInput` for what the types can't say."""
    if care.gift != "message" and not care.much:
        words = ("送多少积分？", "How many points?") if care.gift == "points" else ("送哪种优惠券？", "Which coupon?")
        raise BadInput("care_much", *words, field="much")
    if care.price > care.budget:
        raise BadInput("care_budget", "预算连一份都不够。", "The budget is not enough for one.", field="budget")


def held_out(program: int, person: int, percent: int) -> bool:
    """Whether somebody gets nothing of a programme, so that its effect can be seen: drawn once, for ever the same."""
    return _drawn(f"care {program} {person}") < percent * SHARES // 100


def drawn(program: int, day: int, person: int) -> int:
    """The place of somebody in a day's draw of a surprise."""
    return _drawn(f"surprise {program} {day} {person}", 1 << 60)


def _drawn(text: str, of: int = SHARES) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8]) % of
