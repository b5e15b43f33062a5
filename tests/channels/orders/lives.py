"""Lives of an order, as strategies: what a shop of each platform tells of one or two orders, in its own words.

They obey what platforms obey: what was paid does not change after, each return has a number of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from hypothesis import strategies as st

Message = bytes
"""A body as it is kept."""

BEGIN = 1_767_225_600
"""Epoch seconds: 2026-01-01 08:00 in China."""
STEPS = ("created", "paid", "shipped", "finished")


def _when(seconds: int) -> str:
    from datetime import UTC, datetime, timedelta

    return (datetime.fromtimestamp(seconds, UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


@st.composite
def _life(draw: st.DrawFn) -> dict[str, Any]:
    """Of one order: how far it went, whether it was closed, how much in fen, its returns with their amounts."""
    paid_at = BEGIN + draw(st.integers(0, 1000))
    return {
        "number": str(draw(st.integers(1, 2))),
        "far": draw(st.integers(1, 4)),
        "closed": draw(st.booleans()),
        "fen": draw(st.integers(0, 10**9)),
        "paid_at": paid_at,
        "gap": draw(st.integers(0, 5)),
        "returns": draw(st.lists(st.integers(1, 10**6), max_size=3)),
        "lost": draw(st.sets(st.integers(0, 3), max_size=1)),
    }


@st.composite
def _lives(draw: st.DrawFn) -> list[dict[str, Any]]:
    return list({life["number"]: life for life in draw(st.lists(_life(), min_size=1, max_size=2))}.values())


def _states(life: dict[str, Any]) -> list[tuple[str, int]]:
    """State and time of each step that is told; at times two of one second."""
    told = [
        (state, life["paid_at"] + (place - 1) * life["gap"])
        for place, state in enumerate(STEPS[: life["far"]])
        if place not in life["lost"]
    ]
    return [*told, ("closed", life["paid_at"] + 100)] if life["closed"] else told or [("created", life["paid_at"])]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def _youzan(lives: list[dict[str, Any]]) -> list[Message]:
    kinds = {
        "created": "trade_TradeCreate",
        "paid": "trade_TradePaid",
        "shipped": "trade_TradeSellerShip",
        "finished": "trade_TradeSuccess",
        "closed": "trade_TradeClose",
    }
    found: list[Message] = []

    def post(kind: str, message: dict[str, Any], version: int) -> None:
        whole = {"type": kind, "kdt_id": 160, "version": version, "msg": quote_plus(json.dumps(message))}
        found.append(json.dumps(whole).encode())

    for life in lives:
        for state, at in _states(life):
            info: dict[str, Any] = {"tid": life["number"], "update_time": _when(at)}
            if life["far"] > 1 and state != "created":
                info["pay_time"] = _when(life["paid_at"])
            order = {
                "order_info": info,
                "pay_info": {"payment": _yuan(life["fen"])},
                "orders": [{"outer_item_id": "S", "title": "面霜", "num": 3, "payment": _yuan(life["fen"])}],
                "buyer_info": {"yz_open_id": f"yz-{life['number']}"},
            }
            post(kinds[state], {"full_order_info": order}, at)
        for place, amount in enumerate(life["returns"]):
            refund = {"tid": life["number"], "refund_id": f"R{place}", "refunded_fee": _yuan(amount)}
            post("trade_refund_RefundSuccess", {**refund, "update_time": _when(life["paid_at"] + 50)}, 1)
    return found


def _douyin(lives: list[dict[str, Any]]) -> list[Message]:
    tags = {"created": 100, "paid": 110, "shipped": 102, "finished": 103, "closed": 106}
    times = {
        "created": "create_time",
        "paid": "pay_time",
        "shipped": "update_time",
        "finished": "complete_time",
        "closed": "cancel_time",
    }
    found: list[dict[str, Any]] = []
    for life in lives:
        for state, at in _states(life):
            at = life["paid_at"] if state == "paid" else at
            data: dict[str, Any] = {"p_id": life["number"], "shop_id": 1, "pay_type": 1, times[state]: at}
            if state == "paid":
                data["pay_amount"] = life["fen"]
            found.append({"tag": tags[state], "msgId": f"{state}{life['number']}", "data": data})
        for place, amount in enumerate(life["returns"]):
            data = {"p_id": life["number"], "aftersale_id": place + 1, "refund_amount": amount}
            found.append({"tag": "206", "msgId": "1", "data": {**data, "success_time": life["paid_at"] + 50}})
    return [json.dumps(each).encode() for each in found]


def _taobao(lives: list[dict[str, Any]]) -> list[Message]:
    topics = {
        "created": "taobao_trade_TradeCreate",
        "paid": "taobao_trade_TradeBuyerPay",
        "shipped": "taobao_trade_TradeSellerShip",
        "finished": "taobao_trade_TradeSuccess",
        "closed": "taobao_trade_TradeClose",
    }
    found: list[Message] = []

    def post(topic: str, content: dict[str, Any], at: int) -> None:
        message = {"topic": topic, "pub_time": _when(at), "content": json.dumps(content)}
        found.append(json.dumps({"buyer_field": "buyer_open_uid", "message": message}).encode())

    for life in lives:
        whose = {"tid": int(life["number"]), "buyer_nick": "t**", "buyer_open_uid": f"u-{life['number']}"}
        for state, at in _states(life):
            post(topics[state], {**whose, "payment": _yuan(life["fen"])}, at)
        for place, amount in enumerate(life["returns"]):
            refund = {"tid": int(life["number"]), "refund_id": place, "refund_fee": _yuan(amount)}
            post("taobao_refund_RefundSuccess", {**refund, "oid": 1}, life["paid_at"] + 50)
    return found


def _shop(lives: list[dict[str, Any]]) -> list[Message]:
    found: list[Message] = []

    def post(kind: str, at: int, order: dict[str, Any]) -> None:
        whole = {"type": kind, "time": _when(at), "order": order, "buyer": {"customer": f"c-{order['number']}"}}
        found.append(json.dumps({"account": "7", "sent": BEGIN, "message": whole}).encode())

    for life in lives:
        for state, at in _states(life):
            total = {"total": _yuan(life["fen"])} if state == "paid" else {}
            post(f"order_{state}", at, {"number": life["number"], **total})
        for place, amount in enumerate(life["returns"]):
            part = {"number": life["number"], "total": _yuan(amount)}
            post("order_returned", life["paid_at"] + 50, {**part, "refund": f"R{place}"})
            post("order_amended", life["paid_at"] + 40, {**part, "amendment": f"M{place}"})
    return found


LIVES: Mapping[str, st.SearchStrategy[list[Message]]] = {
    "youzan": _lives().map(_youzan),
    "douyin_shop": _lives().map(_douyin),
    "taobao": _lives().map(_taobao),
    "shop": _lives().map(_shop),
}
