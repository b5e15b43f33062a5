"""Orders as shops tell of them, signed as each platform signs; and the door they are told at, over real HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx

from siyu.channels import signing
from siyu.channels.accounts import open_account
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import address
from siyu.channels.registry import channels_of, receivers_of
from siyu.jobs.turns import run_until_empty
from siyu.storage import Stores
from siyu.web.callbacks import Door
from tests.channels.platform.simulator import running

CLIENT_ID, CLIENT_SECRET = "cid123", "csec456"
APP_KEY, APP_SECRET = "appkey1", "appsec1"
SECRET = "whsec_" + "c2l5dS1vcmRlcnMtc2VjcmV0LWZvci10ZXN0cw=="
SETTINGS: dict[str, dict[str, Any]] = {
    "youzan": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    "douyin_shop": {"app_key": APP_KEY, "app_secret": APP_SECRET},
    "taobao": {"secret": SECRET},
    "shop": {"secret": SECRET},
}
Request = tuple[bytes, dict[str, str]]
"""Body and headers."""


def an_account(stores: Stores, platform: str, name: str = "旗舰店") -> int:
    number, _ = open_account(stores, channels_of(stores), channel=platform, name=name, settings=SETTINGS[platform])
    return number


# --- what each platform posts


def youzan(kind: str, message: dict[str, Any], *, version: int = 1_767_225_600, **more: Any) -> Request:
    msg = quote_plus(json.dumps(message, ensure_ascii=False))
    sign = hashlib.md5(f"{CLIENT_ID}{msg}{CLIENT_SECRET}".encode()).hexdigest()
    body = {
        "client_id": CLIENT_ID,
        "id": message.get("tid", ""),
        "kdt_id": 160,
        "kdt_name": "shop",
        "mode": 1,
        "type": kind,
        "status": "TRADE_PAID",
        "msg": msg,
        "sign": sign,
        "sendCount": 0,
        "test": False,
        "version": version,
        "msg_id": "m1",
        **more,
    }
    return json.dumps(body).encode(), {}


def youzan_order(number: str = "E1", *, paid: str | None = "2026-01-01 08:00:00", **buyer: Any) -> dict[str, Any]:
    info = {"tid": number, "created": "2026-01-01 07:59:00", "update_time": "2026-01-01 08:00:01"}
    if paid:
        info["pay_time"] = paid
    return {
        "full_order_info": {
            "order_info": info,
            "orders": [
                {"oid": "1", "outer_item_id": "S1", "title": "面霜", "num": 3, "price": "40.00", "payment": "100.00"}
            ],
            "buyer_info": {"buyer_id": 9, "yz_open_id": "yz-9", "buyer_phone": "13800138000", **buyer},
            "address_info": {"receiver_tel": "13900139000"},
            "pay_info": {"payment": "100.10", "total_fee": "120.00", "post_fee": "0.10"},
        }
    }


def douyin(*messages: dict[str, Any]) -> Request:
    body = json.dumps(list(messages), separators=(",", ":")).encode()
    sign = hashlib.md5(APP_KEY.encode() + body + APP_SECRET.encode()).hexdigest()
    return body, {"event-sign": sign, "app-id": APP_KEY}


def signed(message: Any, *, sent_at: int = 1_767_225_600, secret: str = SECRET) -> Request:
    """As a relay or a shop of one's own signs."""
    body = json.dumps(message, ensure_ascii=False).encode()
    return body, signing.headers([secret], "msg-1", sent_at, body)


def taobao(topic: str, content: dict[str, Any], *, at: str = "2026-01-01 08:00:00", number: int = 1) -> dict[str, Any]:
    message = {"id": number, "topic": topic, "user_nick": "店主", "pub_time": at}
    return {**message, "content": json.dumps(content, ensure_ascii=False)}


def shop(kind: str, number: str = "A1", *, at: str = "2026-01-01T08:00:00+08:00", **order: Any) -> dict[str, Any]:
    buyer = {"customer": "c-1", "phone": "138 0013 8000"}
    return {"type": kind, "time": at, "order": {"number": number, **order}, "buyer": buyer}


# --- the door, and what is behind it


@dataclass
class Shop:
    """One account, told of orders as its platform would."""

    stores: Stores
    platform: str
    account: int
    url: str
    http: httpx.Client

    def post(self, request: Request) -> httpx.Response:
        body, headers = request
        return self.http.post(self.url, content=body, headers=headers)

    def tell(self, *requests: Request) -> None:
        """Post, be answered, and apply."""
        for request in requests:
            answer = self.post(request)
            assert answer.status_code == 200, answer.text
        run_until_empty(Applier(self.stores, receivers_of()).step)


MakeShop = Callable[[str], Shop]


@contextmanager
def shops_of(stores: Stores) -> Iterator[MakeShop]:
    door: Any = Door(stores, receivers_of())
    with running(door), httpx.Client(trust_env=False) as http:

        def open_shop(platform: str) -> Shop:
            account = an_account(stores, platform)
            return Shop(stores, platform, account, door.url + address(stores, platform, account), http)

        yield open_shop


def news(stores: Stores) -> list[dict[str, Any]]:
    """What was told to the intake, as calls, without repeats."""
    calls = [call for row in stores.inbox.after(0, 10_000) for call in json.loads(row.body)["batch"]]
    return list({call["messageId"]: call for call in calls}.values())


def events(stores: Stores) -> Sequence[Any]:
    """Name, order, amount, skus and quantities of the event log's rows."""
    return stores.events.rows("SELECT name, order, amount, lines.sku, lines.quantity FROM events ORDER BY time, name")
