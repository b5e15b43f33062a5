"""The simulated WeCom: its corps, who may call, how callbacks are sealed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.envelope import Envelope
from rehearsal.platforms.core.poster import Parcel, Sealed
from rehearsal.platforms.core.routes import Refusal, Request
from rehearsal.platforms.core.world import World
from rehearsal.platforms.core.xml import document
from rehearsal.platforms.wecom.codes import words
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.manners import Manners
from rehearsal.platforms.wecom.model import App, CorpRow, Follow

ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class WeCom(World):
    """``corps`` by corp id. Ids are drawn with the seed, so that a rehearsal is the same every time."""

    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.rows = self.shelf.drawer("corps", CorpRow)
        self.corps = {corpid: Corp(corpid, self.shelf) for corpid in self.rows}
        self.chance = random.Random(seed + len(self.rows))
        self.manners = Manners()
        self.pages = 0
        """Pages given out: every n-th may come empty."""
        self.after_chat: list[Callable[[WeCom, Corp, Follow], None]] = []
        """Told of each chat, before it is remembered."""
        self.groups_before: dict[str, tuple[float, Any]] = {}
        """Until when a group is still shown as it was, and how it was."""
        self._envelopes: dict[tuple[str, str, str], Envelope] = {}

    # who

    def corp(self, corpid: str) -> Corp:
        found = self.corps.get(corpid)
        if found is None:
            raise Refusal(40013)
        return found

    def found_corp(self, row: CorpRow) -> Corp:
        """A new corp, or the one there is."""
        if row.corpid not in self.corps:
            self.rows.put(row.corpid, row)
            self.corps[row.corpid] = Corp(row.corpid, self.shelf)
        return self.corps[row.corpid]

    def row(self, corp: Corp) -> CorpRow:
        return self.rows[corp.corpid]

    def caller(self, request: Request) -> Corp:
        """The corp whose token the call carries."""
        return self.corps[request.account]

    def app(self, request: Request) -> App:
        return self.corps[request.account].apps[request.app]

    def admit(self, request: Request) -> None:
        given = request.query.get("access_token", "")
        if not given:
            raise Refusal(41001)
        grant = self.tokens.who(given)
        request.account, request.app = grant.account, grant.app
        app = self.app(request)
        if app.ips and request.client not in app.ips:
            raise Refusal(60020)
        if not app.may_contact and "/externalcontact/" in request.path:
            raise Refusal(48002)

    # what it says

    def refused(self, refusal: Refusal, request: Request) -> tuple[int, dict[str, Any]]:
        """``errmsg`` as the platform writes it: words, a hint, the caller's address, where to read more."""
        text = words(refusal.code)
        if refusal.code in (40035, 40058) and refusal.message:
            text = f"{text}: {refusal.message}"
        mark = hashlib.md5(f"{request.path} {refusal.code} {self.now()}".encode()).hexdigest()[:24]
        more = f"more info at https://open.work.weixin.qq.com/devtool/query?e={refusal.code}"
        message = f"{text}, hint: [{self.now()}_{mark}], from ip: {request.client}, {more}"
        return refusal.status, {"errcode": refusal.code, "errmsg": message, **refusal.more}

    def new_id(self, prefix: str, length: int = 28) -> str:
        return prefix + "".join(self.chance.choices(ID_LETTERS, k=length))

    # what it tells

    def tell(self, corp: Corp, event: str, change: str | None = None, **fields: Any) -> None:
        """An event to every app of the corp that listens. ``None`` fields are left out."""
        told = {
            "ToUserName": corp.corpid,
            "FromUserName": "sys",
            "CreateTime": self.now(),
            "MsgType": "event",
            "Event": event,
            "ChangeType": change,
            **fields,
        }
        self.post(corp, told, f"{event} {change or ''}".strip())

    def post(self, corp: Corp, fields: dict[str, Any], name: str) -> None:
        message = document(fields)
        for app in self.listeners(corp):
            self.poster.post(f"{corp.corpid}/{app.agentid}", message, name)

    def listeners(self, corp: Corp) -> Iterator[App]:
        return (app for app in corp.apps.values() if app.url)

    def seal(self, parcel: Parcel, nonce: str) -> Sealed | None:
        corpid, _, agentid = parcel.address.partition("/")
        corp = self.corps.get(corpid)
        app = corp.apps.get(agentid) if corp else None
        if app is None or not app.url:
            return None
        envelope = self.envelope(corpid, app)
        sealed = envelope.seal(parcel.message.encode())
        body = f"<xml><ToUserName><![CDATA[{corpid}]]></ToUserName><AgentID><![CDATA[{agentid}]]></AgentID>"
        body += f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"}
        return Sealed(app.url, body.encode(), envelope.query(sealed, self.now(), nonce), headers)

    def envelope(self, corpid: str, app: App) -> Envelope:
        key = corpid, app.token, app.aes_key
        if key not in self._envelopes:
            self._envelopes[key] = Envelope(app.token, app.aes_key, corpid)
        return self._envelopes[key]
