"""The published figures of a real shop come out exactly."""

from __future__ import annotations

from typing import Any

import pytest

from siyu.insight.command import report
from siyu.storage import Stores
from tests.insight.online_retail import load, needs_file

pytestmark = [needs_file, pytest.mark.real_data]


@pytest.fixture
def shop(stores: Stores) -> Stores:
    load(stores.events)
    return stores


def figures(shop: Stores, names: str) -> dict[str, Any]:
    answer = report(shop, "core", {"figures": names}, "Europe/London")
    return {each["name"]: each["value"] for each in answer["figures"]}


def test_sales_orders_and_buyers(shop: Stores) -> None:
    assert figures(shop, "gross_sales,orders,buyers") == {
        "gross_sales": "8911407.90",
        "orders": 18532,
        "buyers": 4338,
    }


def test_the_first_cohort_and_its_return(shop: Stores) -> None:
    first = report(shop, "retention", {}, "Europe/London")["cohorts"][0]
    assert (first["cohort"], first["people"], first["returned"][:5]) == ("2010-12", 885, [324, 286, 340, 321, 352])


def test_every_buyer_lies_in_one_segment(shop: Stores) -> None:
    answer = report(shop, "rfm", {}, "Europe/London")
    assert sum(each["people"] for each in answer["segments"]) == answer["people"] == 4338
    assert sum(each["people"] for each in answer["grid"]) == 4338
