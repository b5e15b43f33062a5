"""Who gives a reward of a kind. A kind registers itself here at start-up: money by payouts, goods by hand, a title at
once; points and coupons where their rooms are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from siyu.growth.purses.model import Currency, Reward

Give = Callable[[Connection, datetime, Sequence[Reward]], None]
Given = Callable[[Connection, Sequence[Reward]], set[int]]


def _nothing(_: Connection, __: datetime, ___: Sequence[Reward]) -> None:
    pass


def _all_of(_: Connection, rewards: Sequence[Reward]) -> set[int]:
    return {reward.id for reward in rewards}


@dataclass(frozen=True, slots=True)
class Giver:
    """A kind of reward.

    ``currency``: of the purses that it is taken from. ``by_hand``: somebody of the staff gives it and says so.
    ``at_once``: it is given by being granted. ``give``: called in the transaction that grants; what it writes is
    delivered afterwards. ``take_back``: which of these rewards (granted or paid) can be taken back: it undoes what it
    gave, in the same transaction. ``may_pay``: which of these staff may say that they gave by hand; what would have
    given them otherwise ends, in the same transaction.
    """

    kind: str
    zh: str
    en: str
    currency: Currency
    by_hand: bool = False
    at_once: bool = False
    give: Give = _nothing
    take_back: Given = _all_of
    may_pay: Given = _all_of


GIVERS: dict[str, Giver] = {}


def register(giver: Giver) -> None:
    """Make a kind known. Raises :class:`ValueError` where another has its name."""
    if GIVERS.setdefault(giver.kind, giver) != giver:
        raise ValueError(f"two givers of {giver.kind}")


def takes_over(giver: Giver) -> None:
    """Another room gives a kind that staff alone gave so far. Raises :class:`ValueError` for an unknown kind."""
    if giver.kind not in GIVERS:
        raise ValueError(f"nobody gives {giver.kind}")
    GIVERS[giver.kind] = giver


register(Giver("goods", "实物", "Goods", "pieces", by_hand=True))
register(Giver("title", "头衔与致谢", "A title, thanks", "pieces", at_once=True))
register(Giver("money", "现金（人工转账）", "Money, transferred by hand", "yuan", by_hand=True))


def currency_of(kind: str) -> str:
    """The currency of a kind's purses, "" where there is no such kind."""
    giver = GIVERS.get(kind)
    return "" if giver is None else giver.currency
