"""The address book: departments and members, and messages of an app to members."""

from __future__ import annotations

from typing import Any

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.access import avatar_of
from rehearsal.platforms.wecom.asking import body_of, limit_of, page
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import Member
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()


def _departments(corp: Corp, root: str) -> list[Any]:
    inside = corp.below(int(root)) if root else {int(each) for each in corp.departments}
    if root and root not in corp.departments:
        raise Refusal(60123)
    return [each for each in corp.departments.values() if each.id in inside]


@ROUTES.get("/cgi-bin/department/list")
def departments(world: WeCom, request: Request) -> Answer:
    told = [
        {
            "id": each.id,
            "name": each.name,
            "name_en": "",
            "department_leader": [],
            "parentid": each.parentid,
            "order": each.order,
        }
        for each in _departments(world.caller(request), request.query.get("id", ""))
    ]
    return {"department": told}


@ROUTES.get("/cgi-bin/department/simplelist")
def department_ids(world: WeCom, request: Request) -> Answer:
    found = _departments(world.caller(request), request.query.get("id", ""))
    return {"department_id": [{"id": each.id, "parentid": each.parentid, "order": each.order} for each in found]}


def _inside(corp: Corp, request: Request) -> list[Member]:
    department = request.query.get("department_id", "")
    if department not in corp.departments:
        raise Refusal(60123)
    below = request.query.get("fetch_child") == "1"
    wanted = corp.below(int(department)) if below else {int(department)}
    return [each for each in corp.members.values() if not each.left and wanted & set(each.department)]


@ROUTES.get("/cgi-bin/user/simplelist")
def names(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    told = [
        {"userid": each.userid, "name": each.name, "department": list(each.department), "open_userid": ""}
        for each in _inside(corp, request)
    ]
    return {"userlist": told}


@ROUTES.get("/cgi-bin/user/list")
def members(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    return {"userlist": [{**told_of(each), "english_name": ""} for each in _inside(corp, request)]}


@ROUTES.post("/cgi-bin/user/list_id")
def member_ids(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    pairs = [
        {"userid": each.userid, "department": department}
        for each in corp.members.values()
        if not each.left
        for department in each.department
    ]
    found, cursor = page(pairs, body.get("cursor", ""), limit_of(body, 10_000))
    return {"next_cursor": cursor, "dept_user": found}


@ROUTES.get("/cgi-bin/user/get")
def member(world: WeCom, request: Request) -> Answer:
    return told_of(world.caller(request).member(request.query.get("userid", "")))


@ROUTES.post("/cgi-bin/user/getuserid")
def member_by_mobile(world: WeCom, request: Request) -> Answer:
    mobile = body_of(request)["mobile"]
    for each in world.caller(request).members.values():
        if each.mobile == mobile and not each.left:
            return {"userid": each.userid}
    raise Refusal(60111)


@ROUTES.post("/cgi-bin/message/send")
def message(world: WeCom, request: Request) -> Answer:
    """To members, ``touser`` as ``a|b`` or ``@all``; who is unknown is told in ``invaliduser``."""
    corp, body = world.caller(request), body_of(request)
    if str(body["agentid"]) != request.app:
        raise Refusal(40056)
    here = [each.userid for each in corp.members.values() if not each.left]
    asked = here if body.get("touser") == "@all" else [each for each in body.get("touser", "").split("|") if each]
    reached = [each for each in asked if each in set(here)]
    if not reached:
        raise Refusal(81013)
    kind = body["msgtype"]
    reference = world.new_id("msg", 32)
    corp.deliver(world.now(), "app_message", "", reached, {"msgtype": kind, kind: body[kind]}, reference)
    invalid = [each for each in asked if each not in reached]
    return {
        "invaliduser": "|".join(invalid),
        "invalidparty": "",
        "invalidtag": "",
        "unlicenseduser": "",
        "msgid": reference,
    }


def told_of(member: Member) -> dict[str, Any]:
    """As ``user/get`` tells a member to an app that may read the address book."""
    picture = avatar_of(member.userid)
    return {
        "userid": member.userid,
        "name": member.name,
        "department": list(member.department),
        "order": [0 for _ in member.department],
        "position": member.position,
        "mobile": member.mobile,
        "gender": member.gender,
        "email": member.email,
        "is_leader_in_dept": [0 for _ in member.department],
        "direct_leader": [],
        "avatar": picture,
        "thumb_avatar": f"{picture}00",
        "telephone": "",
        "alias": "",
        "address": "",
        "open_userid": "",
        "main_department": member.department[0],
        "extattr": {"attrs": []},
        "status": 1 if member.active else 4,
        "qr_code": f"https://open.work.weixin.qq.com/wwopen/userQRCode?vcode={member.userid}",
        "external_position": "",
        "external_profile": {"external_corp_name": "", "external_attr": []},
    }
