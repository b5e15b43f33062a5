"""Apps at api.weixin.qq.com and the people who know them; how a callback is sealed, XML or JSON, safe or plain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.envelope import Envelope, signature
from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.core.routes import Refusal, Request
from rehearsal.platforms.core.world import World
from rehearsal.platforms.core.xml import document

HOURS_48 = 48 * 3600
ANSWERS_TO_A_MESSAGE = 5
MINUTE = 60


class App(msgspec.Struct, frozen=True):
    """One account. ``safe``: callbacks are sealed. ``told_as``: xml or json. ``kind``: service or subscription."""

    app_id: str
    secret: str
    original_id: str = "gh_rehearsal"
    kind: str = "service"
    callback: str = ""
    token: str = ""
    aes_key: str = ""
    safe: bool = True
    told_as: str = "xml"
    verified: bool = True
    templates: tuple[str, ...] = ()


class User(msgspec.Struct, frozen=True):
    """A person as one app knows them."""

    openid: str
    unionid: str = ""
    following: bool = False
    subscribe_time: int = 0
    subscribe_scene: str = "ADD_SCENE_SEARCH"
    qr_scene: str = ""
    tags: tuple[int, ...] = ()
    wrote_at: float = 0.0
    wrote_left: int = 0
    acted_at: float = 0.0
    acted_left: int = 0
    masses: dict[str, int] = {}
    blocks_templates: bool = False


class Count(msgspec.Struct, frozen=True):
    value: int


class Arrived(msgspec.Struct, frozen=True):
    """A message that reached a person's phone."""

    app_id: str
    openid: str
    kind: str
    body: dict[str, Any]
    at: float


class WechatWorld(World):
    """``acts_allow``: answers that an act (a follow, a tap; entering the chat) allows within a minute."""

    acts_allow = 3

    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.limits.codes = (45009, 45009)
        self.limits.set("*", per_minute=0, per_hour=0, in_flight=0)
        self.apps = self.shelf.drawer("apps", App)
        self.users = self.shelf.drawer("users", User)
        self.consents = self.shelf.drawer("consents", Count)
        self.numbers = self.shelf.drawer("numbers", Count)
        self.arrived = self.shelf.drawer("arrived", Arrived)
        self.poster.good = lambda status, body: status == 200 and body in (b"", b"success")

    # --- who is who

    def app(self, request: Request) -> App:
        """The app whose token the call carries."""
        return self.apps[request.account]

    def open_app(self, app_id: str, secret: str) -> App:
        app = self.apps.get(app_id)
        if app is None:
            raise Refusal(40013, "invalid appid")
        if app.secret != secret:
            raise Refusal(40125, "invalid appsecret")
        return app

    def key(self, app_id: str, openid: str) -> str:
        return f"{app_id}:{openid}"

    def user(self, app_id: str, openid: str) -> User:
        """Raises ``Refusal`` for an open id that this app has not given out."""
        found = self.users.get(self.key(app_id, openid))
        if found is None:
            raise Refusal(40003, "invalid openid")
        return found

    def meet(self, app_id: str, openid: str, unionid: str = "") -> User:
        """The user, made where the app has not met them."""
        key = self.key(app_id, openid)
        return self.users.get(key) or self.users.put(key, User(openid, unionid))

    def change(self, app_id: str, openid: str, **changes: Any) -> User:
        return self.users.change(self.key(app_id, openid), **changes)

    def next_number(self, name: str, first: int = 1) -> int:
        kept = self.numbers.get(name)
        return self.numbers.put(name, Count(kept.value + 1 if kept else first)).value

    # --- windows and consents

    def wrote(self, app_id: str, openid: str) -> None:
        self.change(app_id, openid, wrote_at=self.clock.now(), wrote_left=ANSWERS_TO_A_MESSAGE)

    def acted(self, app_id: str, openid: str) -> None:
        self.change(app_id, openid, acted_at=self.clock.now(), acted_left=self.acts_allow)

    def spend_answer(self, app_id: str, openid: str) -> None:
        """Raises ``Refusal`` 45015 where no window is open, 45047 where all answers were given."""
        user, now = self.user(app_id, openid), self.clock.now()
        wrote, acted = now - user.wrote_at < HOURS_48, now - user.acted_at < MINUTE
        if wrote and user.wrote_left > 0:
            self.change(app_id, openid, wrote_left=user.wrote_left - 1)
        elif acted and user.acted_left > 0:
            self.change(app_id, openid, acted_left=user.acted_left - 1)
        elif wrote or acted:
            raise Refusal(45047, "out of response count limit")
        else:
            raise Refusal(45015, "response out of time limit or subscription is canceled")

    def consent(self, app_id: str, openid: str, template: str, agreed: bool) -> None:
        key = f"{app_id}:{openid}:{template}"
        kept = self.consents.get(key)
        self.consents.put(key, Count((kept.value if kept else 0) + 1 if agreed else 0))

    def spend_consent(self, app_id: str, openid: str, template: str) -> None:
        key = f"{app_id}:{openid}:{template}"
        kept = self.consents.get(key)
        if kept is None or not kept.value:
            raise Refusal(43101, "user refuse to accept the msg")
        self.consents.put(key, Count(kept.value - 1))

    def deliver(self, app_id: str, openid: str, kind: str, body: Mapping[str, Any]) -> None:
        number = self.next_number("arrived")
        self.arrived.put(str(number), Arrived(app_id, openid, kind, dict(body), self.clock.now()))

    # --- callbacks

    def tell(self, app_id: str, openid: str, fields: Mapping[str, Any], delay_seconds: float = 0.0) -> None:
        """Post a callback: who, when and ``fields`` in the words of the platform."""
        app = self.apps[app_id]
        head = {"ToUserName": app.original_id, "FromUserName": openid, "CreateTime": int(self.now() + delay_seconds)}
        whole = {**head, **fields}
        text = json.dumps(whole, ensure_ascii=False) if app.told_as == "json" else document(whole)
        self.poster.post(app_id, text, str(fields.get("Event", fields.get("MsgType", ""))), delay_seconds)

    def event(self, app_id: str, openid: str, event: str, delay_seconds: float = 0.0, **fields: Any) -> None:
        self.tell(app_id, openid, {"MsgType": "event", "Event": event, **fields}, delay_seconds)

    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        app = self.apps.get(parcel.address)
        if app is None or not app.callback:
            return None
        now = self.now()
        plain = {"signature": _signed(app.token, str(now), nonce), "timestamp": str(now), "nonce": nonce}
        if not app.safe:
            return Sealed(app.callback, parcel.message.encode(), plain)
        envelope = Envelope(app.token, app.aes_key, app.app_id)
        sealed = envelope.seal(parcel.message.encode())
        query = {**plain, **envelope.query(sealed, now, nonce), "encrypt_type": "aes"}
        around = {"ToUserName": app.original_id, "Encrypt": sealed}
        body = json.dumps(around) if app.told_as == "json" else document(around)
        return Sealed(app.callback, body.encode(), query)

    def url_check(self, app_id: str, echo: str) -> tuple[str, dict[str, str]]:
        """Address and query with which the platform tries a callback address."""
        app, now = self.apps[app_id], str(self.now())
        query = {"signature": _signed(app.token, now, "777777"), "timestamp": now, "nonce": "777777", "echostr": echo}
        return app.callback, query


def _signed(token: str, timestamp: str, nonce: str) -> str:
    return signature(token, timestamp, nonce, "")
