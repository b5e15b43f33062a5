"""What coupons take off an order, alone and together. Pure; money is in cents.

A coupon is of a *layer*: goods, then the order, then shipping. Layers are applied in this order, each on what the
former left. Of a layer one coupon counts, or several that all say that they *add*; one that is *alone* has no other
beside it in the whole order. Its threshold is looked at when its layer begins. Within a layer percentages come before
amounts, then the older coupon: the same coupons always take the same off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, product
from typing import Annotated, Literal, NamedTuple

import msgspec

from siyu.loyalty.goods import Goods
from siyu.people.bought import spread_cents

Layer = Literal["goods", "order", "shipping"]
LAYERS: tuple[Layer, ...] = ("goods", "order", "shipping")
CENTS_MAX = 100_000_000
CONSIDERED_MAX = 20
"""Coupons of one order among which the best are looked for: those that take most off alone."""
ADDING_MAX = 6
"""Of these, and of one layer, coupons that add: all their subsets are tried."""

Cents = Annotated[int, msgspec.Meta(ge=1, le=CENTS_MAX)]


class Amount(msgspec.Struct, frozen=True, tag="amount"):
    """So much off; ``every``: as often as the threshold is reached (每满减)."""

    cents: Cents
    every: bool = False


class Percent(msgspec.Struct, frozen=True, tag="percent"):
    """So many hundredths off, rounded down, at most so much."""

    percent: Annotated[int, msgspec.Meta(ge=1, le=100)]
    cents_max: Cents | None = None


class Gift(msgspec.Struct, frozen=True, tag="gift"):
    """A thing beside the order: nothing off, but it counts as worth so much when the best is chosen."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    worth: Cents


class Shipping(msgspec.Struct, frozen=True, tag="shipping"):
    """Off the shipping, at most so much (all of it, where nothing is said)."""

    cents_max: Cents | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What coupons of a kind give, from which threshold, on which goods, and beside which others."""

    gives: Amount | Percent | Gift | Shipping
    threshold: Annotated[int, msgspec.Meta(ge=0, le=CENTS_MAX)] = 0
    goods: Goods = msgspec.field(default_factory=Goods)
    layer: Layer = "order"
    adds: bool = False
    alone: bool = False


class Coupon(NamedTuple):
    id: int
    terms: Terms


class Line(NamedTuple):
    sku: str
    category: str
    cents: int


class Off(NamedTuple):
    """What a coupon takes off: of each line (in their order), and of the shipping. ``gift``: what it gives beside."""

    coupon: int
    lines: tuple[int, ...]
    shipping: int = 0
    gift: str = ""
    worth: int = 0

    @property
    def cents(self) -> int:
        return sum(self.lines) + self.shipping


def off(coupons: Sequence[Coupon], lines: Sequence[Line], shipping: int) -> list[Off] | None:
    """What these take off together, in the order in which they do; None where they may not go together, or one does
    not fit the order or has nothing to take."""
    if not go_together(coupons):
        return None
    left, found = [line.cents for line in lines], list[Off]()
    for layer in LAYERS:
        mine = sorted((each for each in coupons if each.terms.layer == layer), key=_turn)
        reached = {each.id: _eligible(each.terms, lines, left) for each in mine}
        for each in mine:
            part = _taken(each, reached[each.id], lines, left, shipping)
            if part is None:
                return None
            left = [cents - less for cents, less in zip(left, part.lines, strict=True)]
            shipping -= part.shipping
            found.append(part)
    return found


def go_together(coupons: Sequence[Coupon]) -> bool:
    """Whether these may be used for one order, whatever is in it."""
    if len(coupons) > 1 and any(each.terms.alone for each in coupons):
        return False
    by_layer: dict[Layer, list[Coupon]] = {layer: [] for layer in LAYERS}
    for each in coupons:
        by_layer[each.terms.layer].append(each)
    return all(len(mine) <= 1 or all(each.terms.adds for each in mine) for mine in by_layer.values())


def best(coupons: Sequence[Coupon], lines: Sequence[Line], shipping: int) -> list[Off]:
    """What the buyer does best with: most off (gifts at their worth); of equals the fewest coupons, then the older.

    Exact for up to ``CONSIDERED_MAX`` coupons of which ``ADDING_MAX`` of a layer add; of more, those that take most off
    alone are considered.
    """
    alone = {each: worth for each in coupons if (taken := off([each], lines, shipping)) and (worth := _worth(taken))}
    first = sorted(alone, key=lambda each: (-alone[each], each.id))[:CONSIDERED_MAX]
    by_layer = {layer: [each for each in first if each.terms.layer == layer] for layer in LAYERS}
    found: tuple[tuple[int, int, list[int]], list[Off]] = ((0, 0, []), [])
    for chosen in product(*(_choices(by_layer[layer]) for layer in LAYERS)):
        together = list(chain.from_iterable(chosen))
        taken = off(together, lines, shipping)
        if taken is not None:
            rank = (-_worth(taken), len(together), sorted(each.id for each in together))
            found = min(found, (rank, taken), key=lambda each: each[0])
    return found[1]


def _choices(coupons: Sequence[Coupon]) -> Iterator[Sequence[Coupon]]:
    """What may be chosen of a layer: none, one, or several that add."""
    yield ()
    for each in coupons:
        yield (each,)
    adding = [each for each in coupons if each.terms.adds][:ADDING_MAX]
    for many in range(2, len(adding) + 1):
        yield from combinations(adding, many)


def _turn(coupon: Coupon) -> tuple[bool, int]:
    return not isinstance(coupon.terms.gives, Percent), coupon.id


def _eligible(terms: Terms, lines: Sequence[Line], left: Sequence[int]) -> int:
    return sum(_of_goods(terms, lines, left))


def _of_goods(terms: Terms, lines: Sequence[Line], left: Sequence[int]) -> list[int]:
    return [cents if terms.goods.are(line.sku, line.category) else 0 for line, cents in zip(lines, left, strict=True)]


def _taken(coupon: Coupon, reached: int, lines: Sequence[Line], left: Sequence[int], shipping: int) -> Off | None:
    """What one takes; ``reached``: what its goods came to when its layer began."""
    terms, nothing = coupon.terms, (0,) * len(lines)
    if reached < terms.threshold or not reached:
        return None
    match terms.gives:
        case Gift(sku, worth):
            return Off(coupon.id, nothing, gift=sku, worth=worth)
        case Shipping(cents_max):
            less = shipping if cents_max is None else min(shipping, cents_max)
            return Off(coupon.id, nothing, less) if less else None
        case Amount(cents, every):
            cents *= reached // terms.threshold if every and terms.threshold else 1
        case Percent(percent, cents_max):
            cents = sum(_of_goods(terms, lines, left)) * percent // 100
            cents = cents if cents_max is None else min(cents, cents_max)
    mine = _of_goods(terms, lines, left)
    cents = min(cents, sum(mine))
    return Off(coupon.id, tuple(spread_cents(cents, mine))) if cents else None


def _worth(taken: Sequence[Off]) -> int:
    return sum(each.cents + each.worth for each in taken)


def explained(taken: Sequence[Off]) -> Mapping[int, int]:
    """Coupon → cents off."""
    return {each.coupon: each.cents for each in taken}
