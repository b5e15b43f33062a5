"""Real shops, through the path that a user's file goes."""

from __future__ import annotations

import os
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from siyu.insight.command import report
from siyu.people.importing.command import import_file
from siyu.storage import Stores

DATA = Path(os.environ.get("SIYU_REAL_DATA", "../shared/data"))

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not there; set SIYU_REAL_DATA"),
]

RETAIL = DATA / "online_retail" / "online_retail_full.parquet"
MAPPING = {
    "person": "CustomerID",
    "order": "InvoiceNo",
    "time": "InvoiceDate",
    "sku": "StockCode",
    "quantity": "Quantity",
    "price": "UnitPrice",
}


def reasons(answer: dict[str, Any]) -> dict[str, int]:
    return {each["code"]: each["count"] for each in answer["reasons"]}


def test_online_retail_gives_the_published_figures_and_a_second_import_changes_nothing(stores: Stores) -> None:
    answer = import_file(stores, "orders", RETAIL, mapping=MAPPING, timezone="Europe/London", source="retail")
    assert (answer["rows"], answer["accepted"], answer["rejected"]) == (541_909, 406_789, 135_120)
    assert answer["orders"] == {"paid": 18_532, "amended": 0, "returned": 3_654}
    assert answer["lines"] == {"sold": 397_884, "returned": 8_905, "known": 0}
    assert answer["amounts"]["sold"] == "8911407.904"
    assert reasons(answer) == {"person_missing": 135_080, "price_missing": 40}
    core = report(stores, "core", {"figures": "gross_sales,orders,buyers"}, "Europe/London")
    assert {each["name"]: each["value"] for each in core["figures"]} == {
        "gross_sales": "8911407.90",
        "orders": 18_532,
        "buyers": 4_338,
    }
    first = report(stores, "retention", {}, "Europe/London")["cohorts"][0]
    assert (first["cohort"], first["people"], first["returned"][:5]) == ("2010-12", 885, [324, 286, 340, 321, 352])

    again = import_file(stores, "orders", RETAIL, mapping=MAPPING, timezone="Europe/London", source="retail")
    assert (again["events"], again["lines"]["known"], again["people"]["new"]) == (0, 406_789, 0)
    assert stores.events.row("SELECT count(), sum(length(lines.row)) FROM events") == (22_186, 406_789)


def test_the_equal_lines_of_online_retail_count(stores: Stores) -> None:
    import_file(stores, "orders", RETAIL, mapping=MAPPING, timezone="Europe/London", source="retail")
    ((copies,),) = stores.events.rows(
        """
        SELECT sum(n - 1) FROM (
            SELECT count() AS n FROM events
            ARRAY JOIN lines.sku AS sku, lines.title AS title, lines.quantity AS quantity, lines.price AS price
            WHERE name = 'order_paid'
            GROUP BY person, order, sku, title, quantity, price
        )
        """
    )
    assert copies >= 5_192  # the published count tells lines apart by their minute too


def test_cdnow_is_parted_by_blanks_and_has_no_order_numbers(stores: Stores) -> None:
    answer = import_file(
        stores, "orders", DATA / "cdnow" / "CDNOW_master.txt", timezone="America/New_York", source="cdnow"
    )
    assert answer["mapping"] == {
        "person": "customer_id",
        "time": "date",
        "quantity": "number_of_cds",
        "amount": "dollar_value",
    }
    assert answer["rows"] == 69_659
    assert answer["people"]["named"] == 23_502  # of 23,570: the others only have transactions of 0.00
    assert reasons(answer) == {"price_missing": 80}
    assert Decimal(answer["amounts"]["sold"]) == Decimal("2500315.63")


def test_completejourney_has_one_corrupt_basket(stores: Stores) -> None:
    path = DATA / "completejourney" / "transactions_sample.csv"
    answer = import_file(stores, "orders", path, timezone="America/New_York", source="journey")
    assert answer["mapping"]["order"] == "basket_id"
    assert reasons(answer)["id_corrupt"] == 1
    assert next(each for each in answer["reasons"] if each["code"] == "id_corrupt")["first_row"] == 37_995
    assert answer["accepted"] + answer["rejected"] == 75_000
    rejects = (stores.home / answer["rejects"]).read_text("utf-8-sig").splitlines()
    assert any(line.startswith("37995,编号已损坏（科学计数法）") and "4.0128e+10" in line for line in rejects)


def test_a_shop_may_keep_its_free_lines(stores: Stores, tmp_path: Path) -> None:
    file = tmp_path / "sample.txt"
    shutil.copyfile(DATA / "cdnow" / "CDNOW_master.txt", file)
    answer = import_file(
        stores, "orders", file, timezone="America/New_York", source="cdnow", settings={"free_lines": True}
    )
    assert (answer["rejected"], answer["people"]["named"]) == (0, 23_570)
