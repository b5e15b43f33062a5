"""``siyu export people``, as a user types it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from siyu.audiences import actions
from siyu.audiences.model import parse
from siyu.cli import run_command
from siyu.people import consents
from siyu.people.projection import project_all
from siyu.storage import Stores
from tests.people.importing.shop import brought_in, table


@pytest.fixture
def shop(stores: Stores) -> Stores:
    brought_in(
        stores, table("13800138000,王芳,上海", "13900139000,李明,杭州", header="手机号,姓名,城市"), kind="people"
    )
    project_all(stores)
    return stores


def run(stores: Stores, folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    status, out, _ = run_command(stores, ["export", "people", *words, "--folder", str(folder), "--json"])
    return status, json.loads(out)


def test_a_list_is_written_where_it_is_wanted(shop: Stores, tmp_path: Path) -> None:
    status, told = run(shop, tmp_path, "客户.csv", "--columns", "name,phone")
    assert (status, told["people"], told["rows"], told["format"]) == (0, 2, 2, "csv")
    assert (tmp_path / "客户.csv").read_text("utf-8-sig").splitlines()[1] == "王芳,+8613800138000"
    assert told["bytes"] == (tmp_path / "客户.csv").stat().st_size


def test_the_ending_says_the_format_unless_it_is_given(shop: Stores, tmp_path: Path) -> None:
    assert run(shop, tmp_path, "a.xlsx")[1]["format"] == "xlsx"
    assert run(shop, tmp_path, "a.list", "--format", "parquet")[1]["format"] == "parquet"
    assert pl.read_parquet(tmp_path / "a.list").height == 2


def test_an_audience_is_exported_as_hashes_alone(shop: Stores, tmp_path: Path) -> None:
    rule = parse({"type": "profile", "field": "city", "op": "is", "value": "上海"})
    number = actions.create(shop, "staff:1", "上海", rule)
    (person,) = shop.events.row("SELECT person FROM people FINAL WHERE city = '上海'")
    consents.state_consent(shop, "staff:1", person, "sharing", "any", True)
    status, told = run(shop, tmp_path, "h.csv", "--audience", str(number), "--purpose", "advertising", "--masked")
    assert (status, told["rows"], told["audience"]) == (0, 1, number)
    (row,) = (tmp_path / "h.csv").read_text("utf-8-sig").splitlines()[1:]
    assert row.split(",")[0] == hashlib.sha256(b"13800138000").hexdigest()


def test_phones_are_masked_where_asked(shop: Stores, tmp_path: Path) -> None:
    run(shop, tmp_path, "m.csv", "--columns", "phone", "--masked")
    assert "138****8000" in (tmp_path / "m.csv").read_text("utf-8-sig")


def test_nothing_stays_behind_in_the_home_folder(shop: Stores, tmp_path: Path) -> None:
    run(shop, tmp_path, "a.csv")
    assert list((shop.home / "exports").iterdir()) == []


def test_an_export_is_in_the_audit_log(shop: Stores, tmp_path: Path) -> None:
    run(shop, tmp_path, "a.csv")
    with shop.ledger.read() as conn:
        rows = conn.exec_driver_sql('SELECT action, "by" FROM audit ORDER BY id').all()
    assert [tuple(row) for row in rows][-1] == ("people_exported", "cli")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["list.doc"], "format"),
        (["nowhere/list.csv"], "file"),
        (["list.csv", "--columns", "shoe_size"], "columns"),
        (["list.csv", "--audience", "404"], None),
    ],
)
def test_an_export_asked_wrongly_is_refused_with_one_sentence(
    shop: Stores, tmp_path: Path, words: list[str], field: str | None
) -> None:
    status, answer = run(shop, tmp_path, *words)
    assert (status, answer["error"].get("field")) == (2, field)
    assert not (tmp_path / words[0]).exists()
