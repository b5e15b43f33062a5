"""``siyu import`` and then ``siyu report``, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from siyu.cli import run_command
from siyu.storage import Stores

ORDERS = """客户,订单号,时间,商品,数量,单价
林小姐,A1,2025-12-02 10:00,S1,2,9.90
林小姐,A1,2025-12-02 10:00,S2,1,5
,A2,2025-12-03 11:00,S1,1,9.90
"""
MAP = ["person=客户", "order=订单号", "time=时间", "sku=商品", "quantity=数量", "price=单价"]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "订单.csv"
    path.write_text(ORDERS, "gb18030")
    return path


def run(stores: Stores, *words: str) -> tuple[int, dict[str, Any]]:
    status, out, _ = run_command(stores, [*words, "--json"])
    return status, json.loads(out)


def mapped() -> list[str]:
    return [word for pair in MAP for word in ("--map", pair)]


def test_orders_are_imported_and_counted(stores: Stores, orders: Path) -> None:
    status, report = run(stores, "import", "orders", str(orders), *mapped())
    assert (status, report["accepted"], report["rejected"]) == (0, 2, 1)
    _, core = run(stores, "report", "core")
    figures = {each["name"]: each["value"] for each in core["figures"]}
    assert (figures["orders"], float(figures["gross_sales"])) == (1, 24.8)


def test_refused_rows_are_written_where_asked(stores: Stores, orders: Path, tmp_path: Path) -> None:
    run(stores, "import", "orders", str(orders), *mapped(), "--rejects", "拒绝.csv", "--folder", str(tmp_path))
    assert "A2" in (tmp_path / "拒绝.csv").read_text("utf-8-sig")


def test_a_second_import_of_the_same_file_changes_nothing(stores: Stores, orders: Path) -> None:
    run(stores, "import", "orders", str(orders), *mapped())
    before = run(stores, "report", "core")[1]["figures"]
    assert run(stores, "import", "orders", str(orders), *mapped())[0] == 0
    assert run(stores, "report", "core")[1]["figures"] == before


@pytest.mark.parametrize(
    "words", [["missing.csv"], ["{orders}", "--map", "person"], ["{orders}", "--timezone", "Mars/Base"]]
)
def test_an_import_asked_wrongly_is_refused_with_one_sentence(stores: Stores, orders: Path, words: list[str]) -> None:
    status, answer = run(stores, "import", "orders", *(word.format(orders=orders) for word in words))
    assert status == 2
    assert answer["error"]["zh"]
