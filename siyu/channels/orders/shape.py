"""The one shape of an order, whichever platform told of it. Pure; money is :class:`Decimal`, in yuan, from end to end.

A platform's message becomes *facts*. Each fact stands for itself and never changes: that the order was paid (when, how
much, what), that it grew, that money went back. So the order in which messages arrive decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, DecimalException, InvalidOperation
from typing import Any, Literal

from siyu.channels.platform.documents import Document
from siyu.channels.platform.reading import spelt, text
from siyu.storage import BadInput

LINES_MAX = 200
COUPONS_MAX = 20
CODE_CHARACTERS_MAX = 64
TITLE_CHARACTERS_MAX = 60
MONEY_MAX = Decimal("1e12")
FOUR_PLACES = Decimal("0.0001")

STATES: Mapping[str, tuple[str, str]] = {
    "created": ("待付款", "Not paid yet"),
    "paid": ("已付款", "Paid"),
    "shipped": ("已发货", "Shipped"),
    "finished": ("已完成", "Finished"),
    "closed": ("已关闭", "Closed"),
}
"""States in the order of a life; of two that were told with one time the later counts."""

Identifiers = tuple[tuple[str, str], ...]
PartKind = Literal["amended", "returned"]


@dataclass(frozen=True, slots=True)
class Line:
    """``price`` is what was paid for one piece, to four places."""

    sku: str
    title: str
    quantity: Decimal
    price: Decimal
    category: str = ""


@dataclass(frozen=True, slots=True)
class UsedCoupon:
    """A coupon of ours that an order used: its code, and what the shop took off for it, where it says so."""

    code: str
    off: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    at: datetime
    amount: Decimal
    lines: tuple[Line, ...] = ()
    more_lines: int = 0
    claim: str = ""  # the code that the buyer brought from a link of ours
    coupons: tuple[UsedCoupon, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Something that happened to a paid order, under a number of its own: lines were added, money went back."""

    kind: PartKind
    number: str
    at: datetime
    amount: Decimal
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Buyer:
    """``identifiers`` say who it is; ``shown`` is what the platform masks or encrypts: kept as it came, no proof."""

    identifiers: Identifiers = ()
    shown: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Fact:
    """What one message says of one order. ``version`` orders what is said of its state; "" says nothing of it.
    ``wants``: it says too little, the platform has to be asked for the whole."""

    number: str
    version: int = 0
    state: str = ""
    paid: Payment | None = None
    part: Part | None = None
    buyer: Buyer = field(default_factory=Buyer)
    wants: bool = False


# --- reading what platforms write


def bad(what: str, zh: str, en: str) -> BadInput:
    return BadInput(f"order_{what}", f"订单无法读取：{zh}。", f"The order can't be read: {en}.")


def version_of(value: Any, otherwise: datetime) -> int:
    """What tells which of two messages is the later: a whole number that fits the ledger, or the time."""
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62
    return value if fits else int(otherwise.timestamp())


def number_of(document: Document, *names: str) -> str:
    """An order's or return's number. Raises :class:`BadInput` where there is none."""
    found = text(document, *names)
    if not found:
        raise bad("number", "缺少编号", "a number is missing")
    return found


def yuan(value: Any) -> Decimal:
    """Money as platforms write it ("12.50"), to four places. Raises :class:`BadInput`."""
    return _money(value, Decimal(1))


def fen(value: Any) -> Decimal:
    """Money in hundredths of a yuan."""
    return _money(value, Decimal("0.01"))


def _money(value: Any, unit: Decimal) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise InvalidOperation
        found = Decimal(str(value).strip()) * unit
        if not found.is_finite() or not 0 <= found <= MONEY_MAX:
            raise InvalidOperation
        return found.quantize(FOUR_PLACES)
    except DecimalException:  # also an exponent that passes all bounds
        raise bad("money", "金额须为 0 到一万亿的数字", "an amount must be a number from 0 to 1e12") from None


def line(sku: str, title: str, quantity: Any, *, price: Any = None, paid: Any = None) -> Line:
    """``paid`` is for all pieces, and comes before ``price``, which is of one."""
    pieces = yuan(1 if quantity in (None, "") else quantity)
    if paid not in (None, "") and pieces > 0:
        each = (yuan(paid) / pieces).quantize(FOUR_PLACES)
    else:
        each = yuan(0 if price in (None, "") else price)
    return Line(sku, title[:TITLE_CHARACTERS_MAX], pieces, each)


def payment(at: datetime, amount: Decimal, lines: Sequence[Line], coupons: Sequence[UsedCoupon] = ()) -> Payment:
    return Payment(at, amount, tuple(lines[:LINES_MAX]), max(len(lines) - LINES_MAX, 0), coupons=tuple(coupons))


def buyer_of(*named: tuple[str, str], shown: Mapping[str, str] | None = None) -> Buyer:
    """A buyer from kinds of identifiers and what the platform says. What is masked ("138****1234"), encrypted or no
    identifier at all is shown, never believed; nor is what is given as ``shown``."""
    found: dict[tuple[str, str], None] = {}
    shown = {name: value for name, value in (shown or {}).items() if value}
    for kind, value in named:
        known = spelt(kind, value)
        if known:
            found[kind, known] = None
        elif value:
            shown[kind.partition(":")[0]] = value
    return Buyer(tuple(found), shown)
