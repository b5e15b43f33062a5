"""The shops: where each tells of its orders, and how it signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.core.routes import Refusal, Request
from rehearsal.platforms.core.tokens import Tokens
from rehearsal.platforms.core.world import World
from rehearsal.platforms.orders.shapes import Order


class Shop(msgspec.Struct, frozen=True):
    """``key`` and ``secret`` are what its platform gave it: client id and secret, app key and secret, or a secret."""

    platform: str
    url: str
    key: str
    secret: str


BAD_TOKEN = 4201


class Bill(msgspec.Struct, frozen=True):
    """An order that was paid here, and what went back of it."""

    shop: str
    number: str
    fen: int
    back_fen: int = 0


class Shops(World):
    """``orders``: what was placed, by ``<shop>:<number>``: what a platform answers when it is asked."""

    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.tokens = Tokens(self.shelf, self.clock, (BAD_TOKEN, BAD_TOKEN))
        self.shops = self.shelf.drawer("shops", Shop)
        self.bills = self.shelf.drawer("bills", Bill)
        self.orders = self.shelf.drawer("orders", Order)

    def shop_of(self, key: str) -> str:
        """The name of the shop whose platform gave out this key. Raises :class:`KeyError`."""
        return next(name for name, shop in self.shops.items() if shop.key == key)

    def orders_of(self, shop: str) -> list[Order]:
        """In the order of their numbers."""
        return [order for key, order in sorted(self.orders.items()) if key.startswith(f"{shop}:")]

    def refused(self, refusal: Refusal, request: Request) -> tuple[int, dict[str, Any]]:
        """In the words of Youzan's gateway."""
        return refusal.status, {"gw_err_resp": {"err_code": refusal.code, "err_msg": refusal.message}}

    def accepted(self, answer: dict[str, Any]) -> dict[str, Any]:
        return {"code": 200, "success": True, "message": "ok", "data": answer}

    def tell(self, shop: str, message: Any, delay_seconds: float = 0.0) -> None:
        """Queue what a shop's platform posts; it is signed when it leaves."""
        self.poster.post(shop, json.dumps(message, ensure_ascii=False), name="order", delay_seconds=delay_seconds)

    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        shop = self.shops.get(parcel.address)
        if shop is None:
            return None
        body = parcel.message.encode()
        if shop.platform == "youzan":
            return Sealed(shop.url, _signed_inside(shop, parcel.message))
        if shop.platform == "douyin_shop":
            signed = hashlib.md5(shop.key.encode() + body + shop.secret.encode()).hexdigest()
            return Sealed(shop.url, body, headers={"event-sign": signed, "app-id": shop.key})
        return Sealed(shop.url, body, headers=_standard(shop, nonce, self.now(), body))


def _signed_inside(shop: Shop, message: str) -> bytes:
    """Youzan's signature stands in the body, and covers its message."""
    document = json.loads(message)
    signed = hashlib.md5(f"{shop.key}{document['msg']}{shop.secret}".encode()).hexdigest()
    return json.dumps({**document, "client_id": shop.key, "sign": signed}).encode()


def _standard(shop: Shop, nonce: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of the Standard Webhooks specification."""
    key = base64.b64decode(shop.secret.removeprefix("whsec_"))
    signature = hmac.new(key, f"{nonce}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": nonce,
        "webhook-timestamp": str(at),
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }
