"""What coupons take off together is what an independent reference finds by trying everything: on random baskets
(hypothesis), and line by line on the baskets of real households, with coupons made of what those baskets hold."""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import chain, combinations
from pathlib import Path

from evidence.harness import Evidence, Scale, Value, at_least, equal, real_data
from evidence.tested import shown_by
from siyu.loyalty.coupons.stacking import LAYERS, Amount, Coupon, Gift, Line, Percent, Shipping, Terms, best
from siyu.loyalty.goods import Goods

CLAIM = "coupons.stacking"
CHECK = "tests/loyalty/coupons/test_stacking.py::test_the_best_is_what_trying_every_subset_finds"
EXAMPLES = {"small": "200", "full": "20000"}
BASKETS = {"small": 2_000, "full": 1_000_000}
COUPONS_A_BASKET = 6
SHIPPING_CENTS = 800

Way = tuple[int, int, list[int]]
"""Of a subset: what it is worth (less is better: negative), how many coupons, which."""
Cut = dict[int, tuple[list[int], int]]
"""Coupon → what it takes off each line, and off the shipping."""


def measure(scale: Scale) -> Evidence:
    products = real_data("completejourney", "products.csv")
    sales = real_data("completejourney", "transactions_sample.csv")
    goals, notes = shown_by({"random baskets agree": (CHECK,)}, settings={"SIYU_TEST_EXAMPLES": EXAMPLES[scale]})
    baskets = list(_baskets(sales, products))[: BASKETS[scale]]
    counted = _compared(baskets)
    goals += [
        equal("baskets whose coupons, lines or shipping differ from the reference", counted["differing"], 0),
        equal("lines or shipping below nothing", counted["below"], 0),
        at_least("baskets where two or more coupons go together", counted["together"], 1, timed=False),
    ]
    told: dict[str, Value] = {
        "baskets": counted["baskets"],
        "lines": counted["lines"],
        "subsets tried": counted["subsets"],
        "baskets with a coupon": counted["used"],
        "baskets with several": counted["together"],
        "yuan off": str(Decimal(counted["cents"]).scaleb(-2)),
    }
    return Evidence(CLAIM, f"{counted['baskets']:,} baskets of real households", goals, {**notes, **told})


def _baskets(sales: Path, products: Path) -> Iterator[list[Line]]:
    """The baskets, in the order of the file: a line's sku is its product, its category the department."""
    with products.open(encoding="utf-8", newline="") as file:
        departments = {row["product_id"]: row["department"] for row in csv.DictReader(file)}
    by_basket: dict[str, list[Line]] = defaultdict(list)
    with sales.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cents = int(Decimal(row["sales_value"]) * 100)
            by_basket[row["basket_id"]].append(Line(row["product_id"], departments.get(row["product_id"], ""), cents))
    yield from by_basket.values()


def _compared(baskets: Sequence[Sequence[Line]]) -> Counter[str]:
    chance, counted = random.Random(11), Counter[str]()
    departments = [name for name, _ in Counter(line.category for basket in baskets for line in basket).most_common(12)]
    for basket in baskets:
        coupons = [Coupon(number, _terms(chance, basket, departments)) for number in range(COUPONS_A_BASKET)]
        found = best(coupons, basket, SHIPPING_CENTS)
        cut, tried = _by_hand(coupons, basket, SHIPPING_CENTS)
        counted["differing"] += {each.coupon: (list(each.lines), each.shipping) for each in found} != cut
        for place, line in enumerate(basket):
            counted["below"] += sum(each.lines[place] for each in found) > line.cents
        counted["below"] += sum(each.shipping for each in found) > SHIPPING_CENTS
        counted.update(baskets=1, lines=len(basket), subsets=tried, used=bool(found), together=len(found) > 1)
        counted["cents"] += sum(each.cents for each in found)
    return counted


def _terms(chance: random.Random, basket: Sequence[Line], departments: Sequence[str]) -> Terms:
    """A coupon somebody with this basket might have: often one that fits it, sometimes one that does not."""
    whole = sum(line.cents for line in basket)
    one = chance.choice(basket)
    goods = chance.choice(
        [Goods(), Goods(), Goods(skus=(one.sku,)), Goods(categories=(one.category or "-",)),
         Goods(categories=(chance.choice(departments) or "-",)), Goods(but=(one.sku,))]
    )  # fmt: skip
    amount = Amount(chance.choice((50, 100, 300, 500)), every=chance.random() < 0.2)
    gives = chance.choice(
        [amount, amount, Percent(chance.choice((5, 10, 20, 50)), chance.choice((None, 200))),
         Gift("gift", chance.choice((50, 200))), Shipping(chance.choice((None, 300)))]
    )  # fmt: skip
    layer = "shipping" if isinstance(gives, Shipping) else chance.choice(("goods", "order"))
    threshold = chance.choice((0, 0, whole // 2, whole, whole + 1))
    return Terms(
        gives=gives, threshold=threshold, goods=goods, layer=layer, adds=chance.random() < 0.5,
        alone=chance.random() < 0.1,
    )  # fmt: skip


# --- the reference: every subset, every cent, written without a look at the product's


def _by_hand(coupons: Sequence[Coupon], basket: Sequence[Line], shipping: int) -> tuple[Cut, int]:
    """What the best subset takes, and how many subsets were tried."""
    chosen: tuple[Way, Cut] = ((0, 0, []), {})
    subsets = chain.from_iterable(combinations(coupons, many) for many in range(1, len(coupons) + 1))
    tried = 0
    for some in subsets:
        tried += 1
        found = _together(some, basket, shipping)
        if found is not None:
            worth, cut = found
            way = (-worth, len(some), sorted(each.id for each in some))
            if way < chosen[0]:
                chosen = way, cut
    return chosen[1], tried


def _together(some: Sequence[Coupon], basket: Sequence[Line], shipping: int) -> tuple[int, Cut] | None:
    if len(some) > 1 and any(each.terms.alone for each in some):
        return None
    prices, worth, cut = [line.cents for line in basket], 0, Cut()
    for layer in LAYERS:
        mine = [each for each in some if each.terms.layer == layer]
        if len(mine) > 1 and not all(each.terms.adds for each in mine):
            return None
        began = list(prices)
        for each in sorted(mine, key=lambda one: (0 if isinstance(one.terms.gives, Percent) else 1, one.id)):
            terms, gives = each.terms, each.terms.gives
            about = [place for place, line in enumerate(basket) if _fits(terms.goods, line)]
            reached = sum(began[place] for place in about)
            if reached == 0 or reached < terms.threshold:
                return None
            lines, ship = [0] * len(basket), 0
            if isinstance(gives, Gift):
                worth += gives.worth
            elif isinstance(gives, Shipping):
                ship = shipping if gives.cents_max is None or gives.cents_max > shipping else gives.cents_max
                shipping -= ship
                if ship == 0:
                    return None
            else:
                there = sum(prices[place] for place in about)
                off = min(there, _wanted(gives, terms.threshold, reached, there))
                if off == 0:
                    return None
                lines = _shared(off, prices, about)
                prices = [price - less for price, less in zip(prices, lines, strict=True)]
            worth += sum(lines) + ship
            cut[each.id] = (lines, ship)
    return worth, cut


def _fits(goods: Goods, line: Line) -> bool:
    if line.sku in goods.but or line.category in goods.but:
        return False
    named = [*goods.skus, *goods.categories]
    return not named or line.sku in goods.skus or line.category in goods.categories


def _wanted(gives: Amount | Percent, threshold: int, reached: int, there: int) -> int:
    if isinstance(gives, Amount):
        times = 1
        while gives.every and threshold and threshold * (times + 1) <= reached:
            times += 1
        return gives.cents * times
    whole = Fraction(there * gives.percent, 100)
    cents = whole.numerator // whole.denominator
    return cents if gives.cents_max is None or cents < gives.cents_max else gives.cents_max


def _shared(off: int, prices: Sequence[int], about: Sequence[int]) -> list[int]:
    """Off these lines by what each costs, whole cents; what is over goes one by one where most of a cent is missing."""
    whole = sum(prices[place] for place in about)
    exact = {place: Fraction(off * prices[place], whole) for place in about}
    lines = [int(exact[place]) if place in exact else 0 for place in range(len(prices))]
    for _ in range(off - sum(lines)):
        short = max(exact, key=lambda place: (exact[place] - lines[place], -place))
        lines[short] += 1
    return lines
