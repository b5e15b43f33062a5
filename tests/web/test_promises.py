"""Promises in the console and over the API."""

from __future__ import annotations

from datetime import timedelta

from siyu.storage import Stores
from tests.people.calls import drained, track
from tests.web.conftest import SignedIn


def test_a_promise_is_made_and_listed_on_its_pages_and_over_the_api(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("operator")
    assert "还没有承诺" in console.get("/promises").text
    drained(stores, track("u1", "page_viewed"))
    day = stores.clock.now() + timedelta(days=2)
    form = {"person": "1", "words": "补寄小样", "due": f"{day:%Y-%m-%d %H:%M}", "order": "A1"}
    assert console.post("/promises/new", form).status_code == 303
    assert "补寄小样" in console.get("/promises").text
    assert console.post("/promises/new", form | {"due": "2020-01-01 10:00"}).status_code == 422
    assert console.post("/promises/new", form | {"person": "99"}).status_code in (404, 422)
    key = console.key("operator")
    body = {"person": 1, "words": "回电话", "due": day.isoformat()}
    made = console.http.post("/api/promises", json=body, headers=key).json()
    assert made["state"] == "open"
    told = console.http.get("/api/promises?person=1", headers=key).json()["promises"]
    assert [each["words"] for each in told] == ["回电话", "补寄小样"]
    assert signed_in("analyst").get("/promises").status_code == 403
