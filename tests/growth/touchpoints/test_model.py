"""What a touchpoint is, and how its costs lie over days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.growth.touchpoints.model import Cost, Mark, checked_cost, checked_marks, checked_name, spent
from siyu.storage import BadInput

BEGIN = date(2026, 3, 1)


def a_cost(cents: int, days: int, begin: date = BEGIN) -> Cost:
    return Cost(1, 1, begin, begin + timedelta(days=days - 1), cents, "", datetime(2026, 3, 1, tzinfo=UTC), "test")


@given(st.integers(1, 10**13), st.integers(1, 1_100), st.lists(st.integers(0, 1_200), max_size=6))
def test_days_that_follow_one_another_add_up_to_the_whole_cost_to_the_cent(
    cents: int, days: int, cuts: list[int]
) -> None:
    cost = a_cost(cents, days)
    edges = [-5, *sorted(cuts), 1_300]
    parts = [
        cost.between(BEGIN + timedelta(days=low), BEGIN + timedelta(days=high - 1))
        for low, high in pairwise(edges)
        if low < high
    ]
    assert sum(parts) == cents
    assert min(parts) >= 0


def test_a_cost_of_ten_days_lies_on_three_of_them_for_three_tenths() -> None:
    cost = a_cost(1_000, 10)
    assert spent([cost], BEGIN + timedelta(days=2), BEGIN + timedelta(days=4)) == 300
    assert spent([cost, cost], BEGIN - timedelta(days=9), BEGIN - timedelta(days=1)) == 0


def test_a_cost_is_more_than_nothing_in_whole_cents_and_ends_after_it_began() -> None:
    assert checked_cost(BEGIN, BEGIN, Decimal("12.50")) == 1_250
    for yuan in ("0", "-1", "0.001", "NaN", "Infinity"):
        with pytest.raises(BadInput) as refused:
            checked_cost(BEGIN, BEGIN, Decimal(yuan))
        assert refused.value.field == "amount"
    with pytest.raises(BadInput) as refused:
        checked_cost(BEGIN, BEGIN - timedelta(days=1), Decimal(1))
    assert refused.value.field == "last"


def test_marks_are_without_blanks_and_doubles_and_what_has_a_number_is_named_by_it() -> None:
    assert checked_marks([Mark("utm", " douyin "), Mark("utm", "douyin"), Mark("code", ""), Mark("code", "7")]) == [
        Mark("code", "7"),
        Mark("utm", "douyin"),
    ]
    for wrong in (
        Mark("code", "seven"),
        Mark("way", "-1"),
        Mark("utm", "x" * 121),
        Mark("house", "1"),
        Mark("utm", "a\nb"),
    ):
        with pytest.raises(BadInput):
            checked_marks([wrong])


def test_a_name_is_said() -> None:
    assert checked_name(" 抖音直播间 ") == "抖音直播间"
    for wrong in (" ", "字" * 61):
        with pytest.raises(BadInput):
            checked_name(wrong)
