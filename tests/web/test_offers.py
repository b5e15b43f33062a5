"""Offers in the console and over the API."""

from __future__ import annotations

from siyu.commerce.goods import keeping as catalogue
from siyu.commerce.offers import keeping
from siyu.storage import Stores
from tests.web.conftest import SignedIn


def test_an_offer_is_made_asked_for_paused_and_ended_on_its_pages(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有优惠" in console.get("/offers").text
    good = catalogue.add_good(stores, "staff:1", "S1", {"name": "面霜", "cents": 10_000}).id
    form = {
        "name": "周五直播价",
        "kind": "price",
        "good": str(good),
        "price": "89",
        "to": "live",
        "whom": "周五",
        "stock": "200",
    }
    made = console.post("/offers/new", form)
    (offer,) = keeping.list_offers(stores)
    path = f"/offers/{offer.id}"
    assert (made.status_code, made.headers["location"], offer.cents, offer.stock) == (303, path, 8_900, 200)
    assert "周五直播价" in console.get("/offers").text
    assert console.post(f"{path}/edit", form | {"price": "85"}).status_code == 303
    assert console.post(f"{path}/pause").status_code == 303
    console.get("/offers")  # shows the toast
    assert "没有符合条件的结果" in console.get("/offers?stage=on").text
    console.post(f"{path}/resume")
    console.post(f"{path}/end")
    assert keeping.get_offer(stores, offer.id).stage == "ended"
    assert console.post("/offers/new", form | {"whom": ""}).status_code == 422
    assert signed_in("adviser").post("/offers/new", form).status_code == 403


def test_a_price_is_asked_over_the_api_and_on_the_page_with_its_reasons(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    key = console.key("operator")
    good = catalogue.add_good(stores, "staff:1", "S1", {"name": "面霜", "cents": 10_000}).id
    body = {"name": "公开价", "kind": "price", "good": good, "cents": 9_000, "to": "everybody"}
    one = console.http.post("/api/offers", json=body, headers=key).json()["id"]
    dear = console.http.post("/api/offers", json={**body, "name": "贵", "cents": 9_500}, headers=key).json()["id"]
    asked = console.http.post("/api/offers/best", json={"good": good}, headers=key).json()
    assert (asked["cents"], asked["public"], asked["offer"]["id"]) == (9_000, 10_000, one)
    assert [(each["offer"], each["why"]) for each in asked["others"]] == [(dear, "dearer")]
    assert console.http.post("/api/offers/best", json={"good": 99}, headers=key).status_code == 404
    assert "没有编号为 99 的客户" in console.get(f"/offers/{one}?person=99").text
