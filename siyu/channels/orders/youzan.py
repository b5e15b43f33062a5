"""Youzan (有赞): messages of its cloud's push service. Signed with MD5 over client id, message and client secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from siyu.channels.orders import dialect
from siyu.channels.orders.dialect import ANSWER, READ, TEST
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
from siyu.channels.orders.youzan_source import FIELDS
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, unreadable
from siyu.channels.platform.reading import first_moment, inner, listed, loads, moment, text
from siyu.channels.protocol import Account, Field
from siyu.channels.steps import Step

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
SINCE_PAID = frozenset({"paid", "shipped", "finished"})
STATUSES: Mapping[str, str] = {
    "WAIT_BUYER_PAY": "created",
    "TRADE_PAID": "paid",
    "WAIT_SELLER_SEND_GOODS": "paid",
    "WAIT_BUYER_CONFIRM_GOODS": "shipped",
    "TRADE_SUCCESS": "finished",
    "TRADE_CLOSED": "closed",
}
"""Of a whole order."""
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
        *FIELDS,
    ),
    steps=(
        Step(
            "callback",
            (
                (
                    "有赞云控制台 → 应用 → 消息推送 → 推送网址：填写下面的地址",
                    "Youzan cloud → app → message push → address: enter the address below",
                ),
                (
                    "订阅“交易”和“退款”两类消息，再点“测试推送”",
                    "Subscribe to messages about trades and refunds, then send a test",
                ),
            ),
        ),
        Step(
            "orders",
            (
                (
                    "可不做。打开“主动读取订单”并填店铺编号，就能补读历史订单；应用要有“交易查询”权限",
                    "May be left out. Switch on reading orders and give the shop's number, and orders of before can be "
                    "read; the app needs the right to query trades",
                ),
            ),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Youzan:
    about = ABOUT
    known = frozenset({*STATES, REFUND, READ, TEST})

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
        if "read" in document:
            return Told(READ, None, document)
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

    def as_told(self, callback: Callback) -> bytes:
        return b""

    def facts(self, callback: Callback) -> Sequence[Fact]:
        document = callback.fields
        if callback.name == READ:
            return _read(document)
        message = _message(document)
        if callback.name == REFUND:
            refund = _refund(document, message, callback.time)
            return [] if refund is None else [refund]
        whole = inner(message, "full_order_info")
        number = text(message, "tid") or text(document, "id") or number_of(inner(whole, "order_info"), "tid")
        paid, state = _payment(whole), STATES[callback.name]
        return [
            Fact(
                number,
                version_of(document.get("version"), callback.time),
                state,
                paid,
                buyer=_buyer(document, whole),
                wants=paid is None and (state in SINCE_PAID or not whole),
            )
        ]


def _message(document: Document) -> Document:
    """The message is JSON, written as a text and url-encoded once more."""
    message = str(document.get("msg") or "")
    return loads(unquote_plus(message)) if message.strip() else {}


def _read(document: Document) -> list[Fact]:
    """A whole order that was asked for, with what was given back of it."""
    found = inner(document, "read")
    whole = inner(found, "full_order_info") or found
    order = inner(whole, "order_info")
    number, changed = number_of(order, "tid"), first_moment(order, "update_time", "pay_time", "created")
    version = 0 if changed is None else int(changed.timestamp())
    state, buyer = STATUSES.get(text(order, "status"), ""), _buyer(document, whole)
    facts = [Fact(number, version, state, _payment(whole), buyer=buyer)]
    for each in listed(found, "refund_order"):
        at = first_moment(each, "update_time", "success_time", "created") or changed
        if at is not None and text(each, "refund_id") and _money_is_back(each):
            amount = yuan(each.get("refunded_fee", each.get("refund_fee")))
            facts.append(Fact(number, part=Part("returned", text(each, "refund_id"), at, amount)))
    return facts


def _money_is_back(refund: Document) -> bool:
    return bool(REFUNDED & {text(refund, name) for name in ("refund_state", "refund_status", "status")})


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
    done = text(document, "type").endswith("RefundSuccess") or _money_is_back(message) or _money_is_back(document)
    if not done:
        return None
    number = text(message, "tid") or number_of(document, "id")
    amount = yuan(message.get("refunded_fee", message.get("refund_fee")))
    return Fact(number, part=Part("returned", number_of(message, "refund_id"), at, amount))
