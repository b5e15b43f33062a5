"""Calls and doors that the official account and the mini program both have."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wechat.world import App, WechatWorld

TEXT_BYTES_MAX = 2048


def common_routes() -> Routes[WechatWorld]:
    """Tokens, the address list, customer-service messages; doors to register an app and to see what arrived."""
    routes: Routes[WechatWorld] = Routes()
    routes.post("/cgi-bin/stable_token", open=True)(stable_token)
    routes.get("/cgi-bin/get_api_domain_ip")(api_domain_ip)
    routes.post("/cgi-bin/message/custom/send")(custom_send)
    routes.door("app")(register)
    routes.door("arrived")(arrived)
    routes.door("writes")(writes)
    routes.door("answers")(answers)
    routes.door("withdraws")(withdraws)
    routes.door("try_address")(try_address)
    return routes


def stable_token(world: WechatWorld, request: Request) -> Answer:
    body = request.json()
    if body.get("grant_type") != "client_credential":
        raise Refusal(40002, "invalid grant_type")
    app = world.open_app(str(body["appid"]), str(body["secret"]))
    token, seconds = world.tokens.issue(app.app_id, "", fresh=bool(body.get("force_refresh")))
    return {"access_token": token, "expires_in": seconds}


def api_domain_ip(world: WechatWorld, request: Request) -> Answer:
    return {"ip_list": ["101.226.103.0", "101.226.62.0"]}


def custom_send(world: WechatWorld, request: Request) -> Answer:
    app, body = world.app(request), request.json()
    kind, openid = str(body["msgtype"]), str(body["touser"])
    said = body[kind]
    if kind == "text" and not 0 < len(str(said["content"]).encode()) <= TEXT_BYTES_MAX:
        raise Refusal(45002, "content size out of limit")
    world.user(app.app_id, openid)
    world.spend_answer(app.app_id, openid)
    world.deliver(app.app_id, openid, f"custom.{kind}", body)
    return {}


# --- doors


def register(world: WechatWorld, request: Request) -> Answer:
    """An app, made or changed: ``{"app_id", "secret", "callback"…}``."""
    wish = request.json()
    app_id = str(wish["app_id"])
    before = msgspec.to_builtins(world.apps[app_id]) if app_id in world.apps else {}
    world.apps.put(app_id, msgspec.convert({**before, **wish}, App))
    return msgspec.to_builtins(world.apps[app_id])


def arrived(world: WechatWorld, request: Request) -> Answer:
    """What reached people's phones, in order."""
    return {"messages": [msgspec.to_builtins(each) for each in world.arrived.values()]}


def writes(world: WechatWorld, request: Request) -> Answer:
    """A person writes: ``{"app_id", "openid", "text"}``."""
    wish = request.json()
    app_id, openid = wish["app_id"], wish["openid"]
    world.meet(app_id, openid)
    world.wrote(app_id, openid)
    fields: dict[str, Any] = {"MsgType": "text", "Content": wish["text"]}
    world.tell(app_id, openid, {**fields, "MsgId": world.next_number("message", 23_000_000_001)})
    return {}


def answers(world: WechatWorld, request: Request) -> Answer:
    """A person answers when asked for consent, or changes it in their settings:
    ``{"app_id", "openid", "templates": {id: "accept"|"reject"}, "changed": false}``."""
    wish = request.json()
    app_id, openid, changed = wish["app_id"], wish["openid"], bool(wish.get("changed"))
    world.meet(app_id, openid)
    entries: list[dict[str, str]] = []
    for template, status in wish["templates"].items():
        if not changed or status == "reject":
            world.consent(app_id, openid, template, status == "accept")
        entry = {"TemplateId": template, "SubscribeStatusString": status}
        entries.append(entry if changed else {**entry, "PopupScene": "2"})
    event, nest = "subscribe_msg_popup_event", "SubscribeMsgPopupEvent"
    if changed:
        event, nest = "subscribe_msg_change_event", "SubscribeMsgChangeEvent"
    world.event(app_id, openid, event, **listed(world, app_id, nest, entries))
    return {}


def withdraws(world: WechatWorld, request: Request) -> Answer:
    """A person withdraws what they had allowed: ``{"app_id", "openid"}``."""
    wish = request.json()
    fields: dict[str, Any] = {"OpenID": wish["openid"], "AppID": wish["app_id"], "RevokeInfo": "1,3"}
    world.event(wish["app_id"], wish["openid"], "user_authorization_revoke", **fields)
    return {}


def try_address(world: WechatWorld, request: Request) -> Answer:
    """With which address and query the platform tries the callback: ``{"app_id", "echo"}``."""
    wish = request.json()
    url, query = world.url_check(wish["app_id"], wish["echo"])
    return {"url": url, "query": query}


def listed(world: WechatWorld, app_id: str, nest: str, entries: list[dict[str, str]]) -> dict[str, Any]:
    """In XML the entries are nested; in JSON they are on top, and a single one stands alone."""
    if world.apps[app_id].told_as == "json":
        return {"List": entries[0] if len(entries) == 1 else entries}
    return {nest: {"List": entries}}


def template_sent(world: WechatWorld, app_id: str, openid: str, template: str, msgid: str) -> None:
    """Tell what became of a subscription message, a little later."""
    entry = {"TemplateId": template, "MsgID": msgid, "ErrorCode": "0", "ErrorStatus": "success"}
    fields = listed(world, app_id, "SubscribeMsgSentEvent", [entry])
    world.event(app_id, openid, "subscribe_msg_sent_event", 2.0, **fields)


VALUE_CHARACTERS_MAX = {"thing": 20, "number": 32, "name": 10, "phrase": 5, "character_string": 32}


def check_template(app: App, body: dict[str, Any]) -> None:
    """Raises ``Refusal`` for a template of somebody else, or data that do not fit."""
    if body["template_id"] not in app.templates:
        raise Refusal(40037, "invalid template_id")
    if not body["data"]:
        raise Refusal(47003, "argument invalid! data is empty")
    for name, each in body["data"].items():
        most = VALUE_CHARACTERS_MAX.get(name.rstrip("0123456789"))
        if not str(each["value"]) or (most and len(str(each["value"])) > most):
            raise Refusal(47003, f"argument invalid! data.{name}.value invalid")
