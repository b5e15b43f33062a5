"""Taobao and Tmall (淘宝、天猫): messages of TMC, passed on by the shop's own relay, which signs them.

TMC speaks over a connection that the shop's server keeps, not to an address. The relay posts each message as it came,
or several in a list, with a signature of the Standard Webhooks specification.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from siyu.channels.orders import dialect
from siyu.channels.orders.dialect import ANSWER, READ, TEST
from siyu.channels.orders.shape import Buyer, Fact, Line, Part, Payment, buyer_of, line, number_of, payment, yuan
from siyu.channels.orders.taobao_source import FIELDS
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, any_json, unreadable
from siyu.channels.platform.reading import first_moment, inner, listed, text
from siyu.channels.platform.signed import proved
from siyu.channels.protocol import Account, Field
from siyu.channels.signing import new_secret
from siyu.channels.steps import Step

STATES: Mapping[str, str] = {
    "taobao_trade_TradeCreate": "created",
    "taobao_trade_TradeBuyerPay": "paid",
    "taobao_trade_TradeSellerShip": "shipped",
    "taobao_trade_TradeSuccess": "finished",
    "taobao_trade_TradeClose": "closed",
    "taobao_trade_TradeChanged": "",
    "taobao_trade_TradeMemoModified": "",
}
STATUSES = (
    ("WAIT_BUYER_PAY", "created"),
    ("WAIT_SELLER_SEND_GOODS", "paid"),
    ("SELLER_CONSIGNED_PART", "shipped"),
    ("WAIT_BUYER_CONFIRM_GOODS", "shipped"),
    ("TRADE_FINISHED", "finished"),
    ("TRADE_CLOSED", "closed"),
)
"""Of a whole order, by how its status begins."""
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
        *FIELDS,
    ),
    steps=(
        Step(
            "callback",
            (
                (
                    "用 taobao.tmc.user.permit 开通交易和退款消息，由您的 TMC 程序接收",
                    "Open messages about trades and refunds with taobao.tmc.user.permit; your TMC program "
                    "receives them",
                ),
                (
                    "程序把每条消息原样 POST 到下面的地址，用签名密钥按 Standard Webhooks 签名；收到 200 再确认消息",
                    "The program posts each message as it is to the address below, signed by Standard Webhooks with "
                    "the secret; it confirms the message after a 200",
                ),
            ),
        ),
    ),
    limited_zh="淘宝对买家昵称和电话做了脱敏，收货电话不得用于营销：脱敏内容原样保留，不会当作身份。",
    limited_en="Taobao masks names and phones, and the delivery phone may not be used for marketing: what is masked is "
    "kept as it comes, never taken for somebody.",
)


@dataclass(frozen=True)
class Taobao:
    about = ABOUT
    known = frozenset({*STATES, REFUNDED, *OTHER_REFUNDS, READ, TEST})

    def new_secrets(self) -> Mapping[str, str]:
        return {"secret": new_secret()}

    def receive(self, account: Account, delivery: Delivery) -> Received:
        proved(account, delivery)
        found = any_json(delivery.body)
        messages = cast("list[Any]", found) if isinstance(found, list) else [found]
        field = str(account.settings.get("buyer_field") or "")
        details = bool(account.settings.get("detail_url"))
        return Received(tuple(_kept(each, field, details) for each in messages), ANSWER, "application/json")

    def told(self, document: Document) -> Told:
        if "read" in document:
            return Told(READ, None, document)
        message = inner(document, "message")
        topic = text(message, "topic")
        content = inner(message, "content")
        at = first_moment(message, "pub_time") or first_moment(content, "modified", "pay_time", "created")
        if at is None and topic in self.known and topic != TEST:
            raise unreadable()
        return Told(topic, at, document)

    def as_told(self, callback: Callback) -> bytes:
        return _written({**callback.fields, "detail": False})

    def facts(self, callback: Callback) -> Sequence[Fact]:
        if callback.name == READ:
            return [_read(callback.fields)]
        content = inner(inner(callback.fields, "message"), "content")
        number = number_of(content, "tid")
        if callback.name == REFUNDED:
            part = text(content, "refund_id") or number_of(content, "oid")
            return [Fact(number, part=Part("returned", part, callback.time, yuan(content.get("refund_fee"))))]
        paid, wants = None, callback.fields.get("detail") is True
        if callback.name == PAID and not wants:
            paid = Payment(first_moment(content, "pay_time") or callback.time, yuan(content.get("payment")))
        version = int(callback.time.timestamp() * 1000)
        buyer = _buyer(content, text(callback.fields, "buyer_field"))
        return [Fact(number, version, STATES.get(callback.name, ""), paid, buyer=buyer, wants=wants)]


def _kept(message: Any, buyer_field: str, details: bool) -> bytes:
    """The message, and what the account said then of reading it: messages have no lines, so where the whole order can
    be asked for, a payment waits for it."""
    if not isinstance(message, dict):
        raise unreadable()
    known = cast("Document", message)
    asks = {"detail": True} if details and text(known, "topic") == PAID else {}
    return _written({"buyer_field": buyer_field, "message": message, **asks})


def _written(kept: Mapping[str, Any]) -> bytes:
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _read(document: Document) -> Fact:
    """A whole order, as ``taobao.trade.fullinfo.get`` gives it."""
    trade = inner(document, "read")
    number, changed = number_of(trade, "tid"), first_moment(trade, "modified", "pay_time", "created")
    at = first_moment(trade, "pay_time")
    lines = [_line(each) for each in listed(inner(trade, "orders"), "order")]
    paid = None if at is None or trade.get("payment") in (None, "") else payment(at, yuan(trade["payment"]), lines)
    state = next((state for start, state in STATUSES if text(trade, "status").startswith(start)), "")
    version = 0 if changed is None else int(changed.timestamp() * 1000)
    return Fact(number, version, state, paid, buyer=_buyer(trade, text(document, "buyer_field")))


def _line(each: Document) -> Line:
    sku = text(each, "outer_sku_id", "outer_iid", "sku_id", "num_iid")
    return line(sku, text(each, "title"), each.get("num"), price=each.get("price"), paid=each.get("payment"))


def _buyer(content: Document, field: str) -> Buyer:
    nick = text(content, "buyer_nick")
    return buyer_of(("customer:taobao", text(content, field) if field else ""), shown={"nick": nick})
