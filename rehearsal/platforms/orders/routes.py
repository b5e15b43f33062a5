"""What shops do, at their door: an order is placed, paid, sent, finished, given back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Answer, Request, Routes
from rehearsal.platforms.orders.shapes import HOUR, RETURN_HOURS, SHAPES, STATES, Order
from rehearsal.platforms.orders.world import Bill, Shop, Shops

ROUTES: Routes[Shops] = Routes()


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
    """{shop, number, fen, buyer, returns: [fen], closed, hours}: a whole order; how many messages it makes.

    All of its messages leave at once unless the poster is told otherwise; their times are hours apart."""
    wish = request.json()
    shop = world.shops[wish["shop"]]
    order = Order(
        str(wish["number"]), int(wish["fen"]), str(wish["buyer"]), tuple(wish.get("returns", ())),
        bool(wish.get("closed")), world.now() - 3_600 * int(wish.get("hours", 10)),
    )  # fmt: skip
    messages = SHAPES[shop.platform](order)
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
    order = replace(_order(wish, world.now() - RETURN_HOURS * HOUR), returns=(int(wish["fen"]),))
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


def shops(path: Path | None = None, clock: DomainClock | None = None) -> Simulator[Shops]:
    """Simulated shops."""
    return Simulator(Shops(path, clock), ROUTES)
