"""What an attacker tried: phones for roles that may not see them, odd addresses, other sites."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.jobs.worker import run_due
from siyu.people.projection import project_all
from siyu.staff.tables import answered_calls
from siyu.storage import Stores
from siyu.web.view import in_header
from tests.people.calls import drained, track
from tests.web.conftest import Console

FILE = (
    "客户编号,手机号,订单号,付款时间,商品名称,数量,单价\n7,13800138000,A1,2024-03-01,杯子,2,3.5\n,13800138000,A2,,盘子,1,1\n"
).encode()


def rejected(console: Console, stores: Stores, sender: dict[str, str]) -> int:
    """An import of one refused row, sent by the holder of a key."""
    answer = console.http.post("/api/imports", content=FILE, headers={**sender, "x-file-name": "a.csv"})
    number = answer.json()["id"]
    console.http.post(f"/api/imports/{number}/start", headers=sender)
    run_due(stores)
    return number


def test_refused_rows_go_to_who_sent_them_and_to_who_may_see_phones(console: Console, stores: Stores) -> None:
    sender = console.key("operator")
    url = f"/api/imports/{rejected(console, stores, sender)}/rejects"
    assert "13800138000" in console.http.get(url, headers=sender).text
    assert "13800138000" in console.http.get(url, headers=console.key("admin")).text
    refused = console.http.get(url, headers=console.key("operator"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "rejects_not_yours")


def test_samples_of_anothers_file_are_not_shown_without_the_right_to_see_phones(console: Console) -> None:
    made = console.http.post("/api/imports", content=FILE, headers={**console.key(), "x-file-name": "a.csv"}).json()
    assert "13800138000" in str(made["report"]["columns"])
    console.sign_in("operator")
    url = f"/api/imports/{made['id']}"
    assert "13800138000" not in console.get(url).text + console.get("/api/imports").text
    assert "13800138000" not in console.get(f"/imports/{made['id']}").text


@pytest.mark.parametrize(("role", "seen"), [("agent", "138****8000"), ("adviser", "13800138000")])
def test_a_phone_in_a_property_or_attribute_is_masked(console: Console, role: str, seen: str) -> None:
    drained(
        console.stores,
        {"type": "identify", "userId": "wang", "traits": {"name": "王", "second": "13800138000"}},
        track("wang", "Form Sent", properties={"tel": 13800138000, "text": "call +86 138 or 13800138000!"}),
    )
    project_all(console.stores)
    console.sign_in(role)
    for url in ("/api/people/1", "/api/people/1/timeline", "/people/1", "/people/1/edit"):
        text = console.get(url).text
        assert seen in text, url
        assert ("13800138000" in text) == (role == "adviser"), url


def test_saving_a_masked_attribute_keeps_what_is_behind_the_mask(console: Console) -> None:
    drained(console.stores, {"type": "identify", "userId": "wang", "traits": {"name": "王", "second": "13800138000"}})
    console.sign_in("agent")
    console.post("/people/1/edit", {"name": "王", "attributes": "second: 138****8000"})
    kept = console.http.get("/api/people/1", headers=console.key()).json()
    assert kept["basic"]["attributes"] == {"second": "13800138000"}


def test_an_origin_that_is_no_address_is_another_site(console: Console) -> None:
    console.sign_in()
    answer = console.http.post("/sign-out", headers={"origin": "http://["})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "/exports/sentence?audience=²",
        "/people?tag=²",
        "/people?orders=²",
        "/people?seen=²",
        f"/insight/trace?page={'9' * 5000}",
        "/insight/trace?person=²&page=²",
        "/api/people/1/timeline?cursor=--5.x",
        f"/api/people/1/timeline?cursor={'9' * 30}.x",
    ],
)
def test_what_only_looks_like_a_number_is_no_fault_of_ours(console: Console, url: str) -> None:
    drained(console.stores, track("wang", "x"))
    console.sign_in()
    assert console.get(url).status_code < 500


def test_a_redirect_can_hold_chinese_and_changes_nothing_else() -> None:
    assert in_header("https://a.cn/商品?q=1%20&b=+#x") == "https://a.cn/%E5%95%86%E5%93%81?q=1%20&b=+#x"


def test_a_table_with_a_quoted_title_and_endless_numbers_is_still_a_file(console: Console) -> None:
    console.sign_in()
    body = '{"title": "\'a\'", "columns": ["n"], "rows": [[1e999]]}'
    answer = console.http.post("/table.xlsx", content=body, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code < 500


def test_a_secret_made_for_an_account_is_not_kept_for_repeats(console: Console, stores: Stores) -> None:
    body = {"channel": "webhook", "name": "网关", "settings": {"url": "http://127.0.0.1:9/x"}}
    made = console.http.post("/api/accounts", json=body, headers={**console.key(), "idempotency-key": "one"})
    assert made.status_code == 201
    assert "whsec_" in made.text
    with stores.ledger.read() as conn:
        assert conn.execute(sa.select(answered_calls)).all() == []


def test_the_old_password_can_t_be_guessed_without_end(console: Console) -> None:
    console.sign_in()
    tries = [console.post("/profile/password", {"old": "wrong", "new": "x"}).status_code for _ in range(22)]
    assert (tries[0], tries[-1]) == (422, 429)
