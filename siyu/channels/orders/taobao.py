"""Taobao and Tmall (淘宝、天猫): messages of TMC, passed on by the shop's own relay, which signs them.

TMC speaks over a connection that the shop's server keeps, not to an address. The relay posts each message as it came,
or several in a list, with a signature of the Standard Webhooks specification.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from siyu.channels.orders import dialect
from siyu.channels.orders.dialect import ANSWER, TEST
from siyu.channels.orders.shape import Buyer, Fact, Part, Payment, buyer_of, number_of, yuan
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, any_json, unreadable
from siyu.channels.platform.reading import first_moment, inner, text
from siyu.channels.platform.signed import proved
from siyu.channels.protocol import Account, Field
from siyu.channels.signing import new_secret

STATES: Mapping[str, str] = {
    "taobao_trade_TradeCreate": "created",
    "taobao_trade_TradeBuyerPay": "paid",
    "taobao_trade_TradeSellerShip": "shipped",
    "taobao_trade_TradeSuccess": "finished",
    "taobao_trade_TradeClose": "closed",
    "taobao_trade_TradeChanged": "",
    "taobao_trade_TradeMemoModified": "",
}
PAID = "taobao_trade_TradeBuyerPay"
REFUNDED = "taobao_refund_RefundSuccess"
OTHER_REFUNDS = frozenset({"taobao_refund_RefundCreated", "taobao_refund_RefundClosed"})

ABOUT = dialect.about(
    "taobao",
    "淘宝 / 天猫订单",
    "Taobao and Tmall orders",
    suits_zh="淘宝、天猫店铺的付款、退款，由您的 TMC 程序转发",
    suits_en="Payments and refunds of Taobao and Tmall shops, passed on by your TMC program",
    fields=(
        Field("secret", "secret", "签名密钥", "Signing secret", "留空则自动生成", "Made for you when left empty"),
        Field(
            "buyer_field",
            "text",
            "买家编号字段",
            "Field of the buyer's id",
            "消息中代表买家的字段；没有这个字段的订单无法认出是谁",
            "The field that names the buyer; without it nobody can say whose an order is",
            default="buyer_open_uid",
        ),
    ),
    steps=(
        (
            "用 taobao.tmc.user.permit 开通交易和退款消息，由您的 TMC 程序接收",
            "Open messages about trades and refunds with taobao.tmc.user.permit; your TMC program receives them",
        ),
        (
            "程序把每条消息原样 POST 到下面的地址，用签名密钥按 Standard Webhooks 签名；收到 200 再确认消息",
            "The program posts each message as it is to the address below, signed by Standard Webhooks with the "
            "secret; it confirms the message after a 200",
        ),
    ),
    limited_zh="淘宝对买家昵称和电话做了脱敏，收货电话不得用于营销：脱敏内容原样保留，不会当作身份。",
    limited_en="Taobao masks names and phones, and the delivery phone may not be used for marketing: what is masked is "
    "kept as it comes, never taken for somebody.",
)


@dataclass(frozen=True)
class Taobao:
    about = ABOUT
    known = frozenset({*STATES, REFUNDED, *OTHER_REFUNDS, TEST})

    def new_secrets(self) -> Mapping[str, str]:
        return {"secret": new_secret()}

    def receive(self, account: Account, delivery: Delivery) -> Received:
        proved(account, delivery)
        found = any_json(delivery.body)
        messages = cast("list[Any]", found) if isinstance(found, list) else [found]
        field = str(account.settings.get("buyer_field") or "")
        return Received(tuple(_kept(message, field) for message in messages), ANSWER, "application/json")

    def told(self, document: Document) -> Told:
        message = inner(document, "message")
        topic = text(message, "topic")
        content = inner(message, "content")
        at = first_moment(message, "pub_time") or first_moment(content, "modified", "pay_time", "created")
        if at is None and topic in self.known and topic != TEST:
            raise unreadable()
        return Told(topic, at, document)

    def fact(self, callback: Callback) -> Fact | None:
        content = inner(inner(callback.fields, "message"), "content")
        number = number_of(content, "tid")
        if callback.name == REFUNDED:
            part = text(content, "refund_id") or number_of(content, "oid")
            return Fact(number, part=Part("returned", part, callback.time, yuan(content.get("refund_fee"))))
        paid = None
        if callback.name == PAID:
            paid = Payment(first_moment(content, "pay_time") or callback.time, yuan(content.get("payment")))
        version = int(callback.time.timestamp() * 1000)
        buyer = _buyer(content, text(callback.fields, "buyer_field"))
        return Fact(number, version, STATES.get(callback.name, ""), paid, buyer=buyer)


def _kept(message: Any, buyer_field: str) -> bytes:
    """The message, and what the account said then of reading it."""
    if not isinstance(message, dict):
        raise unreadable()
    kept = {"buyer_field": buyer_field, "message": message}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _buyer(content: Document, field: str) -> Buyer:
    nick = text(content, "buyer_nick")
    return buyer_of(("customer:taobao", text(content, field) if field else ""), shown={"nick": nick})
