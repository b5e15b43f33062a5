"""Douyin's state: apps, accounts that authorised them, messages and the windows that they open."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.core.routes import Refusal, Request
from rehearsal.platforms.core.world import World

LIFE_SECONDS = 15 * 86_400
WRONG, WRONG_TOKEN, EXPIRED = 2100005, 2190002, 2190008


class App(msgspec.Struct, frozen=True):
    secret: str
    brand: str
    """The open id of the enterprise account."""
    refresh: str
    url: str = ""


class Heard(msgspec.Struct, frozen=True):
    """Something a user did that may be answered: ``scene`` is the platform's word for it."""

    app: str
    user: str
    scene: str
    at: float
    conversation: str
    answers: int = 0


class Said(msgspec.Struct, frozen=True):
    """A message that the account sent."""

    app: str
    user: str
    text: str
    scene: str


class Douyin(World):
    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.apps = self.shelf.drawer("apps", App)
        self.heard = self.shelf.drawer("heard", Heard)
        self.said = self.shelf.drawer("said", Said)
        self.tokens.life_seconds = LIFE_SECONDS

    def admit(self, request: Request) -> None:
        try:
            grant = self.tokens.who(request.headers.get("access-token", ""))
        except Refusal as refusal:
            raise Refusal(EXPIRED if refusal.code == 42001 else WRONG_TOKEN, "access_token") from None
        request.account, request.app = grant.account, grant.app

    def refused(self, refusal: Refusal, request: Request) -> tuple[int, dict[str, Any]]:
        code = {45009: 2190001, 45033: 28003018, 40035: WRONG, 40058: WRONG}.get(refusal.code, refusal.code)
        told = {"error_code": code, "description": refusal.message}
        return refusal.status, {"data": told, "extra": {**told, "logid": "log", "now": self.now()}}

    def accepted(self, answer: dict[str, Any]) -> dict[str, Any]:
        data = {"error_code": 0, "description": "", **answer.get("data", {})}
        extra = {"error_code": 0, "description": "", "logid": "log", "now": self.now()}
        return {**answer, "data": data, "extra": extra}

    def tell(self, app: str, event: str, user: str, content: dict[str, Any]) -> None:
        """Post an event. Its content is an object or a text, by turns: the platform does both."""
        known = self.apps[app]
        whole: dict[str, Any] = {
            "event": event,
            "client_key": app,
            "from_user_id": user,
            "to_user_id": known.brand,
            "content": content if len(self.heard) % 2 else json.dumps(content, ensure_ascii=False),
            "log_id": "log",
        }
        self.poster.post(app, json.dumps(whole, ensure_ascii=False), name=f"msg-{event}-{user}-{self.now()}")

    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        app = self.apps.get(parcel.address)
        if app is None or not app.url:
            return None
        body = parcel.message.encode()
        signed = hashlib.sha1(app.secret.encode() + body).hexdigest()
        headers = {"X-Douyin-Signature": signed, "Msg-Id": parcel.name, "content-type": "application/json"}
        return Sealed(app.url, body, headers=headers)
