"""“Look around”, and within three minutes: friends come by a code, are welcomed, tagged, written to, and buy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.living_shop import LivingShop, wait_for

WATCHED_SECONDS_MAX = 180.0
FRIEND: dict[str, Any] = {"type": "did", "event": "friend_added"}
BUYER: dict[str, Any] = {"type": "did", "event": "order_paid", "window": {"type": "last", "n": 1}}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    made = LivingShop(tmp_path_factory.mktemp("alive") / "home", town=True)
    made.begin()
    made.start_rehearsal()
    yield made
    assert made.close() == 0


def test_within_three_minutes_of_watching_the_whole_loop_is_seen(shop: LivingShop) -> None:
    before = shop.figure("orders")["orders"]
    until = time.monotonic() + WATCHED_SECONDS_MAX

    def seen(happens: Any, what: str) -> None:
        wait_for(happens, what, until - time.monotonic())

    def people(*rules: dict[str, Any]) -> int:
        return shop.post("/api/rules/count", {"rule": {"type": "all", "rules": list(rules)}})["people"]

    seen(lambda: people(FRIEND) >= 5, "friends arrive")
    seen(lambda: shop.get("/api/welcomes")["welcomes"][0]["counts"].get("sent", 0) >= 5, "they are welcomed")
    seen(lambda: any(each["people"] for each in shop.get("/api/tags")), "they are tagged")
    seen(lambda: people({"type": "did", "event": "message_accepted"}) > 0, "a broadcast reaches them")
    seen(lambda: people(FRIEND, BUYER) > 0, "a friend buys")
    assert shop.figure("orders")["orders"] > before


def test_what_the_product_counts_is_what_the_truth_tells(shop: LivingShop) -> None:
    added = {truth["user_id"] for truth in shop.truths() if truth["kind"] == "life" and truth["what"] == "added"}
    rule = {"type": "all", "rules": [FRIEND]}
    wait_for(lambda: shop.post("/api/rules/count", {"rule": rule})["people"] >= len(added), "every friend is counted")
