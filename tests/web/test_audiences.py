"""Audiences and layers, over the API and on the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from siyu.audiences import actions, catalogue, layers
from siyu.audiences.model import parse
from siyu.storage import Stores
from tests.audiences.shop import add_people, happened, settle
from tests.web.conftest import Console

BOUGHT: dict[str, Any] = {"type": "did", "event": "order_paid"}


@pytest.fixture
def shop(stores: Stores) -> list[int]:
    """Three people, the first of whom bought."""
    catalogue.forget(stores)
    found = add_people(stores, 3)
    happened(stores, found[0])
    return found


def test_a_rule_is_counted_said_and_explained(console: Console, shop: list[int]) -> None:
    key = console.key("analyst")

    def ask(what: str, **body: Any) -> Any:
        return console.http.post(f"/api/rules/{what}", json={"rule": BOUGHT, **body}, headers=key)

    assert ask("count").json() == {"people": 1, "approximate": False}
    assert ask("sentence").json() == {"zh": "做过下单付款", "en": "did: paid an order"}
    assert ask("explain", person=str(shop[1])).json()["holds"] is False
    assert ask("validate").json() == {"valid": True, "rule": BOUGHT}


def test_a_bad_rule_is_answered_with_the_path(console: Console) -> None:
    rule = {"type": "all", "rules": [{"type": "did", "event": ""}]}

    told = console.http.post("/api/rules/count", json={"rule": rule}, headers=console.key())

    assert told.status_code == 400
    assert "$.rules[0].event" in told.text


def test_an_audience_is_made_read_changed_and_put_away(console: Console, shop: list[int]) -> None:
    key = console.key()
    made = console.http.post("/api/audiences", json={"name": "买过的", "rule": BOUGHT}, headers=key).json()
    url = f"/api/audiences/{made['id']}"

    assert console.http.get(f"{url}/members", headers=key).json() == {"people": 1, "members": [shop[0]], "next": None}
    changed = {"name": "所有人", "rule": {"type": "all", "rules": []}, "version": 1}
    assert console.http.put(url, json=changed, headers=key).json()["version"] == 2
    assert console.http.put(url, json=changed | {"rule": BOUGHT}, headers=key).status_code == 409
    assert console.http.post(f"{url}/archive", headers=key).status_code == 204
    assert console.http.get("/api/audiences", headers=key).json() == []


def test_members_in_pages_over_the_api_and_on_the_page(console: Console, shop: list[int]) -> None:
    key = console.key()
    asked = {"name": "所有人", "rule": {"type": "all", "rules": []}}
    url = f"/api/audiences/{console.http.post('/api/audiences', json=asked, headers=key).json()['id']}/members"
    first = console.http.get(f"{url}?limit=1", headers=key).json()
    rest = console.http.get(f"{url}?limit={len(shop)}&cursor={first['next']}", headers=key).json()
    assert [*first["members"], *rest["members"]] == sorted(shop)
    assert rest["next"] is None
    assert console.http.get(f"{url}?cursor=nonsense", headers=key).status_code == 400


def test_the_form_is_offered_what_was_seen(console: Console, shop: list[int]) -> None:
    offered = console.http.get("/api/rules/catalogue", headers=console.key()).json()

    assert [each["key"] for each in offered["events"]] == ["order_paid"]
    assert {"is", "gte", "date_in_last"} <= {each["key"] for each in offered["operators"]}


def test_an_audience_is_made_on_its_page(signed_in: Callable[..., Console], shop: list[int]) -> None:
    console = signed_in("operator")

    answer = console.post("/audiences", {"name": "买过的", "rule": json.dumps(BOUGHT), "refresh_minutes": "60"})

    assert answer.status_code in (302, 303)
    page = console.get(answer.headers["location"]).text
    assert "做过下单付款" in page
    assert f"/why/{shop[0]}" in page


def test_a_wrong_rule_keeps_what_was_typed(signed_in: Callable[..., Console]) -> None:
    answer = signed_in().post("/audiences", {"name": "名字", "rule": '{"type": "did"}', "refresh_minutes": "60"})

    assert answer.status_code == 422
    assert "名字" in answer.text


def test_one_reads_why_somebody_is_in(signed_in: Callable[..., Console], stores: Stores, shop: list[int]) -> None:
    number = actions.create(stores, "staff:1", "买过的", parse(BOUGHT))

    page = signed_in().get(f"/audiences/{number}/why/{shop[0]}").text

    assert "在这个人群里" in page
    assert "下单付款" in page


def test_layers_are_shown_and_their_limits_changed(
    signed_in: Callable[..., Console], stores: Stores, shop: list[int]
) -> None:
    layers.compute(stores, "lifecycle")
    settle(stores)
    console = signed_in()

    assert "生命周期" in console.get("/layers").text
    wrong = {"new_days": "30", "loyal_orders": "4", "sleeping_days": "300", "lost_days": "180", "enabled": "1"}
    assert console.post("/layers/lifecycle", wrong).status_code == 422
    console.post("/layers/lifecycle", wrong | {"sleeping_days": "60"})
    with stores.ledger.read() as conn:
        assert layers.scheme(conn, "lifecycle").values["sleeping_days"] == 60


def test_a_scheme_of_ones_own_is_made_previewed_edited_removed_and_brought_back(
    signed_in: Callable[..., Console], stores: Stores, shop: list[int]
) -> None:
    number = actions.create(stores, "staff:1", "买过的", parse(BOUGHT))
    form = {
        "zh": "我的分层",
        "en": "",
        "layer_key": ["", "", ""],
        "layer_zh": ["买过", "其余", ""],
        "layer_en": ["", "", ""],
        "layer_who": [str(number), "everybody", ""],
        "layer_rule": ["", "", ""],
    }
    console = signed_in()

    assert "买过" in console.post("/layers/preview", form).text
    assert console.post("/layers", form).headers["location"] == "/layers#own_1"
    assert 'value="其余"' in console.get("/layers/own_1/edit").text
    wrong = console.post("/layers/own_1/own", form | {"layer_who": ["", "", ""]})
    assert wrong.status_code == 422
    assert "请为「买过」选择一个人群" in wrong.text
    console.post("/layers/own_1/own", form | {"zh": "改过的", "layer_key": ["layer_1", "layer_2", ""]})
    assert "改过的" in console.get("/layers").text
    assert console.post("/layers/own_1/remove").status_code == 303
    assert "改过的" not in console.get("/layers").text
    console.post("/layers/own_1/restore")
    assert "改过的" in console.get("/layers").text


def test_layers_over_the_api(console: Console, stores: Stores, shop: list[int]) -> None:
    owner = console.key()
    layer = {"key": "bought", "zh": "买过", "rule": BOUGHT}
    scheme = {"zh": "我的", "layers": [layer]}

    seen = console.http.post("/api/layers/preview", json=scheme, headers=owner).json()
    assert seen == {"layers": {"bought": 1}, "none": 2}
    made = console.http.post("/api/layers", json=scheme, headers=owner)
    assert (made.status_code, made.json()["key"], made.json()["layers"][0]["rule"]) == (201, "own_1", BOUGHT)
    assert console.http.post("/api/layers/own_1/compute", headers=owner).json()["job"] > 0
    limits = console.http.post("/api/layers/spending/preview", json={"values": {"high_amount": 6000}}, headers=owner)
    assert sum(limits.json()["layers"].values()) + limits.json()["none"] == len(shop)
    assert console.http.delete("/api/layers/own_1", headers=owner).status_code == 204
    assert console.http.post("/api/layers/own_1/restore", headers=owner).json()["own"] is True
    refused = console.http.post("/api/layers", json={"zh": "我的", "layers": [layer | {"rule": {}}]}, headers=owner)
    assert refused.json()["error"]["field"].startswith("$.layers[0].rule")
    assert console.http.post("/api/layers", json=scheme, headers=console.key("analyst")).status_code == 403


def test_an_archived_audience_comes_back_over_the_api(console: Console, stores: Stores, shop: list[int]) -> None:
    number = actions.create(stores, "staff:1", "买过的", parse(BOUGHT))
    owner = console.key()
    assert console.http.post(f"/api/audiences/{number}/refresh", headers=owner).json()["joined"] == 0
    console.http.post(f"/api/audiences/{number}/archive", headers=owner)
    assert console.http.post(f"/api/audiences/{number}/restore", headers=owner).status_code == 204
    assert console.http.get(f"/api/audiences/{number}", headers=owner).json()["archived"] is False


def test_who_may_not_change_audiences_is_refused(console: Console) -> None:
    answer = console.http.post("/api/audiences", json={"name": "x", "rule": BOUGHT}, headers=console.key("analyst"))

    assert answer.status_code == 403
