"""What Douyin answers to, and what its users do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rehearsal.platforms.core.app import Simulator
from rehearsal.platforms.core.clock import DomainClock
from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.douyin.world import WRONG, App, Douyin, Heard, Said

ROUTES: Routes[Douyin] = Routes()

WINDOWS = {"im_reply_msg": (86_400, 6), "im_enter_direct_msg": (30, 3), "im_authorize_message": (86_400, 3)}
"""Scene → how many seconds, how many messages."""
TEXT_MAX = 1_000
BLOCKED, USED_UP, TOO_OLD, OTHER_RECEIVER = 28001038, 28003070, 28003080, 28003082


@ROUTES.post("/oauth/refresh_token/", open=True)
def refresh_token(world: Douyin, request: Request) -> Answer:
    body = request.json()
    app = world.apps.get(str(body["client_key"]))
    if app is None or app.refresh != body["refresh_token"]:
        raise Refusal(10010, "refresh_token is wrong")
    token, seconds = world.tokens.issue(str(body["client_key"]), app.brand, fresh=True)
    data = {"access_token": token, "expires_in": seconds, "refresh_token": app.refresh, "refresh_expires_in": 2_592_000}
    return {"data": {**data, "open_id": app.brand, "scope": "im.direct_message"}, "message": "success"}


@ROUTES.post("/oauth/userinfo/")
def userinfo(world: Douyin, request: Request) -> Answer:
    if request.json()["open_id"] != request.app:
        raise Refusal(WRONG, "open_id is wrong")
    return {"data": {"nickname": "汀屿美妆", "avatar": "", "open_id": request.app, "union_id": ""}}


@ROUTES.post("/im/send/msg/")
def send(world: Douyin, request: Request) -> Answer:
    body = request.json()
    if request.query["open_id"] != request.app:
        raise Refusal(WRONG, "open_id is wrong")
    seconds, answers = WINDOWS[body["scene"]]
    heard = world.heard.get(body["msg_id"])
    if heard is None or heard.scene != body["scene"] or world.clock.now() > heard.at + seconds:
        raise Refusal(TOO_OLD, "msg_id has expired")
    if heard.user != body["to_user_id"] or heard.conversation != body["conversation_id"]:
        raise Refusal(OTHER_RECEIVER, "receiver does not match")
    if heard.answers >= answers:
        raise Refusal(USED_UP, "no message is left in this window")
    (content,) = body["content_list"]
    text = content["text"]["text"] if content["msg_type"] == 1 else ""
    if len(text) > TEXT_MAX or "返现" in text:
        raise Refusal(BLOCKED, "content is not allowed")
    world.heard.change(body["msg_id"], answers=heard.answers + 1)
    number = f"@c{len(world.said) + 1}"
    world.said.put(number, Said(heard.app, heard.user, text, body["scene"]))
    return {"msg_id": number}


# --- what users do


@ROUTES.door("app")
def open_app(world: Douyin, request: Request) -> Answer:
    """{client_key, secret, brand, url}: an app that the account authorised, and where its webhooks go."""
    wish = request.json()
    refresh = f"refresh-{wish['client_key']}"
    world.apps.put(wish["client_key"], App(wish["secret"], wish["brand"], refresh, wish.get("url", "")))
    return {"refresh_token": refresh}


@ROUTES.door("say")
def say(world: Douyin, request: Request) -> Answer:
    """{client_key, user, text}: a user writes."""
    wish = request.json()
    more = {"message_type": "text", "text": wish["text"], "source": "短视频"}
    return {"message": _heard(world, wish, "im_receive_msg", "im_reply_msg", more)}


@ROUTES.door("card")
def fill_card(world: Douyin, request: Request) -> Answer:
    """{client_key, user, name, phone}: a user fills in a lead card."""
    wish = request.json()
    asked = (("姓名", wish["name"]), ("手机号", wish["phone"]), ("城市", "北京市北京市海淀区"))
    data = [{"label": label, "value": value} for label, value in asked]
    more = {"message_type": "retain_consult_card", "card_id": "@72M", "card_status": 1, "card_data": data}
    return {"message": _heard(world, wish, "im_receive_msg", "im_reply_msg", more)}


@ROUTES.door("enter")
def enter(world: Douyin, request: Request) -> Answer:
    """{client_key, user}: a user opens the chat."""
    more = {"scene_type": "profile", "data-im-extra": "", "query": "", "path": ""}
    return {"message": _heard(world, request.json(), "im_enter_direct_msg", "im_enter_direct_msg", more)}


@ROUTES.door("authorise")
def authorise(world: Douyin, request: Request) -> Answer:
    """{client_key, user}: a user allows messages."""
    until = world.now() + 86_400
    more = {"expire_time": until, "update_time": world.now(), "operation_type": 1, "auth_status": 1}
    return {"message": _heard(world, request.json(), "im_authorize", "im_authorize_message", more)}


@ROUTES.door("do")
def do(world: Douyin, request: Request) -> Answer:
    """{client_key, user, event, content}: any other event."""
    wish = request.json()
    world.tell(wish["client_key"], wish["event"], wish["user"], {"create_time": world.now(), **wish["content"]})
    return {}


@ROUTES.door("said")
def said(world: Douyin, request: Request) -> Answer:
    """What the account sent, in order."""
    return {"said": [{"user": each.user, "text": each.text, "scene": each.scene} for each in world.said.values()]}


def _heard(world: Douyin, wish: dict[str, Any], event: str, scene: str, more: dict[str, Any]) -> str:
    number, conversation = f"@m{len(world.heard) + 1}", f"@conv-{wish['user']}"
    at = world.clock.now()
    world.heard.put(number, Heard(wish["client_key"], wish["user"], scene, at, conversation))
    content = {
        "conversation_short_id": conversation,
        "server_message_id": number,
        "conversation_type": 1,
        "create_time": int(at * 1000),
        "user_infos": [{"open_id": wish["user"], "nick_name": f"抖友{wish['user']}", "avatar": ""}],
        **more,
    }
    world.tell(wish["client_key"], event, wish["user"], content)
    return number


def douyin(path: Path | None = None, clock: DomainClock | None = None) -> Simulator[Douyin]:
    """A simulated Douyin."""
    return Simulator(Douyin(path, clock), ROUTES)
