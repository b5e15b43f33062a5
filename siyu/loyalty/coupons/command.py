"""What ``siyu coupons …`` and the API answer of coupons. Money in cents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from siyu.jobs import preferences
from siyu.loyalty.coupons import kinds, pricing, queries, redeeming
from siyu.loyalty.coupons.model import Codes, Kind, Stage, Taken
from siyu.loyalty.coupons.pricing import CODES_MAX, LINES_MAX, Order, Quote
from siyu.loyalty.coupons.queries import Asked, Shown
from siyu.loyalty.coupons.redeeming import order_key
from siyu.loyalty.coupons.stacking import CENTS_MAX, Line, Terms
from siyu.loyalty.coupons.words import sentence
from siyu.storage import Stores

PLACES_MAX = 255
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Source = Annotated[str, msgspec.Meta(max_length=100)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Word = Annotated[str, msgspec.Meta(max_length=PLACES_MAX)]
Cents = Annotated[int, msgspec.Meta(ge=0, le=CENTS_MAX)]
PersonNumber = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class KindAnswer(msgspec.Struct, frozen=True):
    """A coupon kind. `terms`: what it takes off; `taken` of its `stock`; `promised_cents`: the most that open ones may
    take; `spent_cents`: what used ones took. `zh` and `en` say its rules in a sentence."""

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
    zh: str
    en: str


class KindsAnswer(msgspec.Struct, frozen=True):
    """A page of kinds, the newest first. `next`: give it as `before`; null at the end."""

    kinds: list[KindAnswer]
    next: int | None


class CouponAnswer(msgspec.Struct, frozen=True):
    """One coupon. `order`: the number of the order that it was used for; `off_cents`: what it took."""

    id: int
    kind: int
    name: str
    person: int | None
    code: str
    stage: Stage
    taken: datetime
    begins: datetime
    ends: datetime
    used: datetime | None
    order: str
    off_cents: int


class CouponsAnswer(msgspec.Struct, frozen=True):
    """A page of coupons, the newest first. `next`: give it as `before`; null at the end."""

    coupons: list[CouponAnswer]
    next: int | None


class LineAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the order: what all its pieces cost, before coupons."""

    cents: Cents
    sku: Word = ""
    category: Word = ""


class OrderAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order that wants to use `codes`. `order`: its number, under which a coupon is used once; `source`: the shop
    that tells of it, where order numbers of several shops may be the same. `person`: who buys (needed for shared
    codes). `at`: when it was paid; now, where it is missing."""

    order: Number
    codes: Annotated[list[Code], msgspec.Meta(min_length=1, max_length=CODES_MAX)]
    lines: Annotated[list[LineAsked], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
    shipping_cents: Cents = 0
    person: PersonNumber | None = None
    source: Source = ""
    at: datetime | None = None


class OffAnswer(msgspec.Struct, frozen=True):
    """What one code takes: of each line (in their order), of the shipping; `gift`: what it gives beside."""

    code: str
    kind: int
    name: str
    lines: list[int]
    shipping: int
    gift: str


class QuoteAnswer(msgspec.Struct, frozen=True):
    """`usable`: all codes can be used together; then `lines` is what each line gets off in all, in cents. `why`: code →
    why not: `unknown`, `used`, `early`, `ended`, `taken_back`, `too_much`, `budget`, `person`, `nothing`, `together`,
    `stopped`, `stock`, `limit`, `gone`."""

    usable: bool
    cents: int
    lines: list[int]
    shipping: int
    offs: list[OffAnswer]
    why: dict[str, str]


class GivenBackAnswer(msgspec.Struct, frozen=True):
    """The coupons that came back with a cancelled order."""

    coupons: list[int]


class TakenAnswer(msgspec.Struct, frozen=True):
    """A coupon that a person has. `new`: not there before."""

    coupon: int
    kind: int
    person: int | None
    code: str
    begins: datetime
    ends: datetime
    new: bool


def kind_told(stores: Stores, found: Kind) -> KindAnswer:
    """One kind."""
    zh, en = sentence(found, preferences.timezone(stores))
    return KindAnswer(**{name: getattr(found, name) for name in Kind.__dataclass_fields__}, zh=zh, en=en)


def kinds_told(stores: Stores, before: int | None, limit: int) -> KindsAnswer:
    """A page of them."""
    found = kinds.page(stores, before, limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return KindsAnswer([kind_told(stores, each) for each in found[:limit]], following)


def coupon_told(found: Shown) -> CouponAnswer:
    """One coupon."""
    names = (name for name in CouponAnswer.__struct_fields__ if name != "order")
    return CouponAnswer(**{name: getattr(found, name) for name in names}, order=found.number)


def coupons_told(
    stores: Stores, kind: int | None, person: int | None, stage: str, before: int | None, limit: int
) -> CouponsAnswer:
    """A page of coupons."""
    found = queries.page(stores, Asked(kind, person, stage, before, limit + 1))
    following = found[limit - 1].id if len(found) > limit else None
    return CouponsAnswer([coupon_told(each) for each in found[:limit]], following)


def taken_told(taken: Taken) -> TakenAnswer:
    """What was taken."""
    return TakenAnswer(**{name: getattr(taken, name) for name in TakenAnswer.__struct_fields__})


def quoted(stores: Stores, asked: OrderAsked) -> QuoteAnswer:
    """What the codes would take; nothing is written."""
    order = _order(stores, asked)
    with stores.ledger.read() as conn:
        return _quote_told(asked, pricing.quote(conn, stores.clock.now(), order, asked.codes))


def redeemed(stores: Stores, by: str, asked: OrderAsked) -> QuoteAnswer:
    """Use the codes, all or none. Raises :class:`Conflict` with ``why``."""
    order = _order(stores, asked)
    with stores.ledger.write() as conn:
        return _quote_told(asked, pricing.use(conn, stores.clock.now(), by, order, asked.codes))


def cancelled(stores: Stores, by: str, number: str, source: str = "") -> GivenBackAnswer:
    """The order is cancelled: its coupons come back by the rules of their kinds."""
    with stores.ledger.write() as conn:
        return GivenBackAnswer(redeeming.give_back(conn, stores.clock.now(), by, [order_key(number, source)]))


def _order(stores: Stores, asked: OrderAsked) -> Order:
    lines: Sequence[Line] = [Line(each.sku, each.category, each.cents) for each in asked.lines]
    at = stores.clock.now() if asked.at is None else min(asked.at, stores.clock.now())
    return Order(order_key(asked.order, asked.source), at, lines, asked.shipping_cents, asked.person)


def _quote_told(asked: OrderAsked, found: Quote) -> QuoteAnswer:
    by_number = {each.number: each for each in found.found}
    offs = [
        OffAnswer(
            by_number[each.coupon].code,
            by_number[each.coupon].kind.id,
            by_number[each.coupon].kind.name,
            list(each.lines),
            each.shipping,
            each.gift,
        )
        for each in found.offs
    ]
    lines = found.lines if found.offs else [0] * len(asked.lines)
    return QuoteAnswer(not found.why, found.cents, lines, found.shipping, offs, dict(found.why))
