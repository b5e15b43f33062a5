"""What an official account's API answers."""

from __future__ import annotations

import time
from typing import Any

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.official_account.world import Code, OfficialAccountWorld, Tag, Taken
from rehearsal.platforms.wechat.common import check_template, template_sent

ROUTES: Routes[OfficialAccountWorld] = Routes()

PAGE = 10_000
CODE_SECONDS_MAX = 2_592_000
PERMANENT_MAX = 100_000
INFO_MAX = 100
TAGGED_MAX = 50
TAGS_A_PERSON_MAX = 20
TAGS_MAX = 100
MASS_MAX = 10_000
MASS_SECONDS = 30.0
DAY_SECONDS = 86_400
CHINA_SECONDS = 8 * 3600


@ROUTES.get("/cgi-bin/user/get")
def user_get(world: OfficialAccountWorld, request: Request) -> Answer:
    app = world.app(request)
    everybody = world.followers(app.app_id)
    after = request.query.get("next_openid", "")
    page = [openid for openid in everybody if openid > after][:PAGE]
    answer: dict[str, Any] = {"total": len(everybody), "count": len(page)}
    if page:
        answer["data"] = {"openid": page}
    return {**answer, "next_openid": page[-1] if page else ""}


@ROUTES.post("/cgi-bin/user/info/batchget")
def user_info(world: OfficialAccountWorld, request: Request) -> Answer:
    app, asked = world.app(request), request.json()["user_list"]
    if len(asked) > INFO_MAX:
        raise Refusal(40032, "invalid openid list size")
    return {"user_info_list": [_info(world, app.app_id, str(each["openid"])) for each in asked]}


def _info(world: OfficialAccountWorld, app_id: str, openid: str) -> dict[str, Any]:
    user = world.user(app_id, openid)
    if not user.following:
        return {"subscribe": 0, "openid": openid, "tagid_list": []}
    return {
        "subscribe": 1,
        "openid": openid,
        "language": "zh_CN",
        "subscribe_time": user.subscribe_time,
        **({"unionid": user.unionid} if user.unionid else {}),
        "remark": "",
        "groupid": user.tags[0] if user.tags else 0,
        "tagid_list": list(user.tags),
        "subscribe_scene": user.subscribe_scene,
        "qr_scene": 0,
        "qr_scene_str": user.qr_scene,
    }


@ROUTES.post("/cgi-bin/qrcode/create")
def qrcode_create(world: OfficialAccountWorld, request: Request) -> Answer:
    app, body = world.app(request), request.json()
    if not app.verified:
        raise Refusal(48001, "api unauthorized")
    action, scene = body["action_name"], body["action_info"]["scene"]
    text = str(scene.get("scene_str") or scene.get("scene_id") or "")
    if not 1 <= len(text) <= 64 or action not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
        raise Refusal(40035, "invalid parameter")
    permanent = "LIMIT" in action
    seconds = min(int(body.get("expire_seconds", 60)), CODE_SECONDS_MAX)
    if permanent and sum(each.permanent for each in world.codes.values()) >= PERMANENT_MAX:
        raise Refusal(45029, "qrcode count out of limit")
    number = world.next_number("code")
    ticket = f"gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9x{number:08d}"
    world.codes.put(ticket, Code(app.app_id, text, permanent, 0 if permanent else world.clock.now() + seconds))
    answer: dict[str, Any] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{number:08d}"}
    return answer if permanent else {**answer, "expire_seconds": seconds}


# --- tags


@ROUTES.get("/cgi-bin/tags/get")
def tags_get(world: OfficialAccountWorld, request: Request) -> Answer:
    app = world.app(request)
    if not app.verified:
        raise Refusal(48001, "api unauthorized")
    counts = {
        tag.number: sum(tag.number in user.tags for user in world.users.values())
        for tag in world.tags.values()
        if tag.app_id == app.app_id
    }
    names = {tag.number: tag.name for tag in world.tags.values()}
    return {"tags": [{"id": number, "name": names[number], "count": count} for number, count in counts.items()]}


@ROUTES.post("/cgi-bin/tags/create")
def tags_create(world: OfficialAccountWorld, request: Request) -> Answer:
    app, name = world.app(request), str(request.json()["tag"]["name"])
    if len(name.encode()) > 30 or not name:
        raise Refusal(45158, "tag name too long")
    if any(tag.name == name and tag.app_id == app.app_id for tag in world.tags.values()):
        raise Refusal(45157, "invalid tag name")
    if sum(tag.app_id == app.app_id for tag in world.tags.values()) >= TAGS_MAX:
        raise Refusal(45056, "too many tags")
    number = world.next_number("tag", 100)
    world.tags.put(str(number), Tag(app.app_id, number, name))
    return {"tag": {"id": number, "name": name}}


@ROUTES.post("/cgi-bin/tags/update")
def tags_update(world: OfficialAccountWorld, request: Request) -> Answer:
    tag = request.json()["tag"]
    _tag(world, request, int(tag["id"]))
    world.tags.change(str(tag["id"]), name=str(tag["name"]))
    return {}


@ROUTES.post("/cgi-bin/tags/delete")
def tags_delete(world: OfficialAccountWorld, request: Request) -> Answer:
    number = int(request.json()["tag"]["id"])
    _tag(world, request, number)
    world.tags.remove(str(number))
    return {}


@ROUTES.post("/cgi-bin/tags/members/batchtagging")
def batch_tagging(world: OfficialAccountWorld, request: Request) -> Answer:
    return _tagged(world, request, add=True)


@ROUTES.post("/cgi-bin/tags/members/batchuntagging")
def batch_untagging(world: OfficialAccountWorld, request: Request) -> Answer:
    return _tagged(world, request, add=False)


def _tagged(world: OfficialAccountWorld, request: Request, *, add: bool) -> Answer:
    app, body = world.app(request), request.json()
    number, openids = int(body["tagid"]), body["openid_list"]
    _tag(world, request, number)
    if len(openids) > TAGGED_MAX:
        raise Refusal(40032, "invalid openid list size")
    for openid in openids:
        user = world.user(app.app_id, str(openid))
        if not user.following:
            raise Refusal(49003, "openid not under this appid")
        tags = (*(each for each in user.tags if each != number), *((number,) if add else ()))
        if len(tags) > TAGS_A_PERSON_MAX:
            raise Refusal(45059, "user has too many tags")
        world.change(app.app_id, str(openid), tags=tags)
    return {}


def _tag(world: OfficialAccountWorld, request: Request, number: int) -> Tag:
    tag = world.tags.get(str(number))
    if tag is None or tag.app_id != request.account:
        raise Refusal(45159, "invalid tag id")
    return tag


# --- sending


@ROUTES.post("/cgi-bin/message/template/send")
def template_send(world: OfficialAccountWorld, request: Request) -> Answer:
    app, body = world.app(request), request.json()
    own = str(body.get("client_msg_id") or "")
    before = world.taken.get(f"template:{app.app_id}:{own}") if own else None
    if before is not None:
        return {"msgid": before.msg_id}
    openid = str(body["touser"])
    user = world.user(app.app_id, openid)
    check_template(app, body)
    if not user.following:
        raise Refusal(43004, "require subscribe")
    number = world.next_number("template", 200_228_332)
    if own:
        world.taken.put(f"template:{app.app_id}:{own}", Taken(number, world.clock.now()))
    status = "failed:user block" if user.blocks_templates else "success"
    if not user.blocks_templates:
        world.deliver(app.app_id, openid, "template", body)
    world.event(app.app_id, openid, "TEMPLATESENDJOBFINISH", 2.0, MsgID=number, Status=status)
    return {"msgid": number}


@ROUTES.post("/cgi-bin/message/subscribe/bizsend")
def biz_send(world: OfficialAccountWorld, request: Request) -> Answer:
    app, body = world.app(request), request.json()
    openid, template = str(body["touser"]), str(body["template_id"])
    world.user(app.app_id, openid)
    check_template(app, body)
    world.spend_consent(app.app_id, openid, template)
    world.deliver(app.app_id, openid, "subscribe", body)
    template_sent(world, app.app_id, openid, template, str(world.next_number("subscribe", 1_700_000_000_000)))
    return {}


@ROUTES.post("/cgi-bin/message/mass/preview")
def mass_preview(world: OfficialAccountWorld, request: Request) -> Answer:
    app, body = world.app(request), request.json()
    openid = str(body["touser"])
    if not world.user(app.app_id, openid).following:
        raise Refusal(43004, "require subscribe")
    world.deliver(app.app_id, openid, "mass.preview", {name: body[name] for name in ("msgtype", str(body["msgtype"]))})
    return {"msg_id": world.next_number("mass", 34_182)}


@ROUTES.post("/cgi-bin/message/mass/send")
def mass_send(world: OfficialAccountWorld, request: Request) -> Answer:
    app, body = world.app(request), request.json()
    if not app.verified or app.kind != "service":
        raise Refusal(48001, "api unauthorized")
    touser = [str(each) for each in body["touser"]]
    if not 2 <= len(touser) <= MASS_MAX:
        raise Refusal(40130, "invalid openid list size, at least two openid")
    content = body[body["msgtype"]]
    if not content.get("content") and not content.get("media_id"):
        raise Refusal(40007, "invalid media_id")
    own = str(body.get("clientmsgid") or "")
    if len(own) > 64:
        raise Refusal(45067, "clientmsgid length out of limit")
    before = world.taken.get(f"mass:{app.app_id}:{own}") if own else None
    if before is not None and world.clock.now() - before.at < DAY_SECONDS:
        raise Refusal(45065, "clientmsgid exist", msg_id=before.msg_id)
    number = world.next_number("mass", 34_182)
    if own:
        world.taken.put(f"mass:{app.app_id}:{own}", Taken(number, world.clock.now()))
    month = time.strftime("%Y-%m", time.gmtime(world.clock.now() + CHINA_SECONDS))
    said = {name: body[name] for name in ("msgtype", str(body["msgtype"]))}
    about = {"app_id": app.app_id, "touser": touser, "msg_id": number, "month": month, "quota": 4, "body": said}
    world.agenda.at(world.clock.now() + MASS_SECONDS, "finish_mass", **about)
    return {"msg_id": number, "msg_data_id": 206_227_730 + number}
