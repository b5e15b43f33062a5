"""From a number to an audience: the rule means the very people that the number opens into; else they are listed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from siyu.audiences import actions, queries
from siyu.audiences.model import to_json
from siyu.insight import tracing
from siyu.insight.as_audience import make_audience, rule_of
from siyu.insight.command import report
from siyu.storage import BadInput, Stores
from tests.examples import examples
from tests.insight.populations import merges, populations
from tests.insight.test_oracles import put
from tests.insight.world import START, Happened, store

OWN, OTHER = "Asia/Shanghai", "America/New_York"
DAYS = {"from": str(START.date()), "to": str(START.date() + timedelta(days=9))}
ASKED: list[tuple[str, dict[str, Any], str]] = [
    ("core", {}, "orders"),
    ("core", {}, "gross_sales"),
    ("core", {}, "people_new"),
    ("core", {}, "first_purchases"),
    ("core", {}, "messages_accepted"),
    ("funnel", {"steps": ["page_viewed", "order_paid"]}, "reached:1"),
    ("retention", {"unit": "day"}, f"{START.date() + timedelta(days=1)}:0"),
    ("retention", {"unit": "day", "first": "any", "back": "page_viewed"}, f"{START.date()}:2"),
    ("retention", {"unit": "week", "mode": "rolling", "first": "page_viewed"}, "2026-02-23:1"),
    ("retention", {"unit": "month"}, "2026-03-01:0"),
]
LISTED: list[tuple[str, dict[str, Any], str]] = [
    ("core", {}, "active"),
    ("core", {"by": "source"}, "orders=shop"),
    ("funnel", {"steps": ["page_viewed", "order_paid"]}, "reached:2"),
    ("funnel", {"steps": ["page_viewed", "order_paid"]}, "stopped:1"),
    ("retention", {"unit": "day", "back": "any"}, f"{START.date()}:1"),
    ("rfm", {}, "5:5"),
]


def known(stores: Stores, persons: range) -> None:
    """Everybody is in the projection, which rules are asked of."""
    stores.events.command("TRUNCATE TABLE people")
    stores.events.insert(
        "people",
        {"person": list(persons), "version": [1] * len(persons), "created": [START] * len(persons)},
    )


def traced(stores: Stores, report: str, parameters: dict[str, Any], cell: str, zone: str) -> list[int]:
    relation = tracing.relation_of(stores, report, {**DAYS, **parameters}, cell, zone)
    return sorted(each.person for each in tracing.people(stores, relation, limit=500))


few = examples(12)


@few
@given(populations, merges)
def test_a_rule_means_the_very_people(stores: Stores, happened: list[Happened], pairs: list[tuple[int, int]]) -> None:
    put(stores, happened, pairs)
    known(stores, range(1, 40))
    for name, parameters, cell in ASKED:
        for zone in (OWN, OTHER):
            rule = rule_of(stores, name, {**DAYS, **parameters}, cell, zone)
            assert rule is not None
            _, members = queries.page(stores, rule, limit=500)
            assert members == traced(stores, name, parameters, cell, zone), (name, cell, zone, to_json(rule))


@pytest.fixture
def shop(stores: Stores) -> Stores:
    store(
        stores.events,
        [
            Happened(person, name, 24 * person + hour, Decimal(person) if name == "order_paid" else Decimal(0))
            for person in range(1, 8)
            for hour, name in enumerate(["page_viewed", "order_paid", "cart_added", "order_paid"][: person % 4 + 1])
        ],
    )
    known(stores, range(1, 8))
    return stores


@pytest.mark.parametrize(("name", "parameters", "cell"), LISTED)
def test_what_no_rule_says_is_a_list(shop: Stores, name: str, parameters: dict[str, Any], cell: str) -> None:
    asked = {**DAYS, **parameters}
    number = make_audience(shop, "staff:1", "名单", name, asked, cell, OWN)
    audience = queries.get(shop, number)
    assert audience.kind == "snapshot"
    assert audience.size == len(traced(shop, name, parameters, cell, OWN))
    assert list(queries.members(shop, number)) == traced(shop, name, parameters, cell, OWN)


def test_a_list_stays_as_it_was(shop: Stores) -> None:
    number = make_audience(shop, "staff:1", "名单", "core", DAYS, "orders", OWN, "list")
    before = list(queries.members(shop, number))
    store(shop.events, [Happened(4, "order_paid", 30)], "later")
    assert list(queries.members(shop, number)) == before


def test_a_list_can_be_renamed_and_explained(shop: Stores) -> None:
    number = make_audience(shop, "staff:1", "名单", "rfm", DAYS, "5:5", OWN)
    audience = queries.get(shop, number)
    actions.edit(shop, "staff:1", number, name="最好的客户", rule=audience.rule)
    assert queries.get(shop, number).name == "最好的客户"
    (first, *_) = queries.members(shop, number)
    assert queries.why(shop, number, int(first))["holds"] is True


def test_a_rule_asked_for_where_there_is_none_is_refused(shop: Stores) -> None:
    with pytest.raises(BadInput) as refused:
        make_audience(shop, "staff:1", "名单", "rfm", DAYS, "5:5", OWN, "live")
    assert refused.value.code == "no_rule_means_them"


def test_the_number_itself_is_what_the_audience_counts(shop: Stores) -> None:
    number = make_audience(shop, "staff:1", "买过的人", "core", DAYS, "buyers", OWN)
    buyers = report(shop, "core", {**DAYS, "figures": "buyers"}, OWN)["figures"][0]["value"]
    assert queries.count(shop, queries.get(shop, number).rule) == buyers
