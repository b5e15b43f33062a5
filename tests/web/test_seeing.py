"""Phones and e-mails in free values: not shown, and not asked out, to roles that may not see them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from siyu.audiences import catalogue
from siyu.audiences.actions import create
from siyu.audiences.model import parse as parse_rule
from siyu.channels import channels_of
from siyu.channels.accounts import open_account
from siyu.people import actions
from siyu.people.projection import project_all
from siyu.reach.broadcasts import draft_broadcast
from siyu.reach.journeys import drafts
from siyu.reach.journeys.model import parse
from siyu.reach.model import Draft
from siyu.storage import Stores
from tests.insight.world import Happened, store
from tests.people.importing.shop import brought_in, table
from tests.web.conftest import Console

PHONE = "13912345678"


@pytest.fixture
def leaky(stores: Stores) -> int:
    """Somebody whose name and attributes hold a phone."""
    brought_in(stores, table(f"13800138000,王芳 {PHONE},上海", header="手机号,姓名,城市"), kind="people")
    actions.set_profile(stores, "staff:1", 1, {"note": f"call {PHONE}", "mobile": int(PHONE)})
    project_all(stores)
    catalogue.forget(stores)
    return 1


def _rule(op: str, value: Any, field: str = "attributes.note") -> dict[str, Any]:
    return {"rule": {"type": "all", "rules": [{"type": "profile", "field": field, "op": op, "value": value}]}}


PAGES = (
    "/people",
    "/people/1",
    "/people/1/edit",
    "/audiences/new",
    "/search/hits?q=王芳",
    "/api/people",
    "/api/people/1",
    "/api/rules/catalogue",
)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_shows_a_phone_that_stands_in_a_free_value(console: Console, leaky: int, path: str) -> None:
    console.sign_in("operator")
    answer = console.get(path)
    assert answer.status_code == 200
    assert PHONE not in answer.text
    assert "139****5678" in answer.text


def test_who_may_see_phones_sees_them(console: Console, leaky: int) -> None:
    console.sign_in("owner")
    assert PHONE in console.get("/people/1").text
    assert PHONE in console.get("/api/rules/catalogue").text


def test_why_a_rule_holds_shows_no_phone(console: Console, leaky: int) -> None:
    body = {**_rule("set", None), "person": "1"}
    answer = console.http.post("/api/rules/explain", json=body, headers=console.key("operator"))
    assert answer.status_code == 200
    assert PHONE not in answer.text


ASKED = [
    _rule("contains", "1391"),
    _rule("contains_not", "391"),
    _rule("starts_with", "call 139"),
    _rule("is", f"call {PHONE}"),
    _rule("one_of", ["x", f"call {PHONE}"]),
    _rule("contains", "wang@"),
    _rule("gte", 13_900_000_000, "attributes.mobile"),
    _rule("contains", "139", "name"),
]


@pytest.mark.parametrize("body", ASKED, ids=[f"{each['rule']['rules'][0]['op']}" for each in ASKED])
def test_a_count_does_not_give_a_phone_away(console: Console, leaky: int, body: dict[str, Any]) -> None:
    answer = console.http.post("/api/rules/count", json=body, headers=console.key("operator"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "asks_for_phones")
    assert console.http.post("/api/rules/count", json=body, headers=console.key("owner")).status_code == 200


@pytest.mark.parametrize(
    "body", [_rule("contains", "油皮"), _rule("is", "oily"), _rule("gte", 500, "attributes.mobile")]
)
def test_other_questions_are_answered(console: Console, leaky: int, body: dict[str, Any]) -> None:
    assert console.http.post("/api/rules/count", json=body, headers=console.key("operator")).status_code == 200


def test_the_editor_refuses_such_a_rule_at_its_form(console: Console, leaky: int) -> None:
    console.sign_in("operator")
    form = {"name": "x", "kind": "live", "refresh": "60", "rule": json.dumps(_rule("contains", "1391")["rule"])}
    assert "完整手机号" in console.post("/audiences", form).text


def test_a_masked_name_is_not_saved_over_the_name(console: Console, stores: Stores, leaky: int) -> None:
    console.sign_in("operator")
    console.post("/people/1/edit", {"name": "王芳 139****5678", "city": "北京", "attributes": "note: call 139****5678"})
    console.sign_in("owner")
    shown = console.get("/people/1").text
    assert f"王芳 {PHONE}" in shown
    assert "北京" in shown


@pytest.mark.parametrize("path", ["/people?q={}", "/search/hits?q={}", "/api/people?q={}"])
def test_digits_inside_a_name_are_not_found_by_who_may_not_see_them(console: Console, leaky: int, path: str) -> None:
    """Else a phone in a name is asked out digit by digit."""
    console.sign_in("operator")
    assert "王芳" not in console.get(path.format("5678")).text
    assert "王芳" in console.get(path.format("王芳")).text
    assert "王芳" in console.get(path.format("13800138000")).text  # a whole phone of theirs is an identifier
    console.sign_in("owner")
    assert "王芳" in console.get(path.format("5678")).text


def test_the_events_behind_a_number_do_not_give_a_phone_away(console: Console, stores: Stores) -> None:
    order = Happened(1, "order_paid", 3, Decimal("10.50"), order=PHONE, properties={"mobile": PHONE, "n": int(PHONE)})
    store(stores.events, [order], prefix=f"{PHONE}-")
    body = {"report": "core", "cell": "orders", "parameters": {}}
    for role, shown in (("operator", False), ("owner", True)):
        answer = console.http.post("/api/trace/events", json=body, headers=console.key(role))
        assert answer.status_code == 200
        assert len(answer.json()["items"]) == 1
        assert (PHONE in answer.text) is shown
        console.sign_in(role)
        assert (PHONE in _words(console.get("/insight/trace?cell=orders&show=events&period=all").text)) is shown


def _words(html: str) -> str:
    """What is read on a page: without the addresses."""
    return re.sub(r'href="[^"]*"', "", html)


@pytest.fixture
def talking(stores: Stores) -> str:
    """A journey whose texts hold a phone; its address."""
    greet = {"type": "task", "id": "greet", "title": f"回电 {PHONE}", "script": f"请拨 {PHONE}", "minutes": 60}
    hello = {"type": "message", "id": "hello", "content": {"sms": {"text": f"有事请拨 {PHONE}"}}, "next": "greet"}
    document = {"name": "旅程", "trigger": {"type": "by_hand"}, "start": "hello", "nodes": [hello, greet]}
    return f"/journeys/{drafts.create(stores, 'staff:1', parse(document | {'note': PHONE}))}"


OF_A_JOURNEY = ("", "/export", "/export?kind=json", "/compare?old=0&new=0")


@pytest.mark.parametrize("path", [*OF_A_JOURNEY, "api", "api/text"])
def test_who_only_reads_journeys_sees_no_phone_in_their_texts(console: Console, talking: str, path: str) -> None:
    console.sign_in("analyst")
    answer = console.get(path.replace("api", f"/api{talking}") if path.startswith("api") else talking + path)
    assert answer.status_code == 200
    assert PHONE not in answer.text
    assert "139****5678" in answer.text


@pytest.mark.parametrize("path", [*OF_A_JOURNEY, "/edit"])
def test_who_writes_journeys_sees_what_is_written(console: Console, talking: str, path: str) -> None:
    console.sign_in("operator")
    assert PHONE in console.get(talking + path).text


@pytest.mark.parametrize("role", ["analyst", "operator"])
def test_who_only_reads_broadcasts_sees_no_phone_in_their_texts(console: Console, stores: Stores, role: str) -> None:
    channels = channels_of(stores)
    made = {"url": "http://127.0.0.1:9/hook"}
    account, _ = open_account(stores, channels, channel="webhook", name="回调", settings=made)
    audience = create(stores, "staff:1", "所有人", parse_rule({"type": "all", "rules": []}))
    content = {"webhook": {"text": f"有事请拨 {PHONE}"}}
    number = draft_broadcast(
        stores, channels, "staff:1", Draft("提醒", audience, [account], content, "marketing", "useful")
    )
    channels.close()
    console.sign_in(role)
    for path in (f"/broadcasts/{number}", f"/api/broadcasts/{number}", "/api/broadcasts"):
        text = console.get(path).text
        assert (PHONE in text, "139****5678" in text) == (role == "operator", role == "analyst"), path
