"""Who may do what, from where, and what they are told."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from siyu.staff import audit
from siyu.staff.tables import sign_ins
from tests.web.conftest import PASSWORD, Console


def test_before_there_is_an_owner_sign_in_leads_to_the_first_run(console: Console) -> None:
    assert console.get("/sign-in").headers["location"] == "/first-run"


def test_a_page_asks_to_sign_in_and_comes_back(console: Console) -> None:
    console.sign_in()
    console.http.cookies.clear()
    answer = console.get("/style?q=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?back=%2Fstyle%3Fq%3D1")


def test_signing_in_opens_the_page_asked_for(console: Console) -> None:
    console.sign_in("owner")
    console.http.cookies.clear()
    form = {"login": "owner.zh", "password": PASSWORD, "back": "/style"}
    answer = console.post("/sign-in", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/style")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert console.get("/style").status_code == 200


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(console: Console, back: str) -> None:
    console.sign_in("owner")
    console.http.cookies.clear()
    answer = console.post("/sign-in", {"login": "owner.zh", "password": PASSWORD, "back": back})
    assert answer.headers["location"] == "/"


def test_a_wrong_password_says_so_and_keeps_the_login(console: Console) -> None:
    console.sign_in("owner")
    console.http.cookies.clear()
    answer = console.post("/sign-in", {"login": "owner.zh", "password": "not-the-one"})
    assert answer.status_code == 422
    assert "登录名或密码不正确" in answer.text
    assert 'value="owner.zh"' in answer.text
    assert "not-the-one" not in answer.text


def test_signing_out_ends_the_sign_in_for_good(console: Console) -> None:
    console.sign_in()
    console.post("/sign-out")
    with console.stores.ledger.read() as conn:
        assert conn.execute(sa.select(sign_ins)).all() == []


def test_a_role_without_the_permission_gets_a_page_that_says_which(console: Console) -> None:
    answer = console.sign_in("analyst").get("/style")
    assert answer.status_code == 403
    assert "管理所有者" in answer.text


def test_an_unknown_page_is_a_page_that_helps(console: Console) -> None:
    answer = console.sign_in().get("/nothing-here")
    assert answer.status_code == 404
    assert "找不到这个页面" in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_an_unknown_api_address_is_json_in_both_languages(console: Console) -> None:
    answer = console.http.get("/api/nothing", headers={"accept-language": "en"})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["code"] == "not_found"
    assert error["message"] == error["en"] != error["zh"]


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}, {}],
)
def test_a_form_from_another_site_is_refused(console: Console, headers: dict[str, str]) -> None:
    console.sign_in()
    answer = console.http.post("/sign-out", headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert console.get("/style").status_code == 200


def test_a_form_of_our_own_origin_is_taken(console: Console) -> None:
    console.sign_in()
    answer = console.http.post("/sign-out", headers={"origin": "http://siyu.test"}, follow_redirects=False)
    assert answer.status_code == 303


def test_sign_in_is_limited_by_address(console: Console) -> None:
    console.sign_in("owner")
    console.http.cookies.clear()
    answers = [console.post("/sign-in", {"login": "x", "password": "y"}).status_code for _ in range(25)]
    assert answers[:20] == [422] * 20
    assert 429 in answers


def test_every_answer_carries_the_security_headers(console: Console) -> None:
    for url in ("/sign-in", "/nothing", "/api/nothing", "/schema/openapi.json"):
        headers = console.get(url).headers
        assert "script-src 'self';" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-request-id"]


@pytest.mark.parametrize(
    ("accept", "cookie", "word"), [("en-GB,en;q=0.9", "", "Sign in"), ("fr", "", "登录"), ("en", "zh", "登录")]
)
def test_the_language_is_the_readers(console: Console, accept: str, cookie: str, word: str) -> None:
    console.sign_in("owner")
    console.http.cookies.clear()
    if cookie:
        console.http.cookies.set("siyu_language", cookie)
    answer = console.http.get("/sign-in", headers={"accept-language": accept})
    assert f"<h1>{word}</h1>" in answer.text


def test_signing_in_and_being_refused_are_in_the_audit_log(console: Console) -> None:
    console.sign_in("owner")
    console.http.cookies.clear()
    console.post("/sign-in", {"login": "owner.zh", "password": "wrong"})
    console.post("/sign-in", {"login": "owner.zh", "password": PASSWORD})
    assert [entry.action for entry in audit.entries(console.stores.ledger)] == ["signed_in", "sign_in_refused"]


def test_the_schema_describes_the_api_without_signing_in(console: Console) -> None:
    answer = console.http.get("/schema/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Siyu 私域"


def test_a_static_file_may_be_kept_for_ever_under_its_hashed_name(console: Console) -> None:
    from siyu.web.static_files import asset

    answer = console.http.get(asset("siyu.css"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert console.http.get("/static/siyu.css").headers["cache-control"] == "no-cache"
    assert console.http.get("/static/../app.py").status_code == 404


def test_the_style_page_shows_every_component(console: Console) -> None:
    answer = console.sign_in("owner").get("/style?q=王&sort=-spent")
    assert "王小雨" in answer.text
    assert "李佳怡" not in answer.text


def test_htmx_gets_only_the_part_it_asks_for(console: Console) -> None:
    answer = console.sign_in("owner").get("/style", **{"HX-Request": "true", "HX-Target": "list-style"})
    assert answer.text.strip().startswith("<section")


def test_the_table_of_a_chart_comes_as_excel(console: Console) -> None:
    console.sign_in("analyst")
    answer = console.http.post(
        "/table.xlsx",
        json={"title": "成交额", "columns": ["月", "额"], "rows": [["1月", 12.5], ["=1+1", None]]},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
