"""Reviews and limits of campaigns in the console, over the API and on the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from siyu.growth.campaigns import clock
from siyu.growth.campaigns.model import Campaign
from siyu.growth.cheating import reviewing
from siyu.growth.cheating.model import Limits
from siyu.growth.cheating.scoring import score_campaign
from siyu.storage import ManualClock, Stores
from tests.growth.campaigns.playing import granted, play, some_people, started
from tests.web.conftest import Console, SignedIn


def suspected(stores: Stores) -> Campaign:
    """Somebody helped by five accounts on their own phone."""
    rules = {"helpers": 5, "title": "杯子", "hours": 0}
    campaign = started(stores, rules=rules)
    reviewing.set_limits(stores, "staff:1", campaign.id, Limits(wait_hours=24))
    boss, *accounts = some_people(stores, 6)
    opened = play(stores, campaign, boss, device="cheap")
    assert opened.effort is not None
    for each in accounts:
        play(stores, campaign, each, opened.effort.slug, device="cheap")
    score_campaign(stores, campaign.id)
    return campaign


def number_of(stores: Stores) -> int:
    (case,) = [each for each in reviewing.list_cases(stores) if each.waits]
    return case.id


def test_a_review_says_why_and_is_released(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    assert "没有待审核的人" in console.get("/reviews").text
    suspected(stores)
    assert "同样的设备上有 6 人为同一个发起参加" in console.get("/reviews").text
    number = number_of(stores)
    shown = console.get(f"/reviews/{number}").text
    assert "有 5 位助力者用的是发起人自己的设备" in shown
    assert "杯子" in shown
    assert console.post(f"/reviews/{number}/release", {"why": "一家人"}).status_code in (200, 303)
    assert reviewing.get_case(stores, number).stage == "released"
    assert "一家人" in console.get(f"/reviews/{number}").text
    person = console.get(f"/people/{reviewing.get_case(stores, number).person}").text
    assert f'href="/reviews/{number}"' in person


def test_a_review_is_dropped_and_the_page_says_what_that_saved(stores: Stores, signed_in: SignedIn) -> None:
    console = signed_in("owner")
    suspected(stores)
    console.post(f"/reviews/{number_of(stores)}/drop", {"why": "一机多号"})
    assert [stage for _, _, stage in granted(stores)] == ["dropped"]
    assert "1 份" in console.get("/reviews?stage=dropped").text


def test_limits_are_set_on_their_page_and_what_does_not_fit_is_said_at_its_field(
    stores: Stores, signed_in: SignedIn
) -> None:
    console = signed_in("owner")
    campaign = started(stores)
    form = {
        "device_people": "3",
        "address_people": "100",
        "account_people": "1",
        "person_helps": "9",
        "review_from": "70",
        "wait_hours": "48",
        "money_wait_hours": "72",
    }
    assert "每台设备最多人数" in console.get(f"/campaigns/{campaign.id}/limits").text
    console.post(f"/campaigns/{campaign.id}/limits", form)
    wanted = Limits(
        device_people=3,
        address_people=100,
        account_people=1,
        person_helps=9,
        review_from=70,
        wait_hours=48,
        money_wait_hours=72,
    )
    assert reviewing.get_limits(stores, campaign.id) == wanted
    refused = console.post(f"/campaigns/{campaign.id}/limits", form | {"review_from": "0"})
    assert refused.status_code == 422
    assert reviewing.get_limits(stores, campaign.id) == wanted


def test_rewards_let_go_by_themselves_only_after_they_waited(stores: Stores) -> None:
    campaign = started(stores, rules={"helpers": 1, "title": "杯子", "hours": 0})
    reviewing.set_limits(stores, "staff:1", campaign.id, Limits(wait_hours=24))
    starter, friend = some_people(stores, 2)
    opened = play(stores, campaign, starter)
    assert opened.effort is not None
    play(stores, campaign, friend, opened.effort.slug)
    assert [stage for _, _, stage in granted(stores)] == ["held"]
    assert isinstance(stores.clock, ManualClock)
    stores.clock.advance(timedelta(hours=25))
    clock.tick(stores)
    assert [stage for _, _, stage in granted(stores)] == ["granted"]


def test_the_api_tells_decides_and_sets_limits(stores: Stores, console: Console) -> None:
    key = console.key("owner")

    def call(method: str, path: str, body: Any = None) -> Any:
        return console.http.request(method, path, headers=key, json=body)

    campaign = suspected(stores)
    number = number_of(stores)
    page = call("GET", "/api/reviews").json()
    assert {each["stage"] for each in page["reviews"]} == {"open"}
    found = call("GET", f"/api/reviews/{number}").json()
    assert found["waits"] == {"pieces": 1}
    assert {each["key"] for each in found["reasons"]} >= {"shared_device", "own_helpers"}
    assert call("POST", f"/api/reviews/{number}/drop", {"why": "x"}).json()["stage"] == "dropped"
    assert call("GET", "/api/reviews/figures").json()["saved"] == {"pieces": 1}
    assert call("POST", f"/api/reviews/{number}/release", {}).json()["stage"] == "released"
    assert call("GET", "/api/reviews/999").status_code == 404
    path = f"/api/campaigns/{campaign.id}/limits"
    assert call("PUT", path, {"device_people": 2}).json()["device_people"] == 2
    assert call("GET", path).json()["wait_hours"] == 24
    assert call("PUT", path, {"review_from": 0}).status_code == 400


def test_an_app_says_on_which_device_somebody_acts(stores: Stores, console: Console) -> None:
    key = console.key("owner")
    campaign = started(stores, rules={"helpers": 5, "title": "杯子", "hours": 0})
    reviewing.set_limits(stores, "staff:1", campaign.id, Limits(device_people=1))
    path = f"/api/campaigns/{campaign.id}/efforts"
    starter, friend = some_people(stores, 2)
    opened = console.http.post(
        path, headers=key, json={"person": starter, "once": "open-0001", "device": "d", "address": "203.0.113.9"}
    ).json()
    act = {"person": friend, "once": "help-0001", "device": "d"}
    told = console.http.post(f"{path}/{opened['effort']['slug']}", headers=key, json=act).json()
    assert (told["state"], told["said"]) == ("refused", "limit_device")
