"""One order in the words of each platform: every message of its life, in the order in which it happens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import msgspec

HOUR = 3_600
RETURN_HOURS = 5
"""So long after it was placed an order's first return is told."""
STATES = ("created", "paid", "shipped", "finished")


class Order(msgspec.Struct, frozen=True):
    """``fen``: what was paid; ``returns``: what went back each time; ``at``: when it was placed (epoch seconds).

    ``lines`` {sku, name, category, quantity, price} and ``who`` (more identifiers of the buyer by kind) are told by
    shops of one's own; the other platforms keep to their samples' one line."""

    number: str
    fen: int
    buyer: str
    returns: tuple[int, ...]
    closed: bool
    at: int
    lines: tuple[dict[str, Any], ...] = ()
    who: dict[str, str] = {}

    def steps(self) -> list[tuple[str, int]]:
        """State and time of each; a closed one ends before it is sent."""
        states = ("created", "paid", "closed") if self.closed else STATES
        return [(state, self.at + place * HOUR) for place, state in enumerate(states)]

    @property
    def paid_at(self) -> int:
        return self.at + HOUR

    def given_back(self) -> list[tuple[str, int, int]]:
        """Number, fen and time of each return."""
        return [
            (f"{self.number}{place}", fen, self.at + (RETURN_HOURS + place) * HOUR)
            for place, fen in enumerate(self.returns)
        ]


def youzan(order: Order) -> list[Any]:
    kinds = {
        "created": ("trade_TradeCreate", "WAIT_BUYER_PAY"),
        "paid": ("trade_TradePaid", "TRADE_PAID"),
        "shipped": ("trade_TradeSellerShip", "WAIT_BUYER_CONFIRM_GOODS"),
        "finished": ("trade_TradeSuccess", "TRADE_SUCCESS"),
        "closed": ("trade_TradeClose", "TRADE_CLOSED"),
    }
    messages = [
        _youzan(order, *kinds[state], at, {"full_order_info": _full_order(order, kinds[state][1], state, at)})
        for state, at in order.steps()
    ]
    for number, fen, at in order.given_back():
        refund = {"tid": order.number, "refund_id": number, "refunded_fee": yuan(fen), "update_time": written(at)}
        messages.append(_youzan(order, "trade_refund_RefundSuccess", "SAFE_FINISHED", at, refund))
    return messages


def youzan_whole(order: Order) -> dict[str, Any]:
    """The order as Youzan gives it when asked: as it is at the end of its life, with what was given back."""
    state, at = order.steps()[-1]
    status = {"finished": "TRADE_SUCCESS", "closed": "TRADE_CLOSED"}[state]
    given_back = [
        {
            "refund_id": number,
            "refunded_fee": yuan(fen),
            "refund_state": "SAFE_FINISHED",
            "update_time": written(when),
        }
        for number, fen, when in order.given_back()
    ]
    return {"full_order_info": _full_order(order, status, state, at), "refund_order": given_back}


def taobao_whole(order: Order) -> dict[str, Any]:
    """The order as Taobao gives it when asked."""
    state, at = order.steps()[-1]
    line = {"oid": order.number, "title": "面霜", "num": 1, "outer_sku_id": "S1", "payment": yuan(order.fen)}
    return {
        "tid": order.number,
        "status": {"finished": "TRADE_FINISHED", "closed": "TRADE_CLOSED"}[state],
        "payment": yuan(order.fen),
        "created": written(order.at),
        "pay_time": written(order.paid_at),
        "modified": written(at),
        "buyer_nick": "t**o",
        "buyer_open_uid": order.buyer,
        "orders": {"order": [line]},
    }


def bare(message: dict[str, Any], number: str) -> dict[str, Any]:
    """A message of Youzan's that says of an order its number alone."""
    return {**message, "msg": quote_plus(json.dumps({"tid": number}))}


def _youzan(order: Order, kind: str, status: str, at: int, message: dict[str, Any]) -> dict[str, Any]:
    """Client id and signature come with the sealing."""
    return {
        "client_id": "",
        "id": order.number,
        "kdt_id": 160,
        "kdt_name": "汀屿美妆",
        "mode": 1,
        "type": kind,
        "status": status,
        "msg": quote_plus(json.dumps(message, ensure_ascii=False)),
        "sign": "",
        "sendCount": 0,
        "test": False,
        "version": at,
        "msg_id": f"{order.number}-{kind}-{at}",
    }


def _full_order(order: Order, status: str, state: str, at: int) -> dict[str, Any]:
    info: dict[str, Any] = {
        "tid": order.number,
        "status": status,
        "type": 0,
        "pay_type": 1,
        "created": written(order.at),
        "update_time": written(at),
        "order_tags": {},
        "order_extra": {},
    }
    if state != "created":
        info["pay_time"] = written(order.paid_at)
    total = yuan(order.fen)
    line = {"oid": "1", "item_id": 1, "sku_id": 2, "outer_item_id": "S1", "title": "面霜", "num": 1, "price": total}
    return {
        "order_info": info,
        "orders": [{**line, "payment": total, "total_fee": total}],
        "buyer_info": {
            "buyer_id": 9,
            "fans_id": 0,
            "fans_type": 0,
            "buyer_phone": "",
            "outer_user_id": "",
            "yz_open_id": order.buyer,
        },
        "address_info": {"receiver_tel": "164****0000"},
        "pay_info": {"payment": total, "total_fee": total, "post_fee": "0.00"},
        "remark_info": {},
        "source_info": {"source": {"platform": "wx", "wx_entrance": "direct_buy"}},
        "child_info": {},
    }


def douyin_shop(order: Order) -> list[Any]:
    tags = {"created": "100", "paid": "110", "shipped": "102", "finished": "103", "closed": "106"}
    statuses = {"created": 1, "paid": 2, "shipped": 3, "finished": 5, "closed": 4}
    times = {
        "created": "create_time",
        "paid": "pay_time",
        "shipped": "update_time",
        "finished": "complete_time",
        "closed": "cancel_time",
    }
    messages: list[Any] = []
    for state, at in order.steps():
        data = {
            "p_id": order.number,
            "s_ids": [order.number],
            "shop_id": 12345,
            "order_status": statuses[state],
            "order_type": 0,
            "biz": 2,
            times[state]: at,
        }
        if state == "paid":
            data |= {"pay_type": 1, "pay_amount": order.fen}
        messages.append([{"tag": tags[state], "msgId": f"0::{tags[state]}:{at}:{order.number}", "data": data}])
    for number, fen, at in order.given_back():
        data = {
            "p_id": order.number,
            "s_id": order.number,
            "shop_id": 12345,
            "aftersale_id": number,
            "aftersale_status": 12,
            "aftersale_type": 1,
            "refund_amount": fen,
            "success_time": at,
        }
        messages.append([{"tag": "206", "msgId": f"0::206:{at}:{number}", "data": data}])
    return messages


def taobao(order: Order) -> list[Any]:
    topics = {
        "created": ("taobao_trade_TradeCreate", "WAIT_BUYER_PAY"),
        "paid": ("taobao_trade_TradeBuyerPay", "WAIT_SELLER_SEND_GOODS"),
        "shipped": ("taobao_trade_TradeSellerShip", "WAIT_BUYER_CONFIRM_GOODS"),
        "finished": ("taobao_trade_TradeSuccess", "TRADE_FINISHED"),
        "closed": ("taobao_trade_TradeClose", "TRADE_CLOSED"),
    }
    whose = {"tid": order.number, "oid": order.number, "buyer_nick": "t**o", "buyer_open_uid": order.buyer}
    messages: list[Any] = []
    for state, at in order.steps():
        topic, status = topics[state]
        trade = {**whose, "seller_nick": "汀屿美妆", "payment": yuan(order.fen), "post_fee": "0.00"}
        messages.append(_taobao(topic, at, {**trade, "type": "guarantee_trade", "status": status, "alipay_no": "1"}))
    for number, fen, at in order.given_back():
        refund = {**whose, "refund_id": number, "refund_fee": yuan(fen)}
        messages.append(_taobao("taobao_refund_RefundSuccess", at, refund))
    return messages


def _taobao(topic: str, at: int, content: dict[str, Any]) -> dict[str, Any]:
    told = {"id": at, "topic": topic, "user_nick": "汀屿美妆", "pub_time": written(at)}
    return {**told, "content": json.dumps(content, ensure_ascii=False)}


def shop(order: Order) -> list[Any]:
    def told(kind: str, at: int, more: dict[str, Any]) -> dict[str, Any]:
        order_told = {"number": order.number, **more}
        return {"type": kind, "time": f"{written(at)}+08:00", "order": order_told, "buyer": buyer}

    buyer = {"customer": order.buyer, **order.who}
    lines = list(order.lines) or [{"sku": "S1", "name": "面霜", "quantity": 1, "price": yuan(order.fen)}]
    messages = [
        told(f"order_{state}", at, {"total": yuan(order.fen), "lines": lines} if state == "paid" else {})
        for state, at in order.steps()
    ]
    for number, fen, at in order.given_back():
        messages.append(told("order_returned", at, {"refund": number, "total": yuan(fen)}))
    return messages


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def written(at: int) -> str:
    """A time as Chinese platforms write it."""
    return (datetime.fromtimestamp(at, UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


SHAPES: Mapping[str, Callable[[Order], list[Any]]] = {
    "youzan": youzan,
    "douyin_shop": douyin_shop,
    "taobao": taobao,
    "shop": shop,
}
