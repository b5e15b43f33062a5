"""What coupons take off an order: alone, together, and at best."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.loyalty.coupons.stacking import (
    LAYERS,
    Amount,
    Coupon,
    Gift,
    Line,
    Off,
    Percent,
    Shipping,
    Terms,
    best,
    go_together,
    off,
)
from siyu.loyalty.goods import Goods
from tests.examples import examples

CREAM, SOAP = Line("cream", "护肤", 20_000), Line("soap", "清洁", 10_000)
BASKET = [CREAM, SOAP]


def taken(*terms: Terms, lines: list[Line] | None = None, shipping: int = 0) -> list[int] | None:
    """Cents off, coupon by coupon in the order of their numbers."""
    coupons = [Coupon(number, each) for number, each in enumerate(terms)]
    found = off(coupons, BASKET if lines is None else lines, shipping)
    return None if found is None else [each.cents for each in sorted(found, key=lambda each: each.coupon)]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (Terms(gives=Amount(3_000), threshold=30_000), [3_000]),
        (Terms(gives=Amount(3_000), threshold=30_001), None),
        (Terms(gives=Amount(3_000, every=True), threshold=10_000), [9_000]),
        (Terms(gives=Amount(50_000)), [30_000]),
        (Terms(gives=Percent(12)), [3_600]),
        (Terms(gives=Percent(50, cents_max=1_000)), [1_000]),
        (Terms(gives=Percent(50), goods=Goods(skus=("soap",))), [5_000]),
        (Terms(gives=Amount(1_000), threshold=20_000, goods=Goods(categories=("清洁",))), None),
        (Terms(gives=Amount(1_000), goods=Goods(skus=("other",))), None),
        (Terms(gives=Gift("towel", 500), threshold=30_000), [0]),
        (Terms(gives=Shipping(), layer="shipping"), [1_200]),
        (Terms(gives=Shipping(800), layer="shipping"), [800]),
    ],
)
def test_one_coupon_takes_what_its_terms_say(terms: Terms, expected: list[int] | None) -> None:
    assert taken(terms, shipping=1_200) == expected


def test_shipping_that_costs_nothing_takes_no_coupon() -> None:
    assert taken(Terms(gives=Shipping(), layer="shipping")) is None


def test_a_threshold_is_reached_by_what_the_layers_before_left() -> None:
    goods = Terms(gives=Amount(1_000), layer="goods")
    assert taken(goods, Terms(gives=Amount(5_000), threshold=29_000)) == [1_000, 5_000]
    assert taken(goods, Terms(gives=Amount(5_000), threshold=29_001)) is None


def test_of_a_layer_one_counts_or_several_that_add() -> None:
    plain, adding = Terms(gives=Amount(100)), Terms(gives=Amount(100), adds=True)
    assert taken(plain, plain) is None
    assert taken(plain, adding) is None
    assert taken(adding, adding) == [100, 100]


def test_within_a_layer_percentages_come_before_amounts() -> None:
    assert taken(Terms(gives=Amount(10_000), adds=True), Terms(gives=Percent(10), adds=True)) == [10_000, 3_000]


def test_one_that_is_alone_has_no_other_beside_it() -> None:
    alone = Terms(gives=Amount(100), layer="goods", alone=True)
    assert taken(alone, Terms(gives=Amount(100))) is None
    assert taken(alone) == [100]


def test_the_best_leaves_out_a_coupon_that_would_cost_another_its_threshold() -> None:
    coupons = [
        Coupon(1, Terms(gives=Amount(500), layer="goods")),
        Coupon(2, Terms(gives=Amount(5_000), threshold=30_000)),
        Coupon(3, Terms(gives=Shipping(), layer="shipping")),
    ]
    assert [(each.coupon, each.cents) for each in best(coupons, BASKET, 800)] == [(2, 5_000), (3, 800)]


def test_of_equals_the_older_coupon_is_used() -> None:
    same = Terms(gives=Amount(500))
    assert [each.coupon for each in best([Coupon(7, same), Coupon(3, same)], BASKET, 0)] == [3]


goods = st.sampled_from([Goods(), Goods(skus=("a",)), Goods(categories=("x",)), Goods(but=("b",))])
gives = st.one_of(
    st.builds(Amount, st.integers(1, 5_000), st.booleans()),
    st.builds(Percent, st.integers(1, 100), st.one_of(st.none(), st.integers(1, 3_000))),
    st.builds(Gift, st.just("g"), st.integers(1, 2_000)),
    st.builds(Shipping, st.one_of(st.none(), st.integers(1, 900))),
)
all_terms = st.builds(
    Terms,
    gives=gives,
    threshold=st.sampled_from([0, 1_000, 3_000, 6_000]),
    goods=goods,
    layer=st.sampled_from(LAYERS),
    adds=st.booleans(),
    alone=st.sampled_from([False, False, False, True]),
)
baskets = st.lists(
    st.builds(Line, st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 5_000)), min_size=1, max_size=4
)


@examples(150)
@given(st.lists(all_terms, max_size=6), baskets, st.sampled_from([0, 500, 1_200]))
def test_the_best_is_what_trying_every_subset_finds(terms: list[Terms], lines: list[Line], shipping: int) -> None:
    coupons = [Coupon(number, each) for number, each in enumerate(terms)]
    subsets = chain.from_iterable(combinations(coupons, many) for many in range(len(coupons) + 1))
    worths = [worth for some in subsets if (worth := by_hand(list(some), lines, shipping)) is not None]
    found = best(coupons, lines, shipping)
    assert sum(each.cents + each.worth for each in found) == max(worths)
    assert_possible(found, lines, shipping)


def assert_possible(found: list[Off], lines: list[Line], shipping: int) -> None:
    """No line and no shipping gives more than it costs."""
    for place, line in enumerate(lines):
        assert 0 <= sum(each.lines[place] for each in found) <= line.cents
    assert sum(each.shipping for each in found) <= shipping


def by_hand(coupons: list[Coupon], lines: list[Line], shipping: int) -> int | None:
    """What a subset is worth, worked out the long way, line by line; None where it may not be."""
    if len(coupons) > 1 and any(each.terms.alone for each in coupons):
        return None
    prices, worth = [line.cents for line in lines], 0
    for layer in LAYERS:
        mine = [each for each in coupons if each.terms.layer == layer]
        if len(mine) > 1 and not all(each.terms.adds for each in mine):
            return None
        begins = list(prices)
        for each in [*(c for c in mine if is_percent(c)), *(c for c in mine if not is_percent(c))]:
            about = [n for n, line in enumerate(lines) if each.terms.goods.are(line.sku, line.category)]
            came_to = sum(begins[n] for n in about)
            if came_to == 0 or came_to < each.terms.threshold:
                return None
            terms = each.terms.gives
            if isinstance(terms, Gift):
                worth += terms.worth
                continue
            if isinstance(terms, Shipping):
                less = shipping if terms.cents_max is None else min(terms.cents_max, shipping)
                shipping -= less
            else:
                less = min(sum(prices[n] for n in about), asked(terms, each.terms.threshold, came_to, prices, about))
                take(prices, about, less)
            if less == 0:
                return None
            worth += less
    return worth


def is_percent(coupon: Coupon) -> bool:
    return isinstance(coupon.terms.gives, Percent)


def asked(terms: Amount | Percent, threshold: int, came_to: int, prices: list[int], about: list[int]) -> int:
    if isinstance(terms, Amount):
        times = 0
        while terms.every and threshold and came_to >= threshold * (times + 1):
            times += 1
        return terms.cents * max(1, times)
    cents = int(Fraction(sum(prices[n] for n in about) * terms.percent, 100))
    return cents if terms.cents_max is None else min(cents, terms.cents_max)


def take(prices: list[int], about: list[int], cents: int) -> None:
    """Off these, by what each costs; the cents that are over go where most of one is missing."""
    whole = sum(prices[n] for n in about)
    shares = {n: Fraction(cents * prices[n], whole) for n in about} if whole else {}
    over = cents - sum(int(share) for share in shares.values())
    rests = sorted(shares, key=lambda n: (int(shares[n]) - shares[n], n))
    for n in about:
        prices[n] -= int(shares[n]) if whole else 0
    for n in rests[:over]:
        prices[n] -= 1


@given(st.lists(all_terms, max_size=6))
def test_what_goes_together_goes_together_in_parts(terms: list[Terms]) -> None:
    coupons = [Coupon(number, each) for number, each in enumerate(terms)]
    if go_together(coupons):
        assert all(go_together(coupons[:place] + coupons[place + 1 :]) for place in range(len(coupons)))
