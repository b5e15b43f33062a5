"""What a mini program's API answers, and what people do with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Answer, Refusal, Reply, Request, Routes
from rehearsal.platforms.wechat.common import check_template, common_routes, template_sent
from rehearsal.platforms.wechat.world import WechatWorld

ROUTES: Routes[MiniprogramWorld] = Routes()

CODE_SECONDS = 300
LINK_DAYS_MAX = 30
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
PNG = b"\x89PNG\r\n\x1a\n"


class Login(msgspec.Struct, frozen=True):
    """A sign-in code: good once, for five minutes."""

    app_id: str
    openid: str
    until: float


class Link(msgspec.Struct, frozen=True):
    app_id: str
    path: str
    query: str
    until: float


class MiniprogramWorld(WechatWorld):
    acts_allow = 2

    def __init__(self, path: Path | None = None, clock: DomainClock | None = None, seed: int = 7) -> None:
        super().__init__(path, clock, seed)
        self.logins = self.shelf.drawer("logins", Login)
        self.links = self.shelf.drawer("links", Link)


@ROUTES.get("/sns/jscode2session", open=True)
def code_to_session(world: MiniprogramWorld, request: Request) -> Answer:
    asked = request.query
    app = world.open_app(asked["appid"], asked["secret"])
    login = world.logins.remove(asked["js_code"])
    if login is None or login.app_id != app.app_id or login.until <= world.clock.now():
        raise Refusal(40029, "invalid code")
    user = world.user(app.app_id, login.openid)
    session = {"openid": user.openid, "session_key": "tiihtNczf5v6AKRyjwEUhQ=="}
    return {**session, **({"unionid": user.unionid} if user.unionid else {})}


@ROUTES.post("/cgi-bin/message/subscribe/send")
def subscribe_send(world: MiniprogramWorld, request: Request) -> Answer:
    app, body = world.app(request), request.json()
    openid, template = str(body["touser"]), str(body["template_id"])
    if body.get("miniprogram_state", "formal") not in ("developer", "trial", "formal"):
        raise Refusal(40035, "invalid parameter")
    world.user(app.app_id, openid)
    check_template(app, body)
    world.spend_consent(app.app_id, openid, template)
    world.deliver(app.app_id, openid, "subscribe", body)
    number = str(world.next_number("subscribe", 1_700_000_000_000))
    template_sent(world, app.app_id, openid, template, number)
    return {"msgid": int(number)}


@ROUTES.post("/wxa/getwxacodeunlimit")
def unlimited_code(world: MiniprogramWorld, request: Request) -> Answer:
    body = request.json()
    if not SCENE.fullmatch(str(body["scene"])) or str(body.get("page", "")).startswith("/"):
        raise Refusal(40169, "invalid length for scene, or the data is not json string")
    if not 280 <= int(body.get("width", 430)) <= 1280:
        raise Refusal(40097, "invalid args")
    return Reply(PNG + str(body["scene"]).encode(), media_type="image/png")


@ROUTES.post("/wxa/generate_urllink")
def url_link(world: MiniprogramWorld, request: Request) -> Answer:
    body = request.json()
    return {"url_link": f"https://wxaurl.cn/{_linked(world, request, body, body)}"}


@ROUTES.post("/wxa/generatescheme")
def scheme(world: MiniprogramWorld, request: Request) -> Answer:
    body = request.json()
    return {"openlink": f"weixin://dl/business/?t={_linked(world, request, body['jump_wxa'], body)}"}


def _linked(world: MiniprogramWorld, request: Request, target: dict[str, Any], life: dict[str, Any]) -> str:
    days = int(life.get("expire_interval", LINK_DAYS_MAX))
    if not 1 <= days <= LINK_DAYS_MAX:
        raise Refusal(85401, "time limit between 1min and 30 days")
    name = f"L{world.next_number('link'):09d}"
    until = world.clock.now() + days * 86_400
    world.links.put(name, Link(request.account, str(target["path"]), str(target["query"]), until))
    return name


# --- what people do


@ROUTES.door("opens")
def opens(world: MiniprogramWorld, request: Request) -> Answer:
    """Somebody opens the mini program: ``{"app_id", "openid", "unionid"}``; its sign-in code is answered."""
    wish = request.json()
    world.meet(wish["app_id"], wish["openid"], str(wish.get("unionid", "")))
    code = f"0a1code{world.next_number('login'):06d}"
    world.logins.put(code, Login(wish["app_id"], wish["openid"], world.clock.now() + CODE_SECONDS))
    return {"code": code}


@ROUTES.door("enters")
def enters(world: MiniprogramWorld, request: Request) -> Answer:
    """Somebody enters the customer-service chat: ``{"app_id", "openid", "from"}``."""
    wish = request.json()
    world.meet(wish["app_id"], wish["openid"])
    world.acted(wish["app_id"], wish["openid"])
    session = str(wish.get("from", ""))
    world.event(wish["app_id"], wish["openid"], "user_enter_tempsession", SessionFrom=session)
    return {}


def miniprogram(
    path: Path | None = None, clock: DomainClock | None = None, seed: int = 7
) -> Simulator[MiniprogramWorld]:
    """The simulator, with or without a file that it remembers in."""
    routes: Routes[MiniprogramWorld] = Routes()
    routes.include(common_routes())  # pyright: ignore[reportArgumentType] (functions of the wider world)
    routes.include(ROUTES)
    return Simulator(MiniprogramWorld(path, clock, seed), routes)
