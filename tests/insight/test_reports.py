"""Reports as they are called: parameters, schemas, what is undefined, freshness."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from siyu.insight.answers import FigureAnswer
from siyu.insight.command import answer_schema, list_reports, report
from siyu.insight.figures import figures
from siyu.insight.freshness import Answers
from siyu.insight.measure import measure
from siyu.insight.period import Period
from siyu.insight.report import reports
from siyu.insight.reports.core import CoreAnswer, CoreParameters, run
from siyu.storage import BadInput, NotFound, Stores
from tests.insight.world import START, Happened, merge, store

SCHEMAS = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
ZONE = "Asia/Shanghai"


def of_march(stores: Stores, name: str) -> FigureAnswer:
    period = Period(START.date().replace(day=1), START.date().replace(day=31), ZONE)
    return measure(stores.events, [figures()[name]], period)[0]


def shop(stores: Stores) -> None:
    store(
        stores.events,
        [
            Happened(1, "page_viewed", 1),
            Happened(1, "order_paid", 2, Decimal("10.50"), order="a", properties={"cost": 4}),
            Happened(1, "order_amended", 3, Decimal("1.25"), order="a"),
            Happened(2, "order_paid", 30, Decimal("20"), order="b"),
            Happened(2, "order_returned", 60, Decimal("5"), order="b"),
            Happened(3, "message_accepted", 5, properties={"delivery_id": "d1", "channel": "sms"}),
            Happened(3, "message_opened", 6, properties={"delivery_id": "d1"}),
            Happened(3, "message_opened", 7, properties={"delivery_id": "d1"}),
            Happened(4, "message_accepted", 5, properties={"delivery_id": "d2", "channel": "email"}),
        ],
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("people", 4),
        ("people_new", 4),
        ("active", 3),
        ("orders", 2),
        ("buyers", 2),
        ("gross_sales", Decimal("31.75")),
        ("returns", Decimal("5.00")),
        ("net_sales", Decimal("26.75")),
        ("average_order", Decimal("15.88")),
        ("return_rate", 0.15748),
        ("margin", Decimal("6.50")),
        ("first_purchases", 2),
        ("conversion", 0.666667),
        ("messages_accepted", 2),
        ("open_rate", 0.5),
        ("click_rate", 0.0),
        ("complaints", 0),
    ],
)
def test_a_figure(stores: Stores, name: str, value: Any) -> None:
    shop(stores)
    assert of_march(stores, name).value == value


def test_merged_people_count_once(stores: Stores) -> None:
    shop(stores)
    merge(stores.events, [(2, 1)])
    assert of_march(stores, "buyers").value == 1


def test_a_rate_of_nothing_is_undefined_and_says_why(stores: Stores) -> None:
    answer = of_march(stores, "open_rate")
    assert answer.value is None
    assert answer.undefined is not None
    assert answer.undefined.zh == "本期没有平台接收的消息。"


def test_margin_without_costs_is_undefined_not_nothing(stores: Stores) -> None:
    store(stores.events, [Happened(1, "order_paid", amount=Decimal(9))])
    assert of_march(stores, "margin").value is None


def test_retention_counts_those_whose_days_are_over(stores: Stores) -> None:
    store(
        stores.events,
        [Happened(1, "page_viewed", 0), Happened(1, "page_viewed", 24 * 6), Happened(2, "page_viewed", 0)],
    )
    assert of_march(stores, "retention_7").value == 0.5
    assert of_march(stores, "retention_30").value == 0.5


@pytest.mark.parametrize("name", list(reports()))
def test_an_answer_fits_its_published_schema(stores: Stores, name: str) -> None:
    shop(stores)
    published = json.loads((SCHEMAS / f"report-{name}.json").read_text())
    parameters = {"by": "source", "series": "day"} if name == "core" else {"by": "source"} if name == "funnel" else {}
    jsonschema.validate(report(stores, name, parameters, ZONE), published)
    assert published == answer_schema(reports()[name]), "run: python -m docs.generate"


@pytest.mark.parametrize("name", list(reports()))
def test_a_report_of_nothing_answers(stores: Stores, name: str) -> None:
    assert report(stores, name, {}, ZONE)["report"] == name


def test_the_list_says_what_each_parameter_means_in_both_languages() -> None:
    described = [parameter for each in list_reports() for parameter in each["parameters"]]
    assert all(parameter["zh"] and parameter["en"] for parameter in described)


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("core", {"nonsense": "1"}, "nonsense"),
        ("core", {"from": "yesterday"}, "from"),
        ("core", {"from": "2026-02-01", "to": "2026-01-01"}, "to"),
        ("core", {"figures": "gmv"}, "figure"),
        ("core", {"by": "shoe size"}, "by"),
        ("core", {"by": "layer:x'] OR 1"}, "by"),
        ("retention", {"unit": "year"}, "unit"),
        ("retention", {"steps": "many"}, "steps"),
        ("retention", {"unit": "day", "from": "2000-01-01", "to": "2020-01-01"}, "unit"),
        ("funnel", {"steps": ""}, "steps"),
        ("funnel", {"steps": '[{"event": 3'}, "steps"),
        ("funnel", {"steps": ",".join(["page_viewed"] * 17)}, "steps"),
        ("funnel", {"window": "soon"}, "window"),
        ("funnel", {"window": "0d"}, "window"),
        ("rfm", {"orders": "5,4,3,2", "method": "threshold"}, "orders"),
        ("rfm", {"money": "1,2,3,NaN", "method": "threshold"}, "money"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    stores: Stores, name: str, parameters: dict[str, str], field: str
) -> None:
    with pytest.raises((BadInput, NotFound)) as refused:
        report(stores, name, parameters, ZONE)
    assert refused.value.field == field


def test_an_unknown_report_names_those_that_there_are(stores: Stores) -> None:
    with pytest.raises(NotFound) as refused:
        report(stores, "horoscope", {}, ZONE)
    assert "retention" in refused.value.en


def ask(stores: Stores, answers: Answers) -> CoreAnswer:
    return answers.get(stores, "core", lambda: run(stores, CoreParameters(figures=["orders"]), ZONE))


def test_an_answer_is_kept_while_the_log_stands_still(stores: Stores) -> None:
    shop(stores)
    answers = Answers()
    assert ask(stores, answers) is ask(stores, answers)
    answers.close()


def test_an_answer_that_events_overtook_is_marked_stale_and_renewed(stores: Stores) -> None:
    shop(stores)
    answers = Answers()
    before = ask(stores, answers).figures[0].value
    store(stores.events, [Happened(9, "order_paid", 70)], prefix="later")
    overtaken = ask(stores, answers)
    answers.settle()
    renewed = ask(stores, answers)
    answers.close()
    assert (overtaken.figures[0].value, overtaken.freshness.stale) == (before, True)
    assert (renewed.figures[0].value, renewed.freshness.stale) == (3, False)


def test_the_first_events_are_shown_at_once_and_not_an_empty_answer_for_a_while_longer(stores: Stores) -> None:
    answers = Answers()
    assert ask(stores, answers).freshness.newest is None
    shop(stores)
    first = ask(stores, answers)
    answers.close()
    assert (first.figures[0].value, first.freshness.stale) == (2, False)


def test_a_merge_makes_answers_stale(stores: Stores) -> None:
    shop(stores)
    answers = Answers()
    ask(stores, answers)
    merge(stores.events, [(2, 1)])
    assert ask(stores, answers).freshness.stale
    answers.settle()
    answers.close()
