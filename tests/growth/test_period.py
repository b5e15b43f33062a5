"""The days that figures are asked for: whatever is asked, an answer or a sentence."""

from __future__ import annotations

from datetime import date

import pytest

from siyu.growth.period import span_of, today
from siyu.growth.referral.figures import k_by_day
from siyu.storage import BadInput, Stores

FAR = (date.min, date(1971, 12, 31), date(2148, 1, 1), date.max)


def test_the_last_thirty_days_are_meant_where_nothing_is_said(stores: Stores) -> None:
    first, last = span_of(stores, None, None)
    assert (last, (last - first).days) == (today(stores), 29)
    assert span_of(stores, None, date(2020, 3, 30)) == (date(2020, 3, 1), date(2020, 3, 30))


@pytest.mark.parametrize("day", FAR)
def test_a_day_that_no_log_knows_is_said_at_its_field(stores: Stores, day: date) -> None:
    for first, last, field in ((None, day, "last"), (day, None, "first"), (day, day, "last")):
        with pytest.raises(BadInput) as raised:
            span_of(stores, first, last)
        assert raised.value.field == field
    with pytest.raises(BadInput):
        k_by_day(stores, None, day)


def test_the_first_and_the_last_days_that_are_known_can_be_asked_for(stores: Stores) -> None:
    for day in (date(1972, 1, 1), date(2147, 12, 31)):
        assert k_by_day(stores, day, day).total.brought == 0


def test_a_period_out_of_order_or_too_long_is_refused(stores: Stores) -> None:
    for first, last in ((date(2020, 1, 2), date(2020, 1, 1)), (date(2020, 1, 1), date(2022, 1, 1))):
        with pytest.raises(BadInput) as raised:
            span_of(stores, first, last)
        assert raised.value.code == "period_unfit"
