"""Event webhooks through console and API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from siyu.hooks import queries
from siyu.storage import Stores
from tests.channels.receiver import Receiver, receiving
from tests.hooks.world import Shop
from tests.web.conftest import Console


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


@pytest.fixture
def shop(stores: Stores) -> Iterator[Shop]:
    shop = Shop(stores)
    yield shop
    shop.caller.close()


def made(console: Console, url: str, **more: Any) -> dict[str, Any]:
    answer = console.http.post("/api/hooks", headers=console.key(), json={"name": "ERP", "url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_the_whole_life_over_the_api(console: Console, shop: Shop, receiver: Receiver) -> None:
    key = console.key()
    hook = made(console, receiver.url, events=["cart_added"])
    assert hook["secret"].startswith("whsec_")
    at = f"/api/hooks/{hook['id']}"
    assert console.http.get(at, headers=key).json()["secret"] is None
    shop.happens("u-1", "cart_added")
    shop.send()
    page = console.http.get(f"{at}/deliveries?state=delivered", headers=key).json()
    (delivery,) = page["items"]
    detail = console.http.get(f"/api/hooks/deliveries/{delivery['id']}", headers=key).json()
    assert detail["body"] == receiver.calls[0].document
    assert detail["attempts"][0]["status"] == 204
    assert console.http.post(f"/api/hooks/deliveries/{delivery['id']}/resend", headers=key).status_code == 200
    shop.send()
    assert len(receiver.calls) == 2
    assert console.http.post(f"{at}/test", headers=key).json()["status"] == 204
    renewed = console.http.post(f"{at}/secret", headers=key).json()
    assert renewed["secret"] != hook["secret"]
    assert renewed["old_secret_until"]
    assert console.http.patch(at, headers=key, json={"events": ["*"]}).json()["events"] == ["*"]
    assert console.http.post(f"{at}/pause", headers=key).json()["state"] == "paused"
    assert console.http.post(f"{at}/enable", headers=key).json()["state"] == "active"
    replay = console.http.post(f"{at}/replay", headers=key, json={"since": "2020-01-01T00:00:00Z"})
    assert replay.status_code == 200
    assert console.http.delete(at, headers=key).status_code == 204
    assert console.http.get(at, headers=key).status_code == 404


def test_the_log_is_paged_and_searched(console: Console, shop: Shop, receiver: Receiver) -> None:
    key = console.key()
    hook = made(console, receiver.url)
    shop.happens("u-1", *"abcde")
    shop.send()
    at = f"/api/hooks/{hook['id']}/deliveries"
    first = console.http.get(f"{at}?limit=3", headers=key).json()
    rest = console.http.get(f"{at}?limit=3&cursor={first['next']}", headers=key).json()
    assert [each["name"] for each in first["items"] + rest["items"]] == list("edcba")
    assert rest["next"] is None
    event = rest["items"][0]["event"]
    assert [each["event"] for each in console.http.get(f"{at}?q={event}", headers=key).json()["items"]] == [event]
    assert len(console.http.get(f"{at}?q=204", headers=key).json()["items"]) == 5
    assert console.http.get(f"{at}?name=c", headers=key).json()["items"][0]["name"] == "c"


def test_only_administrators_may_subscribe(console: Console, receiver: Receiver) -> None:
    for role in ("operator", "adviser", "agent", "analyst"):
        answer = console.http.post("/api/hooks", headers=console.key(role), json={"name": "ERP", "url": receiver.url})
        assert answer.status_code == 403
        assert console.http.get("/api/hooks", headers=console.key(role)).status_code == 403


def test_an_operator_does_not_see_the_page_in_the_menu(signed_in: Callable[..., Console]) -> None:
    console = signed_in("operator")
    page = console.get("/home")
    assert page.status_code == 200
    assert "/settings/hooks" not in page.text


def test_a_private_address_is_refused_at_its_field(signed_in: Callable[..., Console]) -> None:
    console = signed_in()
    answer = console.post("/settings/hooks/new", {"name": "ERP", "url": "http://10.1.2.3/", "every": "1"})
    assert answer.status_code == 422
    assert "出于安全" in answer.text
    assert 'value="http://10.1.2.3/"' in answer.text


def test_a_subscription_made_in_the_console_shows_its_secret_once(
    signed_in: Callable[..., Console], stores: Stores, receiver: Receiver
) -> None:
    console = signed_in()
    form = {
        "name": "ERP",
        "url": receiver.url,
        "events": ["order_paid", "cart_added"],
        "own": "lesson_finished",
        "identifiers": ["user_id", "phone"],
        "field-0": "properties.price",
        "op-0": "gte",
        "value-0": "100",
    }
    page = console.post("/settings/hooks/new", form)
    assert "whsec_" in page.text
    (hook,) = queries.all_hooks(stores)
    assert list(hook.events) == ["order_paid", "cart_added", "lesson_finished"]
    assert list(hook.where) == [{"field": "properties.price", "op": "gte", "value": 100}]
    at = f"/settings/hooks/{hook.id}"
    assert "whsec_" not in console.get(at).text
    edit = console.get(f"{at}/edit").text
    for shown in ("lesson_finished", 'value="100"', receiver.url):
        assert shown in edit
    assert console.post(f"{at}/edit", {**form, "name": "仓库"}).status_code == 303
    assert queries.get(stores, hook.id).name == "仓库"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_empty_and_full(
    signed_in: Callable[..., Console], shop: Shop, receiver: Receiver, language: str
) -> None:
    console = signed_in(language=language)
    assert ("还没有事件推送" if language == "zh" else "No event webhooks yet") in console.get("/settings/hooks").text
    hook = shop.hook(receiver, identifiers=["phone"], where=[{"field": "source", "op": "is", "value": "web"}])
    at = f"/settings/hooks/{hook}"
    assert console.get(at).status_code == 200
    shop.happens("u-1", "cart_added")
    shop.send()
    assert console.post(f"{at}/test").status_code == 303
    for url in ("/settings/hooks", at, f"{at}/edit", "/settings/hooks/new", f"{at}?state=failed", f"{at}?q=204"):
        assert console.get(url).status_code == 200, url
    for delivery in shop.log(hook):
        page = console.get(f"/settings/hooks/deliveries/{delivery.id}")
        assert delivery.event in page.text
    assert console.post(f"{at}/secret").status_code == 200
    for act in ("end-old", "pause", "enable"):
        assert console.post(f"{at}/{act}").status_code == 303
    assert console.post(f"{at}/replay", {"since": "2020-01-01T08:00"}).status_code == 303
    assert console.post(f"/settings/hooks/deliveries/{shop.log(hook)[0].id}/resend").status_code == 303
    assert console.post(f"{at}/remove").status_code == 303


def test_a_stopped_subscription_is_on_the_home_page(signed_in: Callable[..., Console], shop: Shop) -> None:
    console = signed_in()
    with receiving(lambda _: (410, {}, b"")) as gone:
        hook = shop.hook(gone)
        shop.happens("u-1", "a")
        shop.send()
    assert f"/settings/hooks/{hook}" in console.get("/home").text
    assert "410" in console.get(f"/settings/hooks/{hook}").text


def test_the_audit_log_says_who_did_what(console: Console, receiver: Receiver, stores: Stores) -> None:
    from siyu.staff import audit

    hook = made(console, receiver.url)
    console.http.post(f"/api/hooks/{hook['id']}/pause", headers=console.key())
    assert [(each.action, each.subject) for each in audit.entries(stores.ledger)] == [
        ("hook_paused", f"hook:{hook['id']}"),
        ("hook_created", f"hook:{hook['id']}"),
    ]
