"""Any other shop: one written shape, signed by the Standard Webhooks specification.

.. code-block:: json

    {"type": "order_paid", "time": "2026-01-01T12:00:00+08:00",
     "order": {"number": "A1", "total": "99.90",
               "lines": [{"sku": "S1", "name": "面霜", "category": "护肤", "quantity": 1, "price": "99.90"}],
               "coupons": [{"code": "7KQ2 M9XA D4PT", "off": "50.00"}]},
     "buyer": {"customer": "c-1", "phone": "13800138000"}}

``order.claim`` is the code that the buyer brought from an order link, where there is one.
``order_amended`` adds ``order.amendment``, ``order_returned`` adds ``order.refund``: the number of the addition or
return. Their ``total`` is what was added or given back. ``coupons``: codes of ours that a paid order used, and what
each took off. ``order_created``,
``order_shipped``, ``order_finished`` and ``order_closed`` need a number only. ``test`` tries the address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from siyu.channels.orders import dialect
from siyu.channels.orders.dialect import ANSWER, TEST
from siyu.channels.orders.shape import (
    CODE_CHARACTERS_MAX,
    COUPONS_MAX,
    STATES,
    Buyer,
    Fact,
    Line,
    Part,
    UsedCoupon,
    bad,
    buyer_of,
    line,
    number_of,
    payment,
    yuan,
)
from siyu.channels.platform.callbacks import Callback, Delivery, Received, Told
from siyu.channels.platform.documents import Document, unreadable
from siyu.channels.platform.reading import first_moment, inner, is_part, listed, loads, text
from siyu.channels.platform.signed import proved
from siyu.channels.protocol import Account, Field
from siyu.channels.signing import new_secret
from siyu.channels.steps import Step

PARTS: Mapping[str, str] = {"order_amended": "amendment", "order_returned": "refund"}
BUYER_KINDS = ("user_id", "customer", "unionid", "external_userid", "member_card", "phone", "email")
CLAIM_CHARACTERS_MAX = 40
PARTED = ("openid", "mp_openid", "douyin_openid", "customer")

ABOUT = dialect.about(
    "shop",
    "其他店铺订单",
    "Orders of any other shop",
    suits_zh="自有商城、ERP、收银系统的订单",
    suits_en="Orders of your own shop, ERP or tills",
    fields=(Field("secret", "secret", "签名密钥", "Signing secret", "留空则自动生成", "Made for you when left empty"),),
    steps=(
        Step(
            "callback",
            (
                (
                    "让您的系统把订单 POST 到下面的地址，格式见指南“接入店铺订单”",
                    "Have your system post orders to the address below; the guide “connect your "
                    "shop's orders” has the shape",
                ),
                (
                    "用签名密钥按 Standard Webhooks 签名，没有收到 200 就原样重发",
                    "Sign with the secret by Standard Webhooks, and send again what was not answered with 200",
                ),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Generic:
    about = ABOUT
    known = frozenset({*(f"order_{state}" for state in STATES), *PARTS, TEST})

    def new_secrets(self) -> Mapping[str, str]:
        return {"secret": new_secret()}

    def receive(self, account: Account, delivery: Delivery) -> Received:
        sent_at = proved(account, delivery)
        document = loads(delivery.body)
        if text(document, "type") in self.known - {TEST}:
            self._fact(text(document, "type"), document, "0")  # whoever writes this shape is told what is wrong
        kept = {"account": account.id, "sent": sent_at, "message": document}
        body = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), default=str).encode()
        return Received(body, ANSWER, "application/json")

    def told(self, document: Document) -> Told:
        sent_at = document.get("sent")
        if not isinstance(sent_at, int):
            raise unreadable()
        return Told(text(inner(document, "message"), "type"), datetime.fromtimestamp(sent_at, UTC), document)

    def as_told(self, callback: Callback) -> bytes:
        return b""

    def facts(self, callback: Callback) -> Sequence[Fact]:
        return [self._fact(callback.name, inner(callback.fields, "message"), text(callback.fields, "account"))]

    def _fact(self, name: str, message: Document, account: str) -> Fact:
        order = inner(message, "order")
        number, at = number_of(order, "number"), first_moment(message, "time")
        if at is None:
            raise bad("time", "缺少时间", "the time is missing")
        lines = [_line(each) for each in listed(order, "lines")]
        buyer = _buyer(inner(message, "buyer"), account)
        if name in PARTS:
            kind = "amended" if name == "order_amended" else "returned"
            part = Part(kind, number_of(order, PARTS[name]), at, _total(order, lines), tuple(lines))
            return Fact(number, part=part, buyer=buyer)
        paid = payment(at, _total(order, lines), lines, _coupons(order)) if name == "order_paid" else None
        if paid is not None:
            paid = replace(paid, claim=text(order, "claim")[:CLAIM_CHARACTERS_MAX])
        return Fact(number, int(at.timestamp() * 1000), name.removeprefix("order_"), paid, buyer=buyer)


def _line(each: Document) -> Line:
    made = line(text(each, "sku"), text(each, "name", "title"), each.get("quantity"), price=each.get("price"))
    return Line(made.sku, made.title, made.quantity, made.price, text(each, "category"))


def _coupons(order: Document) -> list[UsedCoupon]:
    given = listed(order, "coupons")
    if len(given) > COUPONS_MAX:
        raise bad("coupons", f"最多 {COUPONS_MAX} 张券", f"it has more than {COUPONS_MAX} coupons")
    found: list[UsedCoupon] = []
    for each in given:
        code = text(each, "code")
        if not 0 < len(code) <= CODE_CHARACTERS_MAX:
            raise bad("coupons", "券码缺失或过长", "a coupon's code is missing or too long")
        found.append(UsedCoupon(code, None if each.get("off") in (None, "") else yuan(each["off"])))
    return found


def _total(order: Document, lines: list[Line]) -> Decimal:
    if order.get("total") is not None:
        return yuan(order["total"])
    if not lines:
        raise bad("money", "缺少合计或明细", "neither a total nor lines are given")
    return yuan(sum((each.quantity * each.price for each in lines), Decimal(0)))


def _buyer(buyer: Document, account: str) -> Buyer:
    """Kinds of identifiers as the intake knows them; ``customer`` alone is a number of this shop."""
    named: list[tuple[str, str]] = []
    for kind in buyer:
        name, _, part = kind.partition(":")
        if kind == "customer":
            named.append((f"customer:shop_{account}", text(buyer, kind)))
        elif kind in BUYER_KINDS or (name in PARTED and is_part(part)):
            named.append((kind, text(buyer, kind)))
    return buyer_of(*named)
