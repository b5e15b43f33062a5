"""Broadcasts, accounts, guard and messages through the console and the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from siyu.audiences import actions as audiences
from siyu.channels import channels_of
from siyu.channels.fake import FakeChannel
from siyu.jobs import run_due
from siyu.people import projection
from siyu.people.actions import mark_changed
from siyu.reach import tasks  # its jobs
from siyu.reach.delivery import Deliverer
from siyu.reach.links import links_of
from siyu.storage import Stores
from tests.channels.receiver import receiving
from tests.reach.world import World

JOBS = tasks.INTEND_JOB


@pytest.fixture
def shop(stores: Stores) -> World:
    """Three people who agreed, two who did not, in an audience of everybody."""
    world = World(stores, [])
    world.add(3, name="王小雨")
    world.add(2, consent=None)
    with stores.ledger.write() as conn:
        mark_changed(conn, world.clock.now(), world.persons)
    projection.project_all(stores)
    audiences.create(stores, "test", "全部", audiences.parse_rule({"type": "all", "rules": []}))
    return world


def drafted(console: Any, url: str, **changes: Any) -> tuple[int, dict[str, str]]:
    """An account and a draft made through the API; the draft's number, and the headers to go on with."""
    key = console.key()
    account = console.http.post(
        "/api/accounts", json={"channel": "webhook", "name": "网关", "settings": {"url": url}}, headers=key
    )
    assert account.status_code == 201
    body = {
        "name": "新品",
        "audience": 1,
        "channels": [account.json()["id"]],
        "content": {"webhook": {"text": "{{ person.name }}好"}},
        "holdout_percent": 0,
    }
    answer = console.http.post("/api/broadcasts", json=body | changes, headers=key)
    assert answer.status_code == 201
    return answer.json()["id"], key


def test_a_broadcast_goes_from_draft_to_why_through_the_api(console: Any, shop: World) -> None:
    with receiving() as receiver:
        number, key = drafted(console, receiver.url)
        count = console.http.get(f"/api/broadcasts/{number}/count", headers=key).json()
        assert (count["audience"], count["will_reach"], count["will_hold"]) == (5, 3, 2)
        assert [(each["reason"], each["people"]) for each in count["held"]] == [("consent", 2)]
        assert console.http.post(f"/api/broadcasts/{number}/start", headers=key).json()["state"] == "scheduled"
        run_due(shop.stores)
        channels = channels_of()
        deliverer = Deliverer(shop.stores, channels, machine_clock=shop.clock)
        deliverer.tick()
        deliverer.stop()
        channels.close()
    progress = console.http.get(f"/api/broadcasts/{number}/progress", headers=key).json()
    assert (progress["state"], progress["audience"], progress["pending"]) == ("done", 5, 0)
    sent = console.http.get(f"/api/messages?broadcast={number}&state=accepted", headers=key).json()["items"]
    assert len(sent) == 3
    told = console.http.get(f"/api/messages/{receiver.delivery_ids[0]}/why", headers=key).json()
    assert told["attempts"][0]["content"]["parts"]["text"] == "王小雨好"
    assert told["audience"]["zh"] == "全部客户"


def test_every_page_of_the_room_opens(signed_in: Callable[..., Any], shop: World) -> None:
    console = signed_in()
    number, _ = drafted(console, "http://127.0.0.1:9/")
    pages = ["/broadcasts", "/broadcasts/new?audience=1", f"/broadcasts/{number}", f"/broadcasts/{number}/edit"]
    pages += [f"/broadcasts/{number}/count", f"/broadcasts/{number}/progress", "/guard", "/messages"]
    pages += ["/settings/accounts", "/settings/accounts/1", "/settings/accounts/new/email", "/settings/accounts/1/edit"]
    assert {url: answer.status_code for url in pages if (answer := console.get(url)).status_code != 200} == {}


def test_what_will_happen_is_said_before_the_button(signed_in: Callable[..., Any], shop: World) -> None:
    console = signed_in()
    number, _ = drafted(console, "http://127.0.0.1:9/")
    text = console.get(f"/broadcasts/{number}/count").text
    assert "将发送给" in text
    assert "没有对该渠道的有效同意" in text


def test_the_preview_shows_a_real_person(signed_in: Callable[..., Any], shop: World) -> None:
    console = signed_in()
    drafted(console, "http://127.0.0.1:9/")
    form = {
        "name": "x",
        "audience": "1",
        "account_1": "1",
        "content.webhook.text": "{{ person.name }}好",
        "preview_person": "1",
    }
    assert "王小雨好" in console.post("/broadcasts/preview", form).text
    assert "没有" not in console.post("/broadcasts/preview", form).text
    wrong = console.post("/broadcasts/preview", form | {"content.webhook.text": "{{ person.name"})
    assert wrong.status_code == 200


def test_a_secret_is_not_in_any_later_answer(console: Any, stores: Stores) -> None:
    key = console.key()
    body = {"channel": "webhook", "name": "网关", "settings": {"url": "http://127.0.0.1:9/"}}
    made = console.http.post("/api/accounts", json=body, headers=key).json()
    assert made["secrets"]["secret"].startswith("whsec_")
    assert made["secrets"]["secret"] not in console.http.get("/api/accounts", headers=key).text


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", "/api/accounts", {"channel": "fax", "name": "x"}),
        ("POST", "/api/accounts", {"channel": "webhook", "name": "x", "settings": {"url": "http://169.254.169.254/"}}),
        ("POST", "/api/broadcasts", {"name": "", "audience": 1}),
        ("POST", "/api/broadcasts", {"name": "x", "audience": 1, "holdout_percent": 90}),
        ("POST", "/api/broadcasts", {"name": "x", "audience": 1, "priority": 101}),
        ("POST", "/api/broadcasts", {"name": "x", "audience": 1, "channels": [77]}),
        ("POST", "/api/broadcasts", {"name": "x", "audience": 1, "starts": "2026-01-01T00:00:00"}),
        ("PUT", "/api/guard/consent", {"enabled": False}),
        ("PUT", "/api/guard/cap", {"settings": {"messages": "many"}}),
        ("POST", "/api/broadcasts/999/start", None),
        ("GET", "/api/messages/nonsense/why", None),
    ],
)
def test_bad_input_is_a_clear_4xx(console: Any, stores: Stores, method: str, url: str, body: Any) -> None:
    answer = console.http.request(method, url, json=body, headers=console.key())
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["zh"]


@pytest.mark.parametrize(("given", "kept"), [("80", 80), ("0", 0), ("", 50)])
def test_the_form_keeps_the_priority_and_an_empty_one_is_the_usual(
    signed_in: Callable[..., Any], shop: World, given: str, kept: int
) -> None:
    console = signed_in()
    number, key = drafted(console, "http://127.0.0.1:9/", priority=20)
    assert 'name="priority"' in console.get(f"/broadcasts/{number}/edit").text
    form = {"name": "x", "audience": "1", "account_1": "1", "content.webhook.text": "好", "priority": given}
    console.post(f"/broadcasts/{number}/edit", form)
    told = console.http.get(f"/api/broadcasts/{number}", headers=key).json()
    assert (told["draft"]["name"], told["draft"]["priority"]) == ("x", kept)


def test_a_broadcast_is_sent_by_those_who_may(console: Any, shop: World) -> None:
    number, _ = drafted(console, "http://127.0.0.1:9/")
    answer = console.http.post(f"/api/broadcasts/{number}/start", headers=console.key("adviser"))
    assert answer.status_code == 403


def test_one_tap_unsubscribes_without_a_sign_in(console: Any, stores: Stores) -> None:
    world = World(stores, [FakeChannel("webhook")])
    world.add()
    broadcast = world.started()
    url = links_of(stores.home, "http://siyu.test").unsubscribe(world.message(broadcast, 1).id) or ""
    path = url.removeprefix("http://siyu.test")
    assert "退订" in console.get(path).text
    assert "已退订" in console.http.post(path).text  # as mail programs do it, without a cookie or an origin
    assert world.states(world.started()) == {("held", "consent"): 1}
    assert console.get("/u/made-up").status_code == 404


def test_the_page_is_shown_anew_when_the_broadcast_has_come_further(signed_in: Callable[..., Any], shop: World) -> None:
    console = signed_in()
    number, _ = drafted(console, "http://127.0.0.1:9/")
    address = f"/broadcasts/{number}/progress?was="
    assert "HX-Refresh" not in console.get(f"{address}draft").headers
    assert console.get(f"{address}scheduled").headers["HX-Refresh"] == "true"


def test_what_it_added_is_shown_and_said(console: Any) -> None:
    world = World(console.stores)
    world.add(40)
    broadcast = world.started(holdout_percent=50)
    console.sign_in()
    text = console.get(f"/broadcasts/{broadcast}/effect?days=3").text
    assert "发送组" in text
    assert "看不出群发带来了购买" in text
    assert 'aria-current="true"' in text
    assert console.get(f"/broadcasts/{broadcast}/effect?days=never").status_code == 200
    answer = console.http.get(f"/api/broadcasts/{broadcast}/effect?days=3", headers=console.key()).json()
    assert (answer["days"], answer["bought"]["difference"]) == (3, 0.0)


def test_before_it_begins_there_is_no_effect_to_show(console: Any, shop: World) -> None:
    number, key = drafted(console, "https://shop.example/hook")
    answer = console.http.get(f"/api/broadcasts/{number}/effect", headers=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "broadcast_not_begun")
