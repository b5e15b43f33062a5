"""Ocean Engine's state: apps, refresh tokens that are good once, leads, and what was told back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.core.routes import Refusal, Request
from rehearsal.platforms.core.world import World

LIFE_SECONDS = 86_400
REFRESH_SECONDS = 30 * 86_400
EXPIRED, WRONG_TOKEN, WRONG_REFRESH, FORBIDDEN, WRONG = 40102, 40105, 40107, 40002, 40001


class App(msgspec.Struct, frozen=True):
    secret: str
    owners: list[int]
    """Advertisers and local accounts that have authorised it."""


class Refresh(msgspec.Struct, frozen=True):
    app: str
    used: bool = False


class Clue(msgspec.Struct, frozen=True):
    owner: int
    kind: str  # ads, life
    at: float
    fields: dict[str, Any]


class Told(msgspec.Struct, frozen=True):
    """What a caller said of a lead."""

    clue: str
    state: str
    body: dict[str, Any]


class Push(msgspec.Struct, frozen=True):
    url: str
    secret: str


class Ocean(World):
    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.apps = self.shelf.drawer("apps", App)
        self.refreshes = self.shelf.drawer("refreshes", Refresh)
        self.clues = self.shelf.drawer("clues", Clue)
        self.told_back = self.shelf.drawer("told_back", Told)
        self.pushes = self.shelf.drawer("pushes", Push)
        self.tokens.life_seconds = LIFE_SECONDS
        self._requests = 0

    def admit(self, request: Request) -> None:
        try:
            grant = self.tokens.who(request.headers.get("access-token", ""))
        except Refusal as refusal:
            expired = refusal.code == 42001
            raise Refusal(EXPIRED if expired else WRONG_TOKEN, "access_token expired or wrong") from None
        request.account, request.app = grant.account, grant.app

    def refused(self, refusal: Refusal, request: Request) -> tuple[int, dict[str, Any]]:
        code = {45009: 40100, 45033: 40110, 40035: WRONG, 40058: WRONG}.get(refusal.code, refusal.code)
        return refusal.status, {"code": code, "message": refusal.message, "request_id": self._request_id(), "data": {}}

    def accepted(self, answer: dict[str, Any]) -> dict[str, Any]:
        return {"code": 0, "message": "OK", "request_id": self._request_id(), "data": answer}

    def _request_id(self) -> str:
        self._requests += 1
        return f"{self._requests:032x}"

    def refresh_token(self, app: str) -> str:
        """A new one; each is good for one use."""
        token = hashlib.sha256(f"refresh {app} {len(self.refreshes)}".encode()).hexdigest()
        self.refreshes.put(token, Refresh(app))
        return token

    def owned(self, request: Request, owners: list[int]) -> list[int]:
        """The accounts asked for. Raises ``Refusal`` where one has not authorised the app."""
        mine = self.apps[request.account].owners
        if not owners or any(owner not in mine for owner in owners):
            raise Refusal(FORBIDDEN, "no permission to operate account")
        return owners

    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        """A push of leads, as a shop's lead service passes them on: signed by Standard Webhooks."""
        push = self.pushes.get(parcel.address)
        if push is None:
            return None
        body, at = parcel.message.encode(), self.now()
        key = base64.b64decode(push.secret.removeprefix("whsec_"))
        signature = hmac.new(key, f"{parcel.name}.{at}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "webhook-id": parcel.name,
            "webhook-timestamp": str(at),
            "webhook-signature": "v1," + base64.b64encode(signature).decode(),
            "content-type": "application/json",
        }
        return Sealed(push.url, body, headers=headers)


def written(at: float) -> str:
    """A time as the platform writes it: of China."""
    return (datetime.fromtimestamp(at, UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


def epoch(text: str) -> float:
    return (datetime.strptime(text, "%Y-%m-%d %H:%M:%S") - timedelta(hours=8)).replace(tzinfo=UTC).timestamp()


def dumped(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)
