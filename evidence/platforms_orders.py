"""Orders told by webhook are stored once and to the fen: repeated, out of order, among forged and oversized ones."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations
from typing import Any

import httpx

from evidence.harness import Evidence, Goal, Scale, at_most, equal, fresh_home
from evidence.platform_server import door_served
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.running import Running
from rehearsal.platforms.orders import shops
from rehearsal.platforms.orders.shapes import SHAPES, Order
from siyu.app import open_home
from siyu.channels.accounts import open_account
from siyu.channels.orders.dialect import md5
from siyu.channels.orders.receiver import DIALECTS, OrderReceiver
from siyu.channels.platform.applier import Applier
from siyu.channels.platform.callbacks import Callback, Delivery, address
from siyu.channels.protocol import Account
from siyu.channels.registry import channels_of, receivers_of
from siyu.jobs.turns import run_until_empty
from siyu.people.drain import Drain
from siyu.settings import Settings
from siyu.storage import Stores

CLAIM = "platforms.orders"

SECRET = "whsec_" + "c2l5dS1vcmRlcnMtc2VjcmV0LWZvci1ldmlkZW5jZQ=="
PLATFORMS = ("youzan", "douyin_shop", "taobao", "shop")
KEYS = {"youzan": ("cid123", "csec456"), "douyin_shop": ("appkey1", "appsec1")}


@dataclass
class _Sold:
    """What the shops say they sold."""

    orders: int = 0
    returns: int = 0
    fen: int = 0
    fen_back: int = 0
    messages: int = 0


def measure(scale: Scale) -> Evidence:
    orders = 5_000 if scale == "full" else 60
    with fresh_home() as home:
        stores = open_home(Settings(home=home))
        with door_served(stores) as url, Running(shops(clock=DomainClock(pace=0.0))) as world:
            accounts = {platform: _account(stores, platform) for platform in PLATFORMS}
            doors = {platform: url + address(stores, platform, number) for platform, number in accounts.items()}
            for platform in PLATFORMS:
                key, secret = KEYS.get(platform, ("", SECRET))
                world.door.post("shop", shop=platform, platform=platform, url=doors[platform], key=key, secret=secret)
            sold = _storm(world, orders)
            refused = _refused(doors)
            seconds = float(world.door.get("poster")["seconds"]["p99"])
            run_until_empty(Applier(stores, receivers_of()).step)
            run_until_empty(Drain(stores).step)
            stored = _stored(stores)
        tried, differing = _permutations(stores, 720 if scale == "full" else 60)
        stores.close()
    goals = [
        equal("orders stored", stored["orders"], sold.orders),
        equal("returns stored", stored["returns"], sold.returns),
        equal("yuan sold, to the fen", str(stored["sold"]), _yuan(sold.fen)),
        equal("yuan given back, to the fen", str(stored["back"]), _yuan(sold.fen_back)),
        equal("forged or oversized bodies taken", refused["taken"], 0),
        equal("faults (5xx)", refused["faults"], 0),
        *_vectors(),
        equal("permutations of a life that end otherwise", differing, 0),
        at_most("seconds to an answer (p99)", seconds, 1),
    ]
    notes = {"messages": sold.messages, "posted": stored["posted"], "permutations": tried}
    return Evidence(CLAIM, f"{sold.orders:,} orders of 4 platforms, half repeated, half late", goals, notes)


def _yuan(fen: int) -> str:
    return str((Decimal(fen) / 100).quantize(Decimal("0.01")))


def _storm(world: Running, orders: int) -> _Sold:
    """Orders of every platform; half of the messages come twice, half late and out of order."""
    world.door.post("poster", repeats=0.5, disorder=0.5, late_seconds=60, at_once=16)
    chance, sold = random.Random(11), _Sold()
    for place in range(orders):
        returns = [chance.randrange(1, 500) for _ in range(chance.choice((0, 0, 1, 2)))]
        wish = {"shop": PLATFORMS[place % 4], "number": f"9{place}", "fen": chance.randrange(1_000, 10**8)}
        told = world.door.post("order", **wish, buyer=f"b{place}", returns=returns, closed=chance.random() < 0.1)
        sold.orders += 1
        sold.returns += len(returns)
        sold.fen += int(wish["fen"])
        sold.fen_back += sum(returns)
        sold.messages += int(told["messages"])
    world.door.post("clock", move_seconds=120)
    if not world.door.post("settle", seconds=100)["settled"]:
        raise RuntimeError("the shops did not get rid of their messages")
    return sold


def _refused(doors: dict[str, str]) -> dict[str, int]:
    """Forged, broken and oversized bodies at every door."""
    answers: Counter[int] = Counter()
    with httpx.Client(trust_env=False) as http:
        for url in doors.values():
            for body in (b"", b"{", b"[]", b"\xff", b'{"msg":"%7B%7D","sign":"0"}', b"[" * 50_000, b" " * 5_000_000):
                answers[http.post(url, content=body, headers={"event-sign": "0"}).status_code] += 1
    return {"taken": answers[200], "faults": sum(number for status, number in answers.items() if status >= 500)}


def _stored(stores: Stores) -> dict[str, Any]:
    asked = (
        "SELECT countIf(name = 'order_paid'), countIf(name = 'order_returned'), "
        "sumIf(amount, name = 'order_paid'), sumIf(amount, name = 'order_returned') FROM events"
    )
    row = stores.events.row(asked)
    assert row is not None
    orders, returns, sold, back = row
    exact = {"sold": Decimal(sold).quantize(Decimal("0.01")), "back": Decimal(back).quantize(Decimal("0.01"))}
    return {"orders": orders, "returns": returns, **exact, "posted": stores.callbacks.last()}


def _permutations(stores: Stores, number: int) -> tuple[int, int]:
    """So many orders of arrival of one life of six messages, at each platform: how many, and how many end otherwise."""
    life = Order("77", 12_345, "b", (100, 200), False, 1_767_225_600)
    account = tried = differing = 0
    for dialect in DIALECTS:
        receiver = OrderReceiver(dialect)
        bodies = [_kept(dialect.about.name, message) for message in SHAPES[dialect.about.name](life)]
        wanted: Any = None
        for order in random.Random(3).sample(list(permutations(bodies)), number):
            account += 1
            found = _told(stores, receiver, 1_000 + account, order)
            wanted = wanted or found
            tried += 1
            differing += found != wanted or len(found) != 3
    return tried, differing


def _told(stores: Stores, receiver: OrderReceiver, account: int, bodies: Sequence[bytes]) -> list[Any]:
    """The news of messages that are applied one by one."""
    news: list[Any] = []
    for place, body in enumerate(bodies):
        name, at, fields = receiver.read(body)
        assert at is not None
        with stores.ledger.write() as conn:
            told = receiver.apply(conn, account, [Callback(receiver.platform, account, "", name, at, fields, place)])
        news += [(each.event, each.at, each.properties["order_id"], each.properties["total"]) for each in told]
    return sorted(news)


def _kept(platform: str, message: Any) -> bytes:
    """A message as the door leaves it on disk."""
    if platform == "douyin_shop":
        return json.dumps(message[0]).encode()
    if platform == "taobao":
        return json.dumps({"buyer_field": "buyer_open_uid", "message": message}).encode()
    if platform == "shop":
        return json.dumps({"account": "1", "sent": 1_767_225_600, "message": message}).encode()
    return json.dumps(message).encode()


def _vectors() -> list[Goal]:
    """The signatures that were worked out from the platforms' own words."""
    youzan = md5("cid123", "%7B%22tid%22%3A%22E20240101000000000000001%22%7D", "csec456")
    body = b'[{"tag":"110","msgId":"1","data":{"p_id":1}}]'
    shop = Account(1, "douyin_shop", "x", {"app_key": "appkey1"}, {"app_secret": "appsec1"})
    headers = {"event-sign": "a0cc08f3a5bb5164380a88400f188ac7"}
    taken = receivers_of()["douyin_shop"].receive(shop, Delivery("POST", {}, headers, body))
    verify = b'{"event":"verify_webhook","client_key":"testkey","content":{"challenge":12345}}'
    signed = hashlib.sha1(b"test_client_secret" + verify).hexdigest()
    douyin = Account(1, "douyin", "x", {}, {"client_secret": "test_client_secret"})
    answer = receivers_of()["douyin"].receive(douyin, Delivery("POST", {}, {"x-douyin-signature": signed}, verify))
    return [
        equal("vector of Youzan", youzan, "1f2f445483d925d6f6b10bedb5a5d521"),
        equal("vector of Douyin shop", len(taken.bodies), 1),
        equal("vector of Douyin", signed, "f56f996e8ba488f056ca976f47573279b53993bc"),
        equal("Douyin's challenge answered", answer.answer.decode(), '{"challenge": 12345}'),
    ]


def _account(stores: Stores, platform: str) -> int:
    given = {
        "youzan": {"client_id": "cid123", "client_secret": "csec456"},
        "douyin_shop": {"app_key": "appkey1", "app_secret": "appsec1"},
    }.get(platform, {"secret": SECRET})
    channels = channels_of(stores)
    number, _ = open_account(stores, channels, channel=platform, name=platform, settings=given)
    channels.close()
    return number
