"""A funnel's steps with property filters: the same meaning as in an audience's rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from siyu.audiences.filters import Filter
from siyu.audiences.record import EventRecord
from siyu.audiences.sql import Moment
from siyu.audiences.values import flat
from siyu.insight import tracing
from siyu.insight.command import report
from siyu.storage import BadInput, Stores
from siyu.storage.ledger import to_millis
from tests.insight.world import Happened, store

ZONE = "Asia/Shanghai"
VIEWS: list[dict[str, Any]] = [
    {"category": "口红"},
    {"category": "面膜", "price": 42},
    {"category": "42", "price": "42"},
    {"price": 99.5, "day": "2026-02-27"},
    {"category": "", "vip": True},
    {"labels": ["新品", "口红"], "day": "2020-01-01T00:00:00Z"},
    {},
]
FILTERS: list[dict[str, Any]] = [
    {"field": "properties.category", "op": "is", "value": "口红"},
    {"field": "properties.category", "op": "is_not", "value": "口红"},
    {"field": "properties.category", "op": "one_of", "value": ["口红", "面膜"]},
    {"field": "properties.category", "op": "not_set"},
    {"field": "properties.price", "op": "is", "value": "42"},
    {"field": "properties.price", "op": "gte", "value": 42},
    {"field": "properties.price", "op": "between", "value": [50, 100]},
    {"field": "properties.vip", "op": "true"},
    {"field": "properties.labels", "op": "includes", "value": "口红"},
    {"field": "properties.day", "op": "date_in_last", "value": 30},
    {"field": "amount", "op": "gt", "value": 3},
    {"field": "source", "op": "is", "value": "shop"},
]


def viewed() -> list[Happened]:
    """One view a person; the person's number is its place from 1."""
    return [
        Happened(number, "product_viewed", number, Decimal(number), properties=properties)
        for number, properties in enumerate(VIEWS, start=1)
    ]


def reached(stores: Stores, steps: list[Any], step: int = 1) -> list[int]:
    cell = tracing.relation_of(stores, "funnel", {"steps": steps}, f"reached:{step}", ZONE)
    return sorted(each.person for each in tracing.people(stores, cell))


@pytest.mark.parametrize("given", FILTERS, ids=lambda given: f"{given['field']} {given['op']}")
def test_a_filter_means_what_it_means_in_an_audience(stores: Stores, given: dict[str, Any]) -> None:
    store(stores.events, viewed())
    condition, moment = msgspec.convert(given, Filter), Moment(stores.clock.now(), ZoneInfo(ZONE))
    plain = [
        each.person
        for each in viewed()
        if condition.reads(
            EventRecord(
                to_millis(each.time),
                each.name,
                each.source,
                each.order,
                each.amount,
                properties=flat(each.properties),
            ),
            moment,
        )
    ]
    assert reached(stores, [{"event": "product_viewed", "where": [given]}]) == plain


def test_each_step_has_its_own_filters(stores: Stores) -> None:
    views = [("口红", 1), ("面膜", 2)]
    store(
        stores.events,
        [
            *(Happened(1, "product_viewed", hour, properties={"category": name}) for name, hour in views),
            *(Happened(2, "product_viewed", 3 - hour, properties={"category": name}) for name, hour in views),
        ],
    )
    asked = [
        {"event": "product_viewed", "where": [{"field": "properties.category", "op": "is", "value": name}]}
        for name, _ in views
    ]
    assert reached(stores, asked, 1) == [1, 2]
    assert reached(stores, asked, 2) == [1]


def test_any_event_may_be_a_step(stores: Stores) -> None:
    store(stores.events, [Happened(1, "page_viewed", 1), Happened(1, "own_thing", 2), Happened(2, "page_viewed", 1)])
    assert reached(stores, ["page_viewed", "*"], 2) == [1]


def test_a_step_is_said_with_its_filters(stores: Stores) -> None:
    store(stores.events, viewed())
    (step,) = report(stores, "funnel", {"steps": [{"event": "product_viewed", "where": FILTERS[:1]}]}, ZONE)["steps"]
    assert (step["zh"], step["en"]) == (
        "浏览商品（品类是「口红」）",
        "viewed a product (where category is “口红”)",
    )


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"event": ""}, "steps[0].event"),
        ({"event": "a", "where": [{"field": "shoe", "op": "is", "value": "x"}]}, "steps[0].where[0].field"),
        ({"event": "a", "where": [{"field": "amount", "op": "like", "value": "x"}]}, "steps[0].where[0].op"),
        ({"event": "a", "where": [{"field": "amount", "op": "gt", "value": "x"}]}, "steps[0].where[0].value"),
        ({"event": "a", "where": [{"field": "properties.a`b", "op": "set"}]}, "steps[0].where[0].field"),
    ],
)
def test_a_wrong_filter_is_refused_by_its_place(stores: Stores, step: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        report(stores, "funnel", {"steps": [step]}, ZONE)
    assert refused.value.field == field


def test_filters_come_through_the_command_line_as_json(stores: Stores) -> None:
    store(stores.events, viewed())
    steps = msgspec.json.encode([{"event": "product_viewed", "where": FILTERS[:1]}]).decode()
    assert report(stores, "funnel", {"steps": steps}, ZONE)["steps"][0]["people"] == 1
