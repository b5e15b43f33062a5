"""What customers and servicers do in customer service: enter, write, refuse messages; answer."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.kf_rows import (
    CUSTOMER,
    ENDED,
    HUMAN,
    NEW,
    SERVICER,
    account_in,
    give_code,
    session_key,
    session_of,
    sessions,
    write,
    write_event,
)
from rehearsal.platforms.wecom.people import ACTS as ACTS
from rehearsal.platforms.wecom.people import act, customer_of
from rehearsal.platforms.wecom.world import WeCom

WELCOME_SECONDS = 20


@act("kf_enter")
def enter(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{open_kfid, scene?, scene_param?, external_userid…}: a customer opens the conversation."""
    open_kfid = account_in(corp, wish["open_kfid"]).open_kfid
    external = customer_of(world, corp, wish).external_userid
    before = session_of(corp, open_kfid, external)
    now = world.now()
    window = now - world.manners.kf_window_hours * 3600
    fresh = before.said <= window and before.entered <= window
    scene, param = wish.get("scene", ""), wish.get("scene_param", "")
    after = msgspec.structs.replace(before, entered=now, scene=scene, scene_param=param)
    sessions(corp).put(session_key(open_kfid, external), after)
    seconds = world.clock.at_machine_speed(WELCOME_SECONDS)
    code = give_code(world, corp, open_kfid, external, seconds, menu=True) if fresh else None
    about = {"external_userid": external, "scene": scene, "scene_param": param, "welcome_code": code}
    write_event(world, corp, "enter_session", open_kfid, **about)
    return {"external_userid": external}


@act("kf_say")
def say(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{open_kfid, external_userid…, text | msgtype and its content}: words of the customer open the window again."""
    open_kfid = account_in(corp, wish["open_kfid"]).open_kfid
    external = customer_of(world, corp, wish).external_userid
    before = session_of(corp, open_kfid, external)
    state = NEW if before.state == ENDED else before.state
    after = msgspec.structs.replace(before, said=world.now(), sent=0, state=state)
    sessions(corp).put(session_key(open_kfid, external), after)
    kind = wish.get("msgtype", "text")
    menu = {"menu_id": wish["menu_id"]} if "menu_id" in wish else {}
    content = {"content": wish["text"], **menu} if kind == "text" else wish[kind]
    body = {"open_kfid": open_kfid, "external_userid": external, "origin": CUSTOMER, "msgtype": kind, kind: content}
    return {"external_userid": external, "msgid": write(world, corp, open_kfid, body)}


@act("kf_answer")
def answer(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{open_kfid, external_userid, userid, text}: a servicer answers in the client."""
    open_kfid, external = account_in(corp, wish["open_kfid"]).open_kfid, wish["external_userid"]
    before = session_of(corp, open_kfid, external)
    after = msgspec.structs.replace(before, state=HUMAN, servicer=wish["userid"])
    sessions(corp).put(session_key(open_kfid, external), after)
    content = {"content": wish["text"]}
    body = {"open_kfid": open_kfid, "external_userid": external, "origin": SERVICER, "servicer_userid": wish["userid"]}
    corp.deliver(world.now(), "kf", open_kfid, [external], {"msgtype": "text", "text": content}, "")
    return {"msgid": write(world, corp, open_kfid, {**body, "msgtype": "text", "text": content})}


@act("kf_reject")
def reject(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{open_kfid, external_userid, on?}: the customer wants no messages (or wants them again)."""
    open_kfid, external = account_in(corp, wish["open_kfid"]).open_kfid, wish["external_userid"]
    on = bool(wish.get("on", True))
    after = msgspec.structs.replace(session_of(corp, open_kfid, external), rejects=on)
    sessions(corp).put(session_key(open_kfid, external), after)
    about = {"servicer_userid": after.servicer or None, "external_userid": external, "reject_switch": int(on)}
    write_event(world, corp, "reject_customer_msg_switch_change", open_kfid, **about)
    return {}
