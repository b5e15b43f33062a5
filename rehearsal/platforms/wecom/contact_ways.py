"""Contact ways (联系我): codes and buttons by which a customer adds a member, with a state that comes back."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import body_of, brief, limit_of, page, short
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import ContactWay
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CONTACT = "/cgi-bin/externalcontact"
USERS_MAX, REMARK_MAX, STATE_MAX, LIFE_DAYS_MAX, LIST_DAYS = 100, 30, 30, 14, 90
DAY_SECONDS = 86_400
QR_PLACE = "https://wework.qpic.cn/wwpic/contact/"


@ROUTES.post(f"{CONTACT}/add_contact_way")
def add(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    kind = _one_of(body, "type", (1, 2), 41037, 41038)
    scene = _one_of(body, "scene", (1, 2), 41039, 41040)
    if len(corp.contact_ways) >= world.manners.contact_ways_max:
        raise Refusal(41045)
    blank = ContactWay(world.new_id("", 32).lower(), world.now(), kind, scene, is_temp=bool(body.get("is_temp", False)))
    if blank.is_temp and kind != 1:
        raise Refusal(40058, "a temporary way is for one member")
    way = _filled(corp, blank, body)
    corp.contact_ways.put(way.config_id, way)
    return {"config_id": way.config_id, **({"qr_code": qr_of(way)} if scene == 2 else {})}


def _one_of(body: dict[str, Any], name: str, values: tuple[int, ...], missing: int, bad: int) -> int:
    if name not in body:
        raise Refusal(missing)
    if body[name] not in values:
        raise Refusal(bad)
    return int(body[name])


def _filled(corp: Corp, way: ContactWay, body: dict[str, Any]) -> ContactWay:
    """The way with what the call gives; members are checked whole."""
    changes: dict[str, Any] = {}
    for name, most in (("remark", REMARK_MAX), ("state", STATE_MAX)):
        if name in body:
            changes[name] = brief(body[name], most, name)
    for name in ("style", "skip_verify", "is_exclusive", "mark_source", "unionid"):
        if name in body:
            changes[name] = body[name]
    for name in ("expires_in", "chat_expires_in"):
        if name in body:
            if not 0 < body[name] <= LIFE_DAYS_MAX * DAY_SECONDS:
                raise Refusal(40058, name)
            changes[name] = body[name]
    if body.get("conclusions"):
        short((body["conclusions"].get("text") or {}).get("content", ""), 4000, "conclusions")
        changes["conclusions"] = body["conclusions"]
    if "user" in body or "party" in body:
        changes["user"], changes["party"] = tuple(body.get("user") or ()), tuple(body.get("party") or ())
    filled = msgspec.structs.replace(way, **changes)
    _check_members(corp, filled)
    return filled


def _check_members(corp: Corp, way: ContactWay) -> None:
    for party in way.party:
        if str(party) not in corp.departments:
            raise Refusal(40066)
    users = corp.expand(way.user, way.party)
    if len(users) > USERS_MAX:
        raise Refusal(41041)
    if (way.type == 1 and (len(way.user) != 1 or way.party)) or not users:
        raise Refusal(40058, "user")
    for userid in users:
        member = corp.member(userid)
        if not member.contact:
            raise Refusal(84074)
        if not member.active:
            raise Refusal(41054)


def _way(corp: Corp, body: dict[str, Any]) -> ContactWay:
    if not body.get("config_id"):
        raise Refusal(41043)
    found = corp.contact_ways.get(body["config_id"])
    if found is None:
        raise Refusal(41044)
    return found


@ROUTES.post(f"{CONTACT}/get_contact_way")
def get(world: WeCom, request: Request) -> Answer:
    way = _way(world.caller(request), body_of(request))
    told: dict[str, Any] = {
        "config_id": way.config_id,
        "type": way.type,
        "scene": way.scene,
        "is_temp": way.is_temp,
        "remark": way.remark,
        "skip_verify": way.skip_verify,
        "state": way.state,
        "user": list(way.user),
        "party": list(way.party),
        "mark_source": way.mark_source,
    }
    told.update({"style": way.style} if way.scene == 1 else {"qr_code": qr_of(way)})
    if way.is_temp:
        told.update(expires_in=way.expires_in, chat_expires_in=way.chat_expires_in, unionid=way.unionid)
    if way.conclusions:
        told["conclusions"] = {name: _shown(name, each) for name, each in way.conclusions.items()}
    return {"contact_way": told}


def _shown(name: str, told: dict[str, Any]) -> dict[str, Any]:
    return (
        {"pic_url": f"https://p.qpic.cn/pic_wework/{told['media_id']}"}
        if name == "image" and "media_id" in told
        else told
    )


@ROUTES.post(f"{CONTACT}/list_contact_way")
def ways(world: WeCom, request: Request) -> Answer:
    """Without temporary ones; of the last 90 days unless said otherwise."""
    corp, body = world.caller(request), body_of(request)
    end = int(body.get("end_time") or world.now())
    start = int(body.get("start_time") or end - LIST_DAYS * DAY_SECONDS)
    found = [each for each in corp.contact_ways.values() if not each.is_temp and start <= each.created <= end]
    told, cursor = page(found, body.get("cursor", ""), limit_of(body, 1000))
    answer = {"contact_way": [{"config_id": each.config_id} for each in told]}
    return {**answer, "next_cursor": cursor} if cursor else answer


@ROUTES.post(f"{CONTACT}/update_contact_way")
def update(world: WeCom, request: Request) -> Answer:
    """What is given replaces what was; type and scene stay."""
    corp, body = world.caller(request), body_of(request)
    way = _way(corp, body)
    corp.contact_ways.put(way.config_id, _filled(corp, way, body))
    return {}


@ROUTES.post(f"{CONTACT}/del_contact_way")
def delete(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    corp.contact_ways.remove(_way(corp, body_of(request)).config_id)
    return {}


@ROUTES.post(f"{CONTACT}/close_temp_chat")
def close_temporary_chat(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    corp.bond(body["userid"], body["external_userid"])
    return {}


def qr_of(way: ContactWay) -> str:
    """Where the picture of its code would be; whoever scans it is led here by the config id in it."""
    return f"{QR_PLACE}{way.config_id}/0"


def way_behind(corp: Corp, code: str) -> ContactWay:
    """The way of a config id, or of the address of its picture. Raises 41044."""
    found = corp.contact_ways.get(code.removeprefix(QR_PLACE).split("/")[0])
    if found is None:
        raise Refusal(41044)
    return found
