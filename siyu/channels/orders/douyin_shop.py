"""Douyin shop (抖店): messages of its open platform. Many in one body; money in fen; buyers are not named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from siyu.channels.orders import dialect
from siyu.channels.orders.dialect import ANSWER, TEST
from siyu.channels.orders.shape import Fact, Part, Payment, buyer_of, fen, number_of
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, any_json, unreadable
from siyu.channels.platform.reading import first_moment, inner, moment, text
from siyu.channels.protocol import Account, Field
from siyu.channels.steps import Step

STATES: Mapping[str, str] = {
    "100": "created",
    "101": "paid",
    "110": "paid",
    "102": "shipped",
    "103": "finished",
    "106": "closed",
}
"""By tag. Two tags tell of a payment; which one comes depends on how long the app exists."""
REFUND_ASKED, REFUNDED = "200", "206"
TEST_TAG = "0"
ON_DELIVERY = "0"
"""Way of paying: confirmed by the shop then, and not paid."""
TIMES = ("pay_time", "success_time", "complete_time", "cancel_time", "update_time", "create_time", "apply_time")

ABOUT = dialect.about(
    "douyin_shop",
    "抖店订单",
    "Douyin shop orders",
    suits_zh="抖店的付款、退款进入销售数据；平台不提供买家身份，无法认出是谁",
    suits_en="Payments and refunds of a Douyin shop, in the sales; the platform does not say who the buyers are",
    fields=(
        Field("app_key", "text", "App Key", "App Key", "抖店开放平台：应用详情", "Open platform: the app", True),
        Field("app_secret", "secret", "App Secret", "App Secret", "与 App Key 在同一页", "On the same page"),
    ),
    steps=(
        Step(
            "callback",
            (
                (
                    "抖店开放平台 → 应用 → 消息推送 → 推送地址：填写下面的地址",
                    "Doudian open platform → app → message push: enter the address below",
                ),
                (
                    "勾选订单支付、发货、完成、取消与退款成功，再点“测试推送”",
                    "Tick orders paid, shipped, finished, cancelled and refunds succeeded, then send a test",
                ),
            ),
        ),
    ),
    limited_zh="抖店加密了买家的姓名、电话和地址。加密内容会原样保留，但不会当作身份；货到付款的订单在平台确认收款前不计入。",
    limited_en="Douyin encrypts names, phones and addresses of buyers. They are kept as they come, never taken for "
    "somebody; orders paid on delivery are not counted as paid.",
)  # fmt: skip


@dataclass(frozen=True)
class DouyinShop:
    about = ABOUT
    known = frozenset({*STATES, REFUND_ASKED, REFUNDED, TEST})

    def new_secrets(self) -> Mapping[str, str]:
        return {}

    def receive(self, account: Account, delivery: Delivery) -> Received:
        secret, key = account.secrets["app_secret"], str(account.settings["app_key"])
        dialect.prove(dialect.md5(key, delivery.body, secret), delivery.headers.get("event-sign", ""))
        messages = any_json(delivery.body)
        if isinstance(messages, dict):
            messages = [messages]
        if not isinstance(messages, list):
            raise unreadable()
        return Received(tuple(map(_one, cast("list[Any]", messages))), ANSWER, "application/json")

    def told(self, document: Document) -> Told:
        tag = text(document, "tag")
        at = _time(document)
        if tag == TEST_TAG:
            tag = TEST
        elif at is None and tag in self.known:
            raise unreadable()
        return Told(tag, at, document)

    def as_told(self, callback: Callback) -> bytes:
        return b""

    def facts(self, callback: Callback) -> Sequence[Fact]:
        data = _data(callback.fields)
        number = number_of(data, "p_id", "s_id")
        if callback.name == REFUNDED:
            amount = fen(data.get("refund_amount"))
            return [Fact(number, part=Part("returned", number_of(data, "aftersale_id"), callback.time, amount))]
        state = STATES.get(callback.name, "")
        paid = _payment(data, callback.time) if state == "paid" else None
        if state == "paid" and paid is None:
            state = "created"
        buyer = buyer_of(
            (f"customer:douyin_shop.{text(data, 'shop_id') or '0'}", text(data, "doudian_open_id")),
            shown={name: text(inner(data, "receiver_msg"), name) for name in ("name", "tel", "addr")},
        )
        return [Fact(number, int(callback.time.timestamp() * 1000), state, paid, buyer=buyer)]


def _one(message: Any) -> bytes:
    if not isinstance(message, dict):
        raise unreadable()
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _data(document: Document) -> Document:
    return inner(document, "data")


def _time(document: Document) -> datetime | None:
    """Of what happened; or the seconds in the message's id ("…::100:1618990587:…")."""
    told = first_moment(_data(document), *TIMES)
    return told or next((at for part in text(document, "msgId").split(":") if (at := moment(part))), None)


def _payment(data: Document, at: datetime) -> Payment | None:
    if text(data, "pay_type") == ON_DELIVERY:
        return None
    return Payment(at, fen(data.get("pay_amount")))
