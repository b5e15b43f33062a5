"""First run, one click, and a shop is there to look at: over HTTP and the command line, against a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from evidence.living_shop import PEOPLE, LivingShop, wait_for

BUYERS_WHO_AGREE = {
    "type": "all",
    "rules": [
        {"type": "did", "event": "order_paid", "window": {"type": "last", "n": 365}},
        {"type": "consent", "purpose": "marketing", "channel": "webhook"},
    ],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    made = LivingShop(tmp_path_factory.mktemp("looking") / "home")
    yield made
    assert made.close() == 0


def test_the_first_visitor_becomes_the_owner_and_is_shown_where_to_begin(shop: LivingShop) -> None:
    assert shop.http.get("/").headers["location"].endswith("/first-run")
    begun = shop.begin()
    assert begun.headers["location"].endswith("/welcome")
    assert "预演" in shop.http.get("/welcome").text


def test_one_click_fills_the_shop_with_people(shop: LivingShop) -> None:
    shop.start_rehearsal()
    figures = shop.figure("people", "orders", "gross_sales")
    assert PEOPLE <= figures["people"] <= PEOPLE * 1.1
    assert figures["orders"] > PEOPLE
    assert Decimal(str(figures["gross_sales"])) > 100 * figures["orders"]


def test_every_page_says_that_the_data_are_made_up(shop: LivingShop) -> None:
    assert "预演数据" in shop.http.get("/welcome").text


def test_reports_of_the_command_line_go_through_the_running_server(shop: LivingShop) -> None:
    retention = shop.server.siyu("report", "retention", "--json").json
    assert len(retention["cohorts"]) >= 12
    assert sum(cohort["people"] for cohort in retention["cohorts"]) > PEOPLE / 4
    funnel = shop.server.siyu("report", "funnel", "--json").json["steps"]
    people = [step["people"] for step in funnel]
    assert people == sorted(people, reverse=True)
    assert people[-1] > 0
    segments = shop.server.siyu("report", "rfm", "--json").json["segments"]
    assert sum(1 for segment in segments if segment["people"]) >= 6


def test_an_import_beside_the_rehearsal_is_taken_by_the_running_server(shop: LivingShop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("customer,order,time,sku,quantity,price\nA,1,2026-01-01 10:00,S,1,2.50\n", "utf-8")
    assert shop.server.siyu("import", "orders", str(file), "--json").json["accepted"] == 1


def test_an_audience_is_counted_and_explained_over_them(shop: LivingShop, tmp_path: Path) -> None:
    rule = tmp_path / "rule.json"
    rule.write_text(json.dumps(BUYERS_WHO_AGREE), "utf-8")
    counted = shop.server.siyu("audience", "count", str(rule), "--json")
    assert counted.status == 0, counted
    assert 0 < counted.json["people"] < PEOPLE
    explained = shop.server.siyu("audience", "explain", str(rule), "user_id=u7-000002", "--json")
    assert explained.status == 0, explained


def test_the_shop_goes_on_when_the_server_is_started_again(shop: LivingShop) -> None:
    before = shop.figure("orders")["orders"]
    assert shop.server.stop() == 0
    shop.server.start()
    shop.http.base_url = shop.server.address.rstrip("/")
    shop.http.headers["Origin"] = shop.server.address.rstrip("/")
    wait_for(lambda: "营业中" in shop.http.get("/rehearsal/progress").text, "the shop is open again")
    assert before <= shop.figure("orders")["orders"] <= before * 1.02 + 5
