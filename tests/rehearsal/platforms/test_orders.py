"""Simulated shops tell of orders in the very shapes of the platforms, and sign as they do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import pytest

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.poster import Parcel
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.douyin.world import App, Douyin
from rehearsal.platforms.orders import shops
from rehearsal.platforms.orders.shapes import SHAPES, Order, douyin_shop, shop, taobao, written, youzan
from rehearsal.platforms.orders.world import Shop, Shops
from tests.platform_worlds import listening

ORDER = Order("E1", 2_990, "buyer-1", (500, 990), False, 1_767_225_600)

SAMPLES: list[tuple[Callable[[Order], list[Any]], set[str]]] = [
    (
        youzan,
        {"client_id", "id", "kdt_id", "kdt_name", "mode", "type", "status", "msg", "sign", "sendCount", "test"}
        | {"version", "msg_id"},
    ),
    (taobao, {"id", "topic", "user_nick", "pub_time", "content"}),
    (shop, {"type", "time", "order", "buyer"}),
]
"""Keys of a message as the platforms' texts list them."""


@pytest.mark.parametrize(("shape", "keys"), SAMPLES)
def test_messages_have_the_keys_of_the_samples(shape: Callable[[Order], list[Any]], keys: set[str]) -> None:
    assert [set(message) for message in shape(ORDER)] == [keys] * 6


PAYMENT = {"p_id", "s_ids", "shop_id", "order_status", "order_type", "pay_type", "biz", "pay_time", "pay_amount"}
WHOLE = {"order_info", "orders", "buyer_info", "address_info", "pay_info", "remark_info", "source_info", "child_info"}
LINE = {"oid", "item_id", "sku_id", "outer_item_id", "title", "num", "price", "payment", "total_fee"}


def test_a_payment_at_douyin_has_the_keys_of_the_sample() -> None:
    (paid,) = (message for (message,) in douyin_shop(ORDER) if message["tag"] == "110")
    assert set(paid) == {"tag", "msgId", "data"}
    assert set(paid["data"]) == PAYMENT
    assert paid["data"]["pay_amount"] == 2_990


def test_an_order_of_youzan_holds_what_its_texts_list() -> None:
    paid = next(each for each in youzan(ORDER) if each["type"] == "trade_TradePaid")
    whole = json.loads(unquote_plus(paid["msg"]))["full_order_info"]
    assert (set(whole), set(whole["orders"][0])) == (WHOLE, LINE)
    assert whole["pay_info"]["payment"] == "29.90"


def test_the_vector_of_douyin_shop() -> None:
    world = Shops(clock=DomainClock(0.0, 0.0))
    world.shops.put("s", Shop("douyin_shop", "http://127.0.0.1:9", "appkey1", "appsec1"))
    sealed = world.seal(Parcel("s", '[{"tag":"110","msgId":"1","data":{"p_id":1}}]', 0.0), "n")
    assert sealed is not None
    assert sealed.headers["event-sign"] == "a0cc08f3a5bb5164380a88400f188ac7"


def test_the_vector_of_youzan() -> None:
    world = Shops(clock=DomainClock(0.0, 0.0))
    world.shops.put("s", Shop("youzan", "http://127.0.0.1:9", "cid123", "csec456"))
    message = json.dumps({"msg": "%7B%22tid%22%3A%22E20240101000000000000001%22%7D"})
    sealed = world.seal(Parcel("s", message, 0.0), "n")
    assert sealed is not None
    assert json.loads(sealed.body)["sign"] == "1f2f445483d925d6f6b10bedb5a5d521"


def test_the_vector_of_douyins_webhooks() -> None:
    world = Douyin(clock=DomainClock(0.0, 0.0))
    world.apps.put("testkey", App("test_client_secret", "b1", "r", "http://127.0.0.1:9"))
    body = '{"event":"verify_webhook","client_key":"testkey","content":{"challenge":12345}}'
    sealed = world.seal(Parcel("testkey", body, 0.0), "n")
    assert sealed is not None
    assert sealed.headers["X-Douyin-Signature"] == hashlib.sha1(f"test_client_secret{body}".encode()).hexdigest()
    assert sealed.headers["X-Douyin-Signature"] == "f56f996e8ba488f056ca976f47573279b53993bc"


@pytest.mark.parametrize("platform", sorted(SHAPES))
def test_what_happens_now_is_told_with_the_time_of_now(platform: str) -> None:
    now = 1_767_225_600
    with Running(shops(clock=DomainClock(float(now), 0.0))) as running, listening() as listener:
        running.door.post(
            "shop", shop="s", platform=platform, url=f"{listener.url}/s", key="k", secret="whsec_c2VjcmV0"
        )
        running.door.post("pay", shop="s", number="N1", fen=2_990, buyer="b")
        running.door.post("give_back", shop="s", number="N1", fen=990, buyer="b")
        running.door.post("settle")
        bodies = [unquote_plus(body.decode()) for _, _, body in listener.heard]
    assert len(bodies) == 3
    told = (written(now), str(now))
    assert sum(any(each in body for each in told) for body in bodies) == 2  # paid and given back; placed an hour before
    assert all("N1" in body for body in bodies)


def test_a_shop_of_ones_own_tells_lines_and_who_bought() -> None:
    lines = ({"sku": "TY001", "name": "精华", "category": "精华", "quantity": 2, "price": "99.00"},)
    order = Order("E2", 19_800, "b", (), False, 1_767_225_600, lines, {"external_userid": "wm1"})
    paid = next(each for each in shop(order) if each["type"] == "order_paid")
    assert paid["order"]["lines"] == list(lines)
    assert paid["buyer"] == {"customer": "b", "external_userid": "wm1"}
