"""People by JSON."""

from __future__ import annotations

from typing import Any

import pytest

from siyu.people.projection import project_all
from tests.people.calls import drained, track
from tests.people.test_identity import resolved
from tests.web.conftest import Console


@pytest.fixture
def shop(console: Console) -> Console:
    traits = {"name": "王丽", "phone": "13800138000"}
    drained(
        console.stores,
        {"type": "identify", "userId": "wang", "traits": traits},
        track("wang", "Order Completed", properties={"order_id": "1", "total": 60}),
        track("li", "x"),
    )
    project_all(console.stores)
    return console


def call(shop: Console, method: str, url: str, body: Any = None, role: str = "owner") -> tuple[int, Any]:
    answer = shop.http.request(method, url, json=body, headers=shop.key(role))
    return answer.status_code, answer.json()


def test_the_list_is_paged_and_filtered(shop: Console) -> None:
    status, page = call(shop, "GET", "/api/people?limit=1&sort=spent")
    assert (status, page["items"][0]["name"], page["items"][0]["spent"]) == (200, "王丽", "60.0000")
    _, rest = call(shop, "GET", f"/api/people?limit=1&sort=spent&cursor={page['next']}")
    assert ([row["person"] for row in rest["items"]], rest["next"]) == ([2], None)
    assert call(shop, "GET", "/api/people?q=nobody")[1] == {"items": [], "next": None}
    assert call(shop, "GET", "/api/people?cursor=x")[0] == 400


def test_one_person_with_phone_masked_by_role(shop: Console) -> None:
    _, person = call(shop, "GET", "/api/people/1", role="operator")
    assert person["business"]["orders"] == 1
    assert {"kind": "phone", "value": "138****8000"}.items() <= person["identifiers"][1].items()
    assert call(shop, "GET", "/api/people/1")[1]["identifiers"][1]["value"] == "+8613800138000"
    assert call(shop, "GET", "/api/people/9")[0] == 404


def test_the_timeline(shop: Console) -> None:
    _, page = call(shop, "GET", "/api/people/1/timeline?name=order_paid")
    assert [(entry["zh"], entry["amount"]) for entry in page["items"]] == [("下单付款", "60.0000")]


def test_profile_tags_and_consent(shop: Console) -> None:
    assert call(shop, "PATCH", "/api/people/1", {"traits": {"city": "杭州"}})[1]["changed"] == ["city"]
    assert call(shop, "PATCH", "/api/people/1", {"traits": {"birthday": "soon"}})[0] == 400
    group = call(shop, "POST", "/api/tags/groups", {"name": "肤质"})[1]["id"]
    tag = call(shop, "POST", "/api/tags", {"group": group, "name": "干性"})[1]["id"]
    assert call(shop, "POST", "/api/people/1/tags", {"tag": tag})[0] == 201
    assert call(shop, "GET", "/api/tags")[1][0]["people"] == 1
    assert call(shop, "DELETE", f"/api/people/1/tags/{tag}")[0] == 200
    statement = {"purpose": "marketing", "channel": "email", "given": True}
    assert call(shop, "POST", "/api/people/1/consents", statement)[1][0]["given"] is True
    assert call(shop, "POST", "/api/people/1/consents", {**statement, "channel": "pigeon"})[0] == 400
    assert len(call(shop, "GET", "/api/people/1/consents/log")[1]) == 1


def test_merging_and_undoing(shop: Console) -> None:
    assert call(shop, "POST", "/api/people/1/merge", {"other": 2})[1] == {"persons": [1]}
    assert call(shop, "GET", "/api/people/2")[1]["person"] == 1
    assert call(shop, "POST", "/api/merges/1/undo")[1] == {"persons": [1, 2]}


def test_conflicts_are_listed_and_settled(shop: Console) -> None:
    resolved(shop.stores, "user_id=a phone=1", "member_card=c phone=2")
    resolved(shop.stores, "user_id=a member_card=c")
    (item,) = call(shop, "GET", "/api/conflicts")[1]["items"]
    assert item["reason"] == "phone"
    assert call(shop, "POST", f"/api/conflicts/{item['id']}/settle", {"decision": "keep_apart"})[0] == 201
    assert call(shop, "GET", "/api/conflicts")[1]["items"] == []


def test_who_holds_an_identifier(shop: Console) -> None:
    asked = {"kind": "phone", "value": "138 0013 8000"}
    assert call(shop, "POST", "/api/people/find", asked)[1] == {"persons": [1]}


@pytest.mark.parametrize("role", ["analyst", "agent"])
def test_erasing_needs_the_permission(shop: Console, role: str) -> None:
    assert call(shop, "POST", "/api/people/1/erase", role=role)[0] == 403
    assert call(shop, "POST", "/api/people/1/erase")[1] == {"job": 1}


def test_the_best_hour_of_a_person_is_told(shop: Console) -> None:
    status, told = call(shop, "GET", "/api/people/1/best-hour")
    assert (status, told["person"], told["zone"], len(told["week"])) == (200, 1, "Asia/Shanghai", 168)
    assert call(shop, "GET", "/api/people/99/best-hour")[0] == 404
