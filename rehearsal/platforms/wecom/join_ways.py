"""Join ways (群活码): one code for up to five groups, new ones when they are full; group welcome templates."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import at_most, body_of, brief, check_attachment, short
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.groups import BY_CODE, found_group, group_in, seat_in
from rehearsal.platforms.wecom.people import act
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CONTACT = "/cgi-bin/externalcontact"
CHAT = f"{CONTACT}/groupchat"
GROUPS_MAX, STATE_MAX, NAME_MAX = 5, 30, 40
TEMPLATES_MAX, TEMPLATE_BYTES_MAX = 100, 3000
ATTACHED = ("image", "link", "miniprogram", "file", "video")
QR_PLACE = "https://wework.qpic.cn/wwpic/join/"


class JoinWay(msgspec.Struct, frozen=True):
    config_id: str
    scene: int
    chat_id_list: tuple[str, ...]
    remark: str = ""
    auto_create_room: int = 1
    room_base_name: str = ""
    room_base_id: int = 1
    state: str = ""
    mark_source: bool = False


class Template(msgspec.Struct, frozen=True):
    template_id: str
    agentid: str
    content: dict[str, Any]


def _ways(corp: Corp) -> Any:
    return corp.drawer("join_ways", JoinWay)


def _way(corp: Corp, body: dict[str, Any]) -> JoinWay:
    if not body.get("config_id"):
        raise Refusal(41043)
    found = _ways(corp).get(body["config_id"])
    if found is None:
        raise Refusal(41044)
    return found


def _read(corp: Corp, config_id: str, body: dict[str, Any]) -> JoinWay:
    if body.get("scene") not in (1, 2):
        raise Refusal(41040)
    chats = at_most(body["chat_id_list"], GROUPS_MAX, 41091)
    for chat in chats:
        group_in(corp, chat)
    names = ("remark", "auto_create_room", "room_base_id", "mark_source")
    return JoinWay(
        config_id,
        body["scene"],
        tuple(chats),
        state=brief(body.get("state", ""), STATE_MAX, "state"),
        room_base_name=brief(body.get("room_base_name", ""), NAME_MAX, "room_base_name"),
        **{name: body[name] for name in names if name in body},
    )


@ROUTES.post(f"{CHAT}/add_join_way")
def add(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    way = _read(corp, world.new_id("", 32).lower(), body_of(request))
    if len(corp.contact_ways) + len(_ways(corp)) >= world.manners.contact_ways_max:
        raise Refusal(41045)
    _ways(corp).put(way.config_id, way)
    return {"config_id": way.config_id}


@ROUTES.post(f"{CHAT}/get_join_way")
def get(world: WeCom, request: Request) -> Answer:
    way = _way(world.caller(request), body_of(request))
    return {"join_way": {**msgspec.to_builtins(way), "qr_code": f"{QR_PLACE}{way.config_id}/0"}}


@ROUTES.post(f"{CHAT}/update_join_way")
def update(world: WeCom, request: Request) -> Answer:
    """Everything is replaced."""
    corp, body = world.caller(request), body_of(request)
    way = _way(corp, body)
    _ways(corp).put(way.config_id, _read(corp, way.config_id, body))
    return {}


@ROUTES.post(f"{CHAT}/del_join_way")
def delete(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    _ways(corp).remove(_way(corp, body_of(request)).config_id)
    return {}


@act("join")
def join(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{code (config id or picture of a join way) | chat_id, external_userid…}: into the first group with room."""
    if "chat_id" in wish:
        return seat_in(world, corp, group_in(corp, wish["chat_id"]), wish, BY_CODE)
    way = _way(corp, {"config_id": wish["code"].removeprefix(QR_PLACE).split("/")[0]})
    groups = [group_in(corp, each) for each in way.chat_id_list]
    for group in groups:
        if len(group.seats) < world.manners.group_scan_max:
            return seat_in(world, corp, group, wish, BY_CODE, way.state)
    if not way.auto_create_room:
        return {"joined": False}
    name = f"{way.room_base_name or groups[0].name}{way.room_base_id}"
    made = found_group(world, corp, name, groups[0].owner)
    # the newest groups stay behind the code: no more than five
    behind = (*way.chat_id_list, made.chat_id)[-GROUPS_MAX:]
    _ways(corp).change(way.config_id, chat_id_list=behind, room_base_id=way.room_base_id + 1)
    return seat_in(world, corp, made, wish, BY_CODE, way.state)


# group welcome templates


def _templates(corp: Corp) -> Any:
    return corp.drawer("templates", Template)


def _content(world: WeCom, corp: Corp, body: dict[str, Any]) -> dict[str, Any]:
    """A text and one attachment: the first of those given."""
    text = short((body.get("text") or {}).get("content", ""), TEMPLATE_BYTES_MAX, "text")
    kind = next((each for each in ATTACHED if body.get(each)), "")
    if not text and not kind:
        raise Refusal(40058, "empty")
    if kind:
        check_attachment(world, corp, kind, body[kind])
    return {**({"text": {"content": text}} if text else {}), **({kind: body[kind]} if kind else {})}


def _own(corp: Corp, request: Request, body: dict[str, Any]) -> Template:
    found = _templates(corp).get(body["template_id"])
    if found is None:
        raise Refusal(40058, "template_id")
    if found.agentid != request.app:
        raise Refusal(41058)
    return found


@ROUTES.post(f"{CONTACT}/group_welcome_template/add")
def add_template(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    if len(_templates(corp)) >= TEMPLATES_MAX:
        raise Refusal(41055)
    made = Template(world.new_id("msg", 20), request.app, _content(world, corp, body_of(request)))
    _templates(corp).put(made.template_id, made)
    return {"template_id": made.template_id}


@ROUTES.post(f"{CONTACT}/group_welcome_template/edit")
def edit_template(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    _templates(corp).change(_own(corp, request, body).template_id, content=_content(world, corp, body))
    return {}


@ROUTES.post(f"{CONTACT}/group_welcome_template/get")
def get_template(world: WeCom, request: Request) -> Answer:
    content = dict(_own(world.caller(request), request, body_of(request)).content)
    if "media_id" in content.get("image", {}):
        content["image"] = {"pic_url": f"https://p.qpic.cn/pic_wework/{content['image']['media_id']}"}
    return content


@ROUTES.post(f"{CONTACT}/group_welcome_template/del")
def delete_template(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    _templates(corp).remove(_own(corp, request, body_of(request)).template_id)
    return {}
