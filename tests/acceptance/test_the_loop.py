"""One turn of the loop over the API: people → audience → broadcast → answers → figures, and the truth beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from evidence.living_shop import PEOPLE, LivingShop, wait_for

BUYERS = {"type": "did", "event": "order_paid", "window": {"type": "last", "n": 365}}
CONTENT = {"webhook": {"title": "面膜上新", "text": "{{ person.name }}，您常买的面膜到新品了，限时 8 折"}}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    made = LivingShop(tmp_path_factory.mktemp("loop") / "home")
    made.begin()
    made.start_rehearsal()
    yield made
    assert made.close() == 0


@pytest.fixture(scope="module")
def awake(shop: LivingShop) -> None:
    """No quiet hours: the test may run at night."""
    rules = {rule["name"]: rule for rule in shop.get("/api/guard")}
    shop.put("/api/guard/quiet_hours", {"enabled": False, "settings": rules["quiet_hours"]["settings"]})


@pytest.fixture(scope="module")
def account(shop: LivingShop) -> int:
    (found,) = [each for each in shop.get("/api/accounts") if each["name"] == "预演顾客"]
    assert shop.post(f"/api/accounts/{found['id']}/check", {})["works"]
    return int(found["id"])


@pytest.fixture(scope="module")
def audience(shop: LivingShop) -> int:
    return int(shop.post("/api/audiences", {"name": "一年内买过的人", "rule": BUYERS})["id"])


@pytest.fixture(scope="module")
def broadcast(shop: LivingShop, awake: None, account: int, audience: int) -> int:
    """A broadcast to them, gone out to the last message."""
    draft = {
        "name": "面膜上新",
        "audience": audience,
        "channels": [account],
        "content": CONTENT,
        "tone": "promotional",
        "holdout_percent": 10,
    }
    number = int(shop.post("/api/broadcasts", draft)["id"])
    shop.post(f"/api/broadcasts/{number}/start", {})
    wait_for(lambda: shop.get(f"/api/broadcasts/{number}")["state"] == "done", "the broadcast is done")
    return number


def counts(shop: LivingShop, broadcast: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in shop.get(f"/api/broadcasts/{broadcast}/progress")["counts"]:
        found[row["state"]] += row["people"]
    return found


def received(shop: LivingShop) -> dict[str, dict[str, Any]]:
    return {truth["delivery_id"]: truth for truth in shop.truths() if truth["kind"] == "received"}


def test_everybody_of_the_audience_is_accounted_for(shop: LivingShop, broadcast: int, audience: int) -> None:
    found = counts(shop, broadcast)
    assert found.total() == shop.get(f"/api/broadcasts/{broadcast}/progress")["audience"]
    assert found["accepted"] > PEOPLE / 8
    assert found["held"] > 0
    assert 0.02 * found.total() < found["holdout"] < 0.25 * found.total()


def test_what_the_product_calls_accepted_is_what_people_received_each_once(shop: LivingShop, broadcast: int) -> None:
    deliveries = [truth["delivery_id"] for truth in shop.truths() if truth["kind"] == "received"]
    assert len(deliveries) == len(set(deliveries)) == counts(shop, broadcast)["accepted"]


def test_people_answer_and_the_figures_move(shop: LivingShop, broadcast: int) -> None:
    def told() -> bool:
        owed = {step["message"]["messageId"] for truth in received(shop).values() for step in truth["steps"]}
        return owed <= {truth["message"] for truth in shop.truths() if truth["kind"] == "told"}

    wait_for(told, "all reactions are told")
    names = ("messages_accepted", "messages_opened", "messages_clicked")
    true = Counter(step["message"]["event"] for truth in received(shop).values() for step in truth["steps"])
    expected = {
        "messages_accepted": len(received(shop)),
        "messages_opened": true["message_opened"],
        "messages_clicked": true["message_clicked"],
    }
    assert expected["messages_opened"] > 0
    wait_for(lambda: shop.figure(*names) == expected, f"figures equal the truth {expected}")


def test_a_second_broadcast_leaves_in_peace_who_unsubscribed(shop: LivingShop, broadcast: int, audience: int) -> None:
    left = {
        truth["user_id"]
        for truth in received(shop).values()
        if any(step["message"]["event"] == "unsubscribed" for step in truth["steps"])
    }
    refused = {"type": "consent", "purpose": "marketing", "channel": "webhook", "op": "refused"}
    wait_for(lambda: shop.post("/api/rules/count", {"rule": refused})["people"] >= len(left), "withdrawals count")
