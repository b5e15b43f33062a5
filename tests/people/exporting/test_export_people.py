"""Lists of people for spreadsheets, and hashed ones for advertising platforms."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from siyu.jobs.worker import run_now
from siyu.people import consents
from siyu.people.exporting.running import ask_export, export_file
from siyu.people.projection import project_all
from siyu.people.tables import people
from siyu.storage import BadInput, NotFound, Stores
from tests.people.importing.shop import brought_in, table


@pytest.fixture
def shop(stores: Stores) -> Stores:
    rows = ("13800138000,王芳,Wang@Example.com", "13900139000,@HOME 小李,")
    brought_in(stores, table(*rows, header="手机号,姓名,邮箱"), kind="people")
    project_all(stores)
    return stores


def exported(stores: Stores, **options: object) -> bytes:
    number = ask_export(stores, "staff:1", **options)  # pyright: ignore[reportArgumentType]
    assert run_now(stores, number).state == "done"
    return export_file(stores, number).read_bytes()


def test_a_list_opens_in_excel_and_computes_nothing(shop: Stores) -> None:
    text = exported(shop, columns=["name", "phone"]).decode("utf-8-sig")
    assert text.splitlines() == [
        "name,phone",
        "王芳,138****8000".replace("+86138", "+86138"),
        "'@HOME 小李,139****9000",
    ]


def test_who_may_see_phones_gets_them_whole(shop: Stores) -> None:
    assert "+8613800138000" in exported(shop, columns=["phone"], masked=False).decode("utf-8-sig")


def test_an_excel_list_has_chinese_headers(shop: Stores) -> None:
    number = ask_export(shop, "staff:1", columns=["name"], format="excel")
    run_now(shop, number)
    rows = CalamineWorkbook.from_path(str(export_file(shop, number))).get_sheet_by_index(0).to_python()
    assert rows == [["姓名"], ["王芳"], ["@HOME 小李"]]


def test_a_parquet_list_keeps_types(shop: Stores) -> None:
    assert pl.read_parquet(exported(shop, columns=["person", "name"], format="parquet")).height == 2


def shares(stores: Stores, name: str, *, given: bool = True, purpose: str = "sharing", channel: str = "any") -> None:
    with stores.ledger.read() as conn:
        number = conn.execute(sa.select(people.c.person).where(people.c.name == name)).scalar_one()
    consents.state_consent(stores, "staff:1", number, purpose, channel, given)


def test_advertising_platforms_get_nobody_who_did_not_agree_to_that(shop: Stores) -> None:
    shares(shop, "王芳")
    shares(shop, "@HOME 小李", purpose="marketing")
    number = ask_export(shop, "staff:1", purpose="advertising")
    result = run_now(shop, number).result or {}
    assert (result["rows"], result["people"], result["without_consent"]) == (1, 2, 1)
    assert hashlib.sha256(b"13900139000").hexdigest() not in export_file(shop, number).read_text()


def test_who_takes_the_consent_back_is_left_out(shop: Stores) -> None:
    shares(shop, "王芳")
    shares(shop, "王芳", given=False, channel="douyin")
    assert len(exported(shop, purpose="advertising").decode("utf-8-sig").splitlines()) == 1


def test_advertising_platforms_get_hashes_alone(shop: Stores) -> None:
    shares(shop, "王芳")
    text = exported(shop, purpose="advertising").decode("utf-8-sig")
    assert hashlib.sha256(b"13800138000").hexdigest() in text
    assert hashlib.sha256(b"wang@example.com").hexdigest() in text
    assert "王芳" not in text


def test_an_unknown_column_is_refused(stores: Stores) -> None:
    with pytest.raises(BadInput):
        ask_export(stores, "staff:1", columns=["shoe_size"])


def test_a_file_that_is_not_made_yet_is_not_there(stores: Stores) -> None:
    with pytest.raises(NotFound):
        export_file(stores, ask_export(stores, "staff:1"))
