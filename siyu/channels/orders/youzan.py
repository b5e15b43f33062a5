"""Youzan (有赞): messages of its cloud's push service. Signed with MD5 over client id, message and client secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from siyu.channels.orders import dialect
from siyu.channels.orders.dialect import ANSWER, TEST
from siyu.channels.orders.shape import (
    Buyer,
    Fact,
    Line,
    Part,
    Payment,
    buyer_of,
    line,
    number_of,
    payment,
    version_of,
    yuan,
)
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, unreadable
from siyu.channels.platform.reading import first_moment, inner, listed, loads, moment, text
from siyu.channels.protocol import Account, Field

STATES: Mapping[str, str] = {
    "trade_TradeCreate": "created",
    "trade_TradePaid": "paid",
    "trade_TradeBuyerPay": "paid",
    "trade_TradePartlySellerShip": "shipped",
    "trade_TradeSellerShip": "shipped",
    "trade_TradeSuccess": "finished",
    "trade_TradeClose": "closed",
    "trade_TradeMemoModified": "",
}
REFUNDS = "trade_refund_"
REFUND = "trade_refund"
"""All kinds of messages about one refund go by one name: what it says decides."""
REFUNDED = frozenset({"SAFE_FINISHED", "REFUND_SUCCESS", "SUCCESS"})
"""States of a refund whose money is back, as messages of the older and newer kinds write them."""

ABOUT = dialect.about(
    "youzan",
    "有赞订单",
    "Youzan orders",
    suits_zh="有赞店铺的付款、退款即时进入客户的时间线",
    suits_en="Payments and refunds of a Youzan shop, at once in people's timelines",
    fields=(
        Field("client_id", "text", "client_id", "client_id", "有赞云：应用概况", "Youzan cloud: the app", True),
        Field("client_secret", "secret", "client_secret", "client_secret", "与 client_id 在同一页", "On the same page"),
    ),
    steps=(
        (
            "有赞云控制台 → 应用 → 消息推送 → 推送网址：填写下面的地址（换成您的公网域名）",
            "Youzan cloud → app → message push → address: enter the address below (with your public domain)",
        ),
        (
            "订阅“交易”和“退款”两类消息，再点“测试推送”",
            "Subscribe to messages about trades and refunds, then send a test",
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Youzan:
    about = ABOUT
    known = frozenset({*STATES, REFUND, TEST})

    def new_secrets(self) -> Mapping[str, str]:
        return {}

    def receive(self, account: Account, delivery: Delivery) -> Received:
        document = loads(delivery.body)
        client, message = str(account.settings["client_id"]), document.get("msg")
        if not isinstance(message, str):
            raise unreadable()
        expected = dialect.md5(client, message, account.secrets["client_secret"])
        dialect.prove(expected, text(document, "sign"))
        return Received(delivery.body, ANSWER, "application/json")

    def told(self, document: Document) -> Told:
        kind = text(document, "type")
        message = _message(document)
        if document.get("test") is True:
            kind = TEST
        elif kind.startswith(REFUNDS):
            kind = REFUND
        order = inner(inner(message, "full_order_info"), "order_info")
        at = (
            first_moment(message, "update_time")
            or first_moment(order, "update_time", "pay_time", "created")
            or moment(document.get("version"))
        )
        if at is None and kind in self.known and kind != TEST:
            raise unreadable()
        return Told(kind, at, document)

    def fact(self, callback: Callback) -> Fact | None:
        document = callback.fields
        message = _message(document)
        if callback.name == REFUND:
            return _refund(document, message, callback.time)
        whole = inner(message, "full_order_info")
        number = text(message, "tid") or text(document, "id") or number_of(inner(whole, "order_info"), "tid")
        return Fact(
            number,
            version_of(document.get("version"), callback.time),
            STATES[callback.name],
            _payment(whole),
            buyer=_buyer(document, whole),
        )


def _message(document: Document) -> Document:
    """The message is JSON, written as a text and url-encoded once more."""
    message = str(document.get("msg") or "")
    return loads(unquote_plus(message)) if message.strip() else {}


def _payment(whole: Document) -> Payment | None:
    """When it was paid, and how much: every message about a paid order says it, not only the one of the payment."""
    order, paid = inner(whole, "order_info"), inner(whole, "pay_info")
    at = first_moment(order, "pay_time")
    if at is None or paid.get("payment") in (None, ""):
        return None
    return payment(at, yuan(paid["payment"]), [_line(each) for each in listed(whole, "orders")])


def _line(each: Document) -> Line:
    sku = text(each, "outer_sku_id", "outer_item_id", "sku_id", "item_id")
    return line(sku, text(each, "title"), each.get("num"), price=each.get("price"), paid=each.get("payment"))


def _buyer(document: Document, whole: Document) -> Buyer:
    """The receiver's phone may be somebody else's, so only the buyer's own says who it is."""
    buyer = inner(whole, "buyer_info")
    shop = text(document, "kdt_id") or "0"
    open_id, number = text(buyer, "yz_open_id"), text(buyer, "buyer_id")
    return buyer_of(
        ("customer:youzan", open_id),
        (f"customer:youzan.{shop}", "" if number == "0" else number),
        ("phone", text(buyer, "buyer_phone")),
    )


def _refund(document: Document, message: Document, at: datetime) -> Fact | None:
    done = text(document, "type").endswith("RefundSuccess") or bool(
        REFUNDED & {text(message, name) for name in ("refund_state", "refund_status", "status")}
        | (REFUNDED & {text(document, "status")})
    )
    if not done:
        return None
    number = text(message, "tid") or number_of(document, "id")
    amount = yuan(message.get("refunded_fee", message.get("refund_fee")))
    return Fact(number, part=Part("returned", number_of(message, "refund_id"), at, amount))
