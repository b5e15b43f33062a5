"""Importing by the console and by the API."""

from __future__ import annotations

from siyu.jobs.worker import run_due
from siyu.storage import Stores
from tests.web.conftest import Console

CSV = "客户编号,订单号,付款时间,商品名称,数量,单价\n7,A1,2024-03-01,杯子,2,3.5\n,A2,2024-03-01,盘子,1,1\n".encode("gbk")
FROM_HERE = {"sec-fetch-site": "same-origin"}


def upload(console: Console, content: bytes = CSV, kind: str = "orders") -> str:
    answer = console.http.post(
        "/imports",
        files={"file": ("订单.csv", content)},
        data={"kind": kind},
        headers=FROM_HERE,
        follow_redirects=False,
    )
    return answer.headers.get("location", answer.text)


def test_the_wizard_leads_from_a_file_to_a_report(console: Console, stores: Stores) -> None:
    console.sign_in()
    url = upload(console)
    page = console.get(url).text
    assert 'value="phone"' in page
    assert "杯子" in page
    fields = {"c0": "person", "c1": "order", "c2": "time", "c3": "title", "c4": "quantity", "c5": "price"}
    settings = {"source": "shop", "timezone": "Asia/Shanghai", "returns": "negative"}
    assert console.post(f"{url}/check", {**fields, **settings}).headers["location"] == url
    assert "核对" in console.get(url).text
    run_due(stores)
    expected = console.get(url).text
    assert "缺少客户 1" in expected
    assert "¥7.00" in expected
    console.post(f"{url}/start")
    run_due(stores)
    assert "导入完成" in console.get(url).text
    assert "缺少客户" in console.get(f"{url}/rejects.csv").text
    assert "订单.csv" in console.get("/imports").text


def test_a_file_that_can_t_be_used_is_refused_in_words(console: Console) -> None:
    console.sign_in()
    assert "不是 CSV、Excel 或 Parquet" in upload(console, b"\x89PNG" + bytes(200))


def test_a_column_that_two_want_is_told_at_the_field(console: Console) -> None:
    console.sign_in()
    url = upload(console)
    settings = {"source": "shop", "timezone": "Asia/Shanghai", "returns": "negative"}
    answer = console.post(f"{url}/check", {"c0": "person", "c1": "person", **settings})
    assert answer.status_code == 422
    assert "“客户编号”也选了它" in answer.text


def test_a_missing_customer_column_is_told_above_the_form(console: Console) -> None:
    console.sign_in()
    url = upload(console)
    answer = console.post(f"{url}/check", {"c1": "order", "source": "shop", "timezone": "Asia/Shanghai"})
    assert answer.status_code == 422
    assert "没有指明哪一列是客户" in answer.text


def test_who_may_not_import_does_not_see_it(console: Console) -> None:
    console.sign_in("adviser")
    assert console.get("/imports").status_code == 403


def test_the_api_takes_a_file_and_gives_the_report(console: Console, stores: Stores) -> None:
    key = console.key()
    sent = console.http.post(
        "/api/imports?source=shop&timezone=Asia/Shanghai", content=CSV, headers={**key, "x-file-name": "o.csv"}
    )
    assert sent.status_code == 201
    number = sent.json()["id"]
    assert console.http.post(f"/api/imports/{number}/start", headers=key).status_code == 201
    run_due(stores)
    found = console.http.get(f"/api/imports/{number}", headers=key).json()
    assert found["state"] == "done"
    assert found["report"]["result"]["orders"]["paid"] == 1
    assert console.http.get(f"/api/imports/{number}/rejects", headers=key).text.count("缺少客户") == 1
    assert [each["id"] for each in console.http.get("/api/imports", headers=key).json()] == [number]


def test_the_api_changes_a_plan_and_names_what_is_wrong_with_it(console: Console) -> None:
    key = console.key()
    number = console.http.post("/api/imports", content=CSV, headers={**key, "x-file-name": "o.csv"}).json()["id"]
    plan = console.http.get(f"/api/imports/{number}", headers=key).json()["plan"]
    better = console.http.put(f"/api/imports/{number}/plan", json={**plan, "source": "youzan"}, headers=key)
    assert better.json()["plan"]["source"] == "youzan"
    worse = console.http.put(f"/api/imports/{number}/plan", json={**plan, "timezone": "Mars"}, headers=key)
    assert worse.status_code == 400
    assert worse.json()["error"]["field"] == "timezone" if "error" in worse.json() else "timezone" in worse.text
