"""What rules give for an order, and how long points last."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.loyalty.points.earning.model import Bought, EventRule, Goods, Lasting, OrderRule, Rule, When, earned

MONDAY = date(2026, 11, 23)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def bought(*lines: tuple[str, str, int], day: date = MONDAY, tier: str = "") -> Bought:
    return Bought(day, tier, lines)


def points(rule: OrderRule, order: Bought) -> int:
    return earned({1: rule}, order).get(1, 0)


def test_by_default_a_yuan_is_a_point_and_what_is_less_than_a_point_is_none() -> None:
    rule = OrderRule(name="消费积分")
    assert points(rule, bought(("A", "", 9_999))) == 99
    assert points(rule, bought(("A", "", 99))) == 0


def test_lines_are_rounded_together_not_each() -> None:
    assert points(OrderRule(name="消费积分"), bought(("A", "", 150), ("B", "", 150))) == 3


@pytest.mark.parametrize(
    ("goods", "expected"),
    [
        (Goods(), 6),
        (Goods(skus=("A",)), 1),
        (Goods(categories=("面膜",)), 5),
        (Goods(skus=("A",), categories=("面膜",)), 6),
        (Goods(but=("A",)), 5),
        (Goods(categories=("面膜",), but=("C",)), 2),
    ],
)
def test_a_rule_is_about_its_goods_alone(goods: Goods, expected: int) -> None:
    order = bought(("A", "口红", 100), ("B", "面膜", 200), ("C", "面膜", 300))
    assert points(OrderRule(name="x", goods=goods), order) == expected


@pytest.mark.parametrize(
    ("when", "gives"),
    [
        (When(), True),
        (When(weekdays=(1,)), True),
        (When(weekdays=(3,)), False),
        (When(days_of_month=(23,)), True),
        (When(weekdays=(3,), days_of_month=(23,)), True),
        (When(first=date(2026, 11, 24)), False),
        (When(last=date(2026, 11, 22)), False),
        (When(first=MONDAY, last=MONDAY), True),
    ],
)
def test_a_rule_gives_on_its_days(when: When, gives: bool) -> None:
    assert bool(points(OrderRule(name="会员日", when=when), bought(("A", "", 100)))) is gives


def test_a_rule_for_tiers_gives_those_alone() -> None:
    rule = OrderRule(name="金卡双倍", tiers=("gold",))
    assert points(rule, bought(("A", "", 100), tier="gold")) == 1
    assert points(rule, bought(("A", "", 100), tier="silver")) == 0


def test_a_rule_gives_no_more_than_its_most_for_an_order() -> None:
    assert points(OrderRule(name="x", order_points_max=50), bought(("A", "", 10_000))) == 50


def test_rules_that_fit_add_up() -> None:
    rules = {
        1: OrderRule(name="消费积分"),
        2: OrderRule(name="会员日", rate=50),
        3: OrderRule(name="x", tiers=("gold",)),
    }
    assert earned(rules, bought(("A", "", 1_000))) == {1: 10, 2: 5}


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=6), st.integers(0, 5), st.integers(1, 1_000))
def test_returning_never_earns(cents: list[int], place: int, rate: int) -> None:
    rule = OrderRule(name="x", rate=rate)
    whole = [("A", "", each) for each in cents]
    less = [line for number, line in enumerate(whole) if number != place % len(whole)]
    assert points(rule, bought(*less)) <= points(rule, bought(*whole))


@pytest.mark.parametrize(
    ("lasting", "until"),
    [
        (Lasting(ends="never"), None),
        (Lasting(ends="after_days", days=1), datetime(2026, 11, 25, tzinfo=SHANGHAI)),
        (Lasting(ends="year_end", full_years=0), datetime(2027, 1, 1, tzinfo=SHANGHAI)),
        (Lasting(ends="year_end", full_years=1), datetime(2028, 1, 1, tzinfo=SHANGHAI)),
    ],
)
def test_points_end_at_a_midnight_of_the_shop(lasting: Lasting, until: datetime | None) -> None:
    late_on_sunday_in_london = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # Monday in the shop
    assert lasting.until(late_on_sunday_in_london, SHANGHAI) == until


def test_a_rule_is_kept_as_it_was_said() -> None:
    rules: list[Rule] = [
        OrderRule(name="x", goods=Goods(skus=("A",))),
        EventRule(name="评价", event="reviewed", points=5),
    ]
    for rule in rules:
        assert msgspec.json.decode(msgspec.json.encode(rule), type=Rule) == rule
