"""A coupon as a step of a journey: the editor asks which kind, and a step without one is refused."""

from __future__ import annotations

import pytest

from siyu.loyalty.coupons import kinds
from siyu.reach.journeys import coupons
from siyu.storage import BadInput, Stores
from tests.loyalty.coupons.shop import kind


def test_the_editor_offers_the_kinds_that_can_be_given(stores: Stores) -> None:
    given, printed, stopped = kind(stores), kind(stores, name="门店印制", codes="printed", stock=10), kind(stores)
    kinds.stop(stores, stopped.id, stopped=True)
    assert coupons.offered(stores) == [(given.id, "满200减50")]
    assert printed.codes == "printed"


@pytest.mark.parametrize("terms", [{}, {"kind": True}, {"kind": "x"}, {"kind": 1, "more": 1}])
def test_which_kind_has_to_be_said(terms: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        coupons.check(terms)
