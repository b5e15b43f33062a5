"""Exports by the console and by the API."""

from __future__ import annotations

import re

import pytest

from siyu.audiences import actions as audiences
from siyu.audiences.model import parse
from siyu.jobs import queue
from siyu.jobs.worker import run_due
from siyu.people.projection import project_all
from siyu.storage import Stores
from tests.people.importing.shop import brought_in, table
from tests.web.conftest import Console

LIST = {"purpose": "list", "format": "csv", "columns": ["name", "phone"]}
EVERYBODY = {"type": "all", "rules": []}


@pytest.fixture
def shop(stores: Stores) -> Stores:
    brought_in(
        stores, table("13800138000,王芳,上海", "13900139000,李明,杭州", header="手机号,姓名,城市"), kind="people"
    )
    project_all(stores)
    return stores


def audited(stores: Stores) -> list[str]:
    with stores.ledger.read() as conn:
        return list(conn.exec_driver_sql("SELECT action FROM audit ORDER BY id").scalars())


def test_an_export_is_asked_for_made_and_fetched(console: Console, stores: Stores) -> None:
    key = console.key()
    asked = console.http.post("/api/exports", json={"format": "csv"}, headers=key)
    assert asked.status_code == 201
    number = asked.json()["id"]
    assert console.http.get(f"/api/exports/{number}/file", headers=key).status_code == 404
    run_due(stores)
    assert console.http.get(f"/api/exports/{number}", headers=key).json()["state"] == "done"
    assert console.http.get(f"/api/exports/{number}/file", headers=key).status_code == 200


def test_who_may_not_export_is_refused(console: Console) -> None:
    assert console.http.post("/api/exports", json={}, headers=console.key("adviser")).status_code == 403


def test_an_audience_that_is_not_there_is_refused(console: Console) -> None:
    assert console.http.post("/api/exports", json={"audience": 404}, headers=console.key()).status_code == 404


def test_the_page_leads_from_the_form_to_the_file(console: Console, shop: Stores) -> None:
    console.sign_in()
    assert "全部客户的 2 人" in console.get("/exports/new").text
    assert console.post("/exports", LIST).headers["location"] == "/exports"
    assert "/state" in console.get("/exports").text
    run_due(shop)
    link = re.search(r'href="(/exports/\d+/file)"', console.get("/exports").text)
    assert link is not None
    assert "138****8000" in console.get(link[1]).text
    assert audited(shop)[-2:] == ["people_exported", "export_fetched"]


def test_the_sentence_says_what_the_file_will_hold(console: Console, shop: Stores) -> None:
    console.sign_in()
    number = audiences.create(shop, "staff:1", "所有人", parse(EVERYBODY))

    def said(query: str) -> str:
        return console.get(f"/exports/sentence?{query}").text

    assert "人群“所有人”的 2 人，2 列，Excel；手机号与邮箱打码。" in said(
        f"audience={number}&purpose=list&format=excel&columns=name&columns=phone"
    )
    assert "手机号与邮箱不打码" in said("purpose=list&format=csv&columns=phone&whole=1")
    assert "SHA-256" in said("purpose=advertising")
    assert "请至少选择一列" in said("purpose=list&format=csv")


def test_an_audience_leads_to_its_export(console: Console, shop: Stores) -> None:
    console.sign_in()
    number = audiences.create(shop, "staff:1", "所有人", parse(EVERYBODY))
    assert f'href="/exports/new?audience={number}"' in console.get(f"/audiences/{number}").text
    assert f'value="{number}" selected' in console.get(f"/exports/new?audience={number}").text


def test_who_may_not_see_phones_gets_them_masked_whatever_is_asked(console: Console, shop: Stores) -> None:
    console.sign_in("operator")
    assert 'name="whole"' not in console.get("/exports/new").text
    console.post("/exports", {**LIST, "whole": "1"})
    run_due(shop)
    (link,) = re.findall(r'href="(/exports/\d+/file)"', console.get("/exports").text)
    assert "13800138000" not in console.get(link).text


def test_a_file_with_whole_phones_is_not_for_everybody(console: Console, shop: Stores) -> None:
    console.sign_in()
    console.post("/exports", {**LIST, "whole": "1"})
    run_due(shop)
    (link,) = re.findall(r'href="(/exports/\d+/file)"', console.get("/exports").text)
    assert "13800138000" in console.get(link).text
    console.sign_in("operator")
    assert link not in console.get("/exports").text
    assert console.get(link).status_code == 404


def test_no_column_is_told_at_the_field_and_the_rest_is_kept(console: Console) -> None:
    console.sign_in()
    answer = console.post("/exports", {"purpose": "list", "format": "parquet"})
    assert answer.status_code == 422
    assert "请至少选择一列" in answer.text
    assert 'value="parquet" selected' in answer.text


def test_an_export_that_waits_can_be_cancelled(console: Console, shop: Stores) -> None:
    console.sign_in()
    console.post("/exports", LIST)
    (link,) = re.findall(r'hx-post="(/exports/\d+/cancel)"', console.get("/exports").text)
    console.post(link)
    assert "已取消" in console.get("/exports").text


def test_who_may_not_export_sees_no_page_and_no_link(console: Console) -> None:
    console.sign_in("adviser")
    assert console.get("/exports").status_code == 403
    assert "/exports" not in console.get("/people").text


def test_an_english_reader_finds_no_chinese(console: Console) -> None:
    console.sign_in(language="en")
    for path in ("/exports", "/exports/new"):
        main = console.get(path).text.partition("<main")[2].partition("</main>")[0]
        assert re.findall(r"[\u4e00-\u9fff]+", main) == [], path


def test_hashes_are_for_those_who_may_see_phones(console: Console, shop: Stores) -> None:
    console.sign_in("operator")
    assert "advertising" not in console.get("/exports/new").text
    assert console.post("/exports", {**LIST, "purpose": "advertising"}).status_code == 403


def exported(console: Console, stores: Stores) -> str:
    """The file of the newest export, as text."""
    run_due(stores)
    (link, *_) = re.findall(r'href="(/exports/\d+/file)"', console.get("/exports").text)
    return console.get(link).text


def test_the_list_of_people_leads_to_an_export_of_what_it_shows(console: Console, shop: Stores) -> None:
    console.sign_in()
    (link,) = re.findall(r'href="(/exports/new\?[^"]+)"', console.get("/people?q=李").text)
    page = console.get(link.replace("&amp;", "&")).text
    assert "筛选出的客户的 1 人" in page
    (found,) = re.findall(r'name="found" value="([^"]+)"', page)
    console.post("/exports", {**LIST, "audience": "found", "found": found})
    assert "李明" in (text := exported(console, shop))
    assert "王芳" not in text


def test_an_export_of_everybody_is_not_narrowed(console: Console, shop: Stores) -> None:
    console.sign_in()
    console.post("/exports", {**LIST, "audience": "", "found": "q=李"})
    assert "王芳" in exported(console, shop)


def test_the_api_exports_what_a_search_finds(console: Console, shop: Stores) -> None:
    key = console.key()
    body = {"format": "csv", "columns": ["name"], "search": {"city": "杭州"}}
    number = console.http.post("/api/exports", json=body, headers=key).json()["id"]
    run_due(shop)
    assert console.http.get(f"/api/exports/{number}/file", headers=key).text.split() == ["\ufeffname", "李明"]


def test_an_audience_and_a_search_together_are_refused(console: Console, shop: Stores) -> None:
    number = audiences.create(shop, "test", "全部", parse(EVERYBODY))
    body = {"audience": number, "search": {"q": "李"}}
    assert console.http.post("/api/exports", json=body, headers=console.key()).status_code == 400


def test_what_was_searched_for_is_forgotten_once_the_file_is_there(console: Console, shop: Stores) -> None:
    """The words of a search may be a name or a phone; the list of exports still says that it was a search."""
    body = {"format": "csv", "columns": ["name"], "search": {"q": "13900139000"}}
    number = console.http.post("/api/exports", json=body, headers=console.key()).json()["id"]
    assert "13900139000" in str(queue.status(shop, number).arguments)
    run_due(shop)
    assert queue.status(shop, number).state == "done"
    assert "13900139000" not in str(queue.status(shop, number).arguments)
    assert "筛选出的客户" in console.sign_in().get("/exports").text
