"""What shops do, at their door: an order is placed, paid, sent, finished, given back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Answer, Refusal, Reply, Request, Routes
from rehearsal.platforms.orders.shapes import (
    HOUR,
    RETURN_HOURS,
    SHAPES,
    STATES,
    Order,
    bare,
    taobao_whole,
    written,
    youzan_whole,
)
from rehearsal.platforms.orders.world import Bill, Shop, Shops

ROUTES: Routes[Shops] = Routes()

PAGES_MAX = PAGE_SIZE_MAX = 100


@ROUTES.door("shop")
def open_shop(world: Shops, request: Request) -> Answer:
    """{shop, platform, url, key, secret}: a shop and where it tells of its orders."""
    wish = request.json()
    if wish["platform"] not in SHAPES:
        raise ValueError("no such platform")
    world.shops.put(wish["shop"], Shop(wish["platform"], wish["url"], wish.get("key", ""), wish["secret"]))
    return {}


@ROUTES.door("order")
def place(world: Shops, request: Request) -> Answer:
    """{shop, number, fen, buyer, returns: [fen], closed, hours, silent, bare}: a whole order; how many messages it
    makes. ``silent``: it tells nobody, as before anybody listened; ``bare``: it tells the number alone (Youzan).

    All of its messages leave at once unless the poster is told otherwise; their times are hours apart."""
    wish = request.json()
    shop = world.shops[wish["shop"]]
    order = Order(
        str(wish["number"]), int(wish["fen"]), str(wish["buyer"]), tuple(wish.get("returns", ())),
        bool(wish.get("closed")), world.now() - 3_600 * int(wish.get("hours", 10)),
    )  # fmt: skip
    world.orders.put(f"{wish['shop']}:{order.number}", order)
    messages = [] if wish.get("silent") else SHAPES[shop.platform](order)
    if wish.get("bare"):
        messages = [bare(each, order.number) for each in messages]
    for message in messages:
        world.tell(wish["shop"], message)
    return {"messages": len(messages)}


@ROUTES.door("pay")
def pay(world: Shops, request: Request) -> Answer:
    """{shop, number, fen, buyer, lines?, who?}: an order is placed and paid now; it is not sent yet."""
    wish = request.json()
    order = _order(wish, world.now() - HOUR)
    world.bills.put(f"{wish['shop']} {order.number}", Bill(wish["shop"], order.number, order.fen))
    for message in SHAPES[world.shops[wish["shop"]].platform](order)[: STATES.index("paid") + 1]:
        world.tell(wish["shop"], message)
    return {}


@ROUTES.door("give_back")
def give_back(world: Shops, request: Request) -> Answer:
    """{shop, number, fen, buyer, who?}: an order goes back now, whole or in part."""
    wish = request.json()
    order = msgspec.structs.replace(_order(wish, world.now() - RETURN_HOURS * HOUR), returns=(int(wish["fen"]),))
    if (bill := world.bills.get(key := f"{wish['shop']} {order.number}")) is not None:
        world.bills.change(key, back_fen=bill.back_fen + int(wish["fen"]))
    world.tell(wish["shop"], SHAPES[world.shops[wish["shop"]].platform](order)[-1])
    return {}


@ROUTES.door("bills")
def bills(world: Shops, request: Request) -> Answer:
    """GET ?shop: what was paid and given back by ``pay`` and ``give_back``, as the shop itself remembers it."""
    found = [msgspec.to_builtins(each) for each in world.bills.values() if each.shop == request.query["shop"]]
    return {"bills": found}


def _order(wish: dict[str, Any], at: int) -> Order:
    lines, who = tuple(wish.get("lines", ())), dict(wish.get("who", {}))
    return Order(str(wish["number"]), int(wish["fen"]), str(wish["buyer"]), (), False, at, lines, who)


# --- what a platform answers when it is asked


@ROUTES.post("/auth/token", open=True)
def token(world: Shops, request: Request) -> Answer:
    wish = request.json()
    try:
        shop = world.shops[world.shop_of(str(wish["client_id"]))]
    except StopIteration:
        raise Refusal(40009, "no such client") from None
    if shop.secret != wish["client_secret"] or not wish.get("grant_id"):
        raise Refusal(40010, "wrong secret")
    issued, seconds = world.tokens.issue(shop.key, "")
    return {"access_token": issued, "expires": int((world.clock.now() + seconds) * 1000), "scope": "trade"}


@ROUTES.post("/api/youzan.trades.sold.get/4.0.4")
def trades(world: Shops, request: Request) -> Answer:
    """At most a hundred pages of a hundred."""
    wish = request.json()
    page, size = int(wish["page_no"]), int(wish["page_size"])
    if not (1 <= page <= PAGES_MAX and 1 <= size <= PAGE_SIZE_MAX):
        raise Refusal(50_000, "page out of range")
    since, until = str(wish["start_update"]), str(wish["end_update"])
    found = [
        order
        for order in world.orders_of(world.shop_of(request.account))
        if since <= written(order.steps()[-1][1]) <= until
    ]
    begin = (page - 1) * size
    wholes = [youzan_whole(order) for order in found[begin : begin + size]]
    return {"total_results": len(found), "full_order_info_list": wholes}


@ROUTES.post("/api/youzan.trade.get/4.0.2")
def trade(world: Shops, request: Request) -> Answer:
    order = world.orders.get(f"{world.shop_of(request.account)}:{request.json()['tid']}")
    if order is None:
        raise Refusal(50_404, "no such trade")
    return youzan_whole(order)


@ROUTES.post("/relay", open=True)
def relay(world: Shops, request: Request) -> Answer:
    """The shop's own program before Taobao: whole orders for who signs by Standard Webhooks."""
    wish = request.json()
    if not request.headers.get("webhook-signature", "").startswith("v1,"):
        return Reply(b"", 401, "text/plain")
    order = next((each for key, each in world.orders.items() if key.endswith(f":{wish['tid']}")), None)
    if order is None or wish["method"] != "taobao.trade.fullinfo.get":
        return Reply(b"", 404, "text/plain")
    answer = {"trade_fullinfo_get_response": {"trade": taobao_whole(order)}}
    return Reply(json.dumps(answer).encode(), 200, "application/json")


def shops(path: Path | None = None, clock: DomainClock | None = None) -> Simulator[Shops]:
    """Simulated shops."""
    return Simulator(Shops(path, clock), ROUTES)
