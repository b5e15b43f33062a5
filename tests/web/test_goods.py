"""The catalogue in the console, over the API and on the command line."""

from __future__ import annotations

from siyu.commerce.goods import keeping
from siyu.staff import audit
from siyu.storage import Stores
from tests.web.conftest import SignedIn

FORM = {"key": "S1", "name": "面霜", "category": "护肤", "price": "99.90", "cycle_days": "45", "on_sale": "1"}


def test_a_product_is_made_changed_and_taken_back_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有商品" in console.get("/goods").text
    made = console.post("/goods/new", FORM)
    (good,) = keeping.list_goods(stores)
    assert (made.status_code, made.headers["location"], good.cents) == (303, f"/goods/{good.id}", 9_990)
    assert "面霜" in console.get("/goods?q=s1").text
    changed = console.post(f"/goods/{good.id}/edit", {**FORM, "name": "修护面霜"})
    assert changed.status_code == 303
    shown = console.get(f"/goods/{good.id}").text
    assert "修护面霜" in shown
    (change,) = keeping.changes_of(stores, good.id)
    assert console.post(f"/goods/{good.id}/undo/{change.id}", {}).status_code == 303
    assert keeping.get_good(stores, good.id).name == "面霜"
    assert {row.action for row in audit.entries(stores.ledger)} >= {"good_added", "good_changed", "good_change_undone"}


def test_what_is_wrong_is_said_at_its_field(signed_in: SignedIn) -> None:
    console = signed_in("operator")
    answer = console.post("/goods/new", {**FORM, "url": "javascript:alert(1)"})
    assert answer.status_code == 422
    assert "https://" in answer.text
    assert "面霜" in answer.text, "what was written stays"


def test_who_may_not_write_sees_no_button_and_is_refused(signed_in: SignedIn) -> None:
    console = signed_in("analyst")
    assert "/goods/new" not in console.get("/goods").text
    assert console.post("/goods/new", FORM).status_code == 403


def test_a_file_is_taken_in_on_its_page(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    text = b"sku,name,price\nS1,Cream,9.90\nS2,Water,x\n"
    answer = console.http.post(
        "/goods/import", files={"file": ("goods.csv", text)}, headers={"sec-fetch-site": "same-origin"}
    )
    assert answer.status_code == 200
    assert [good.key for good in keeping.list_goods(stores)] == ["S1"]


def test_a_batch_over_the_api_is_taken_once_and_says_what_it_kept(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    body = {"goods": [{"key": "S1", "name": "面霜", "cents": 9_900}, {"key": "S2"}]}
    key = console.key("operator")
    assert console.http.put("/api/goods", json=body, headers=key).json() == {
        "added": 2,
        "changed": 0,
        "same": 0,
        "kept": {},
    }
    good = next(each for each in keeping.list_goods(stores) if each.key == "S1")
    changed = console.http.patch(f"/api/goods/{good.id}", json={"name": "修护面霜"}, headers=key)
    assert changed.json()["hand"] == ["name"]
    assert console.http.put("/api/goods", json=body, headers=key).json() == {
        "added": 0,
        "changed": 0,
        "same": 2,
        "kept": {"S1": ["name"]},
    }
    assert console.http.get(f"/api/goods/{good.id}/cycle", headers=key).json()["enough"] is False
    assert console.http.get(f"/api/goods/{good.id}/sold", headers=key).json()["people"] == 0
