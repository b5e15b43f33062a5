"""External contacts: whose customers they are, their details, remarks, tags on them."""

from __future__ import annotations

from typing import Any

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.access import avatar_of
from rehearsal.platforms.wecom.asking import at_most, body_of, brief, cursor_of, limit_of, page, place_of
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import Customer, Follow
from rehearsal.platforms.wecom.tags import check_tags
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CONTACT = "/cgi-bin/externalcontact"
FOLLOWERS_PAGE, USERS_MAX, CONTACTS_PAGE_MAX, CONTACTS_PAGE = 500, 100, 100, 50


@ROUTES.get(f"{CONTACT}/get_follow_user_list")
def members_with_customers(world: WeCom, request: Request) -> Answer:
    return {"follow_user": [each.userid for each in world.caller(request).staff()]}


@ROUTES.get(f"{CONTACT}/list")
def customers_of_a_member(world: WeCom, request: Request) -> Answer:
    """A member without customers is answered with 84061, not with an empty list."""
    corp = world.caller(request)
    member = corp.member(request.query.get("userid", ""))
    found = [follow.external_userid for follow in corp.customers_of(member.userid)]
    if not found:
        raise Refusal(84061)
    return {"external_userid": found}


@ROUTES.get(f"{CONTACT}/get")
def one(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    customer = corp.customers.get(request.query.get("external_userid", ""))
    if customer is None:
        raise Refusal(40096)
    follows = corp.advisers_of(customer.external_userid)
    if not follows:
        raise Refusal(84061)
    found, cursor = page(follows, request.query.get("cursor", ""), FOLLOWERS_PAGE)
    told = [{**_follow(each), **_tags(corp, each)} for each in found]
    answer: dict[str, Any] = {"external_contact": told_of(customer), "follow_user": told}
    return {**answer, "next_cursor": cursor} if cursor else answer


@ROUTES.post(f"{CONTACT}/batch/get_by_user")
def of_members(world: WeCom, request: Request) -> Answer:
    """A cursor is a place in the members' lists: a page may be short or empty while more follow."""
    corp, body = world.caller(request), body_of(request)
    users = at_most(body["userid_list"], USERS_MAX)
    if not users:
        raise Refusal(40058, "userid_list is empty")
    limit = limit_of(body, CONTACTS_PAGE_MAX, CONTACTS_PAGE)
    for userid in users:
        corp.member(userid)
    place = place_of(body.get("cursor", ""))
    if world.manners.empty_pages and _is_empty_turn(world):
        return {"external_contact_list": [], "next_cursor": cursor_of(place)}
    told, place, more = _walk(corp, users, place, limit)
    return {"external_contact_list": told, "next_cursor": cursor_of(place) if more else ""}


def _is_empty_turn(world: WeCom) -> bool:
    world.pages += 1
    return world.pages % world.manners.empty_pages == 0


def _walk(corp: Corp, users: list[str], place: int, limit: int) -> tuple[list[dict[str, Any]], int, bool]:
    """(relations of the next ``limit`` places, the place after, whether more follow). Places count through lists."""
    told: list[dict[str, Any]] = []
    before = 0
    for userid in users:
        slots = corp.slots(userid)
        while limit and place - before < len(slots):
            external = slots[place - before]
            place, limit = place + 1, limit - 1
            follow = corp.follow(userid, external) if external else None
            if follow is not None and follow.bond != "half":
                customer = corp.customers[follow.external_userid]
                info = {**_follow(follow), "tag_id": list(follow.tags)}
                told.append({"external_contact": told_of(customer), "follow_info": info})
        before += len(slots)
    return told, place, place < before


@ROUTES.post(f"{CONTACT}/remark")
def remark(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    corp.member(body["userid"])
    follow = corp.bond(body["userid"], body["external_userid"])
    changes: dict[str, Any] = {}
    if "remark" in body:
        changes["remark"] = brief(body["remark"], 20, "remark")
    if "description" in body:
        changes["description"] = brief(body["description"], 150, "description")
    if "remark_company" in body:
        changes["remark_corp_name"] = brief(body["remark_company"], 20, "remark_company")
    if "remark_mobiles" in body:
        changes["remark_mobiles"] = tuple(each for each in body["remark_mobiles"] if each)
    if not changes and "remark_pic_mediaid" not in body:
        raise Refusal(40058, "nothing to remark")
    corp.change_follow(follow, **changes)
    _echo(world, corp, follow)
    return {}


@ROUTES.post(f"{CONTACT}/mark_tag")
def mark_tag(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    add, remove = body.get("add_tag") or [], body.get("remove_tag") or []
    if not add and not remove:
        raise Refusal(40058, "nothing to mark")
    corp.member(body["userid"])
    follow = corp.bond(body["userid"], body["external_userid"])
    check_tags(corp, [*add, *remove])
    kept = [tag for tag in dict.fromkeys([*follow.tags, *add]) if tag not in remove]
    corp.change_follow(follow, tags=tuple(kept))
    _echo(world, corp, follow)
    return {}


def _echo(world: WeCom, corp: Corp, follow: Follow) -> None:
    if world.manners.echo:
        edited(world, corp, follow)


def edited(world: WeCom, corp: Corp, follow: Follow) -> None:
    """Tells that remark or tags were changed."""
    who = {"UserID": follow.userid, "ExternalUserID": follow.external_userid, "State": follow.state or None}
    world.tell(corp, "change_external_contact", "edit_external_contact", **who)


def told_of(customer: Customer) -> dict[str, Any]:
    told: dict[str, Any] = {
        "external_userid": customer.external_userid,
        "name": customer.name,
        "type": customer.type,
        "avatar": customer.avatar or avatar_of(customer.external_userid),
        "gender": customer.gender,
    }
    if customer.type == 2:
        company = {"corp_name": customer.corp_name, "corp_full_name": customer.corp_name, "position": customer.position}
        return {**told, **company, "external_profile": {"external_attr": []}}
    return {**told, "unionid": customer.unionid} if customer.unionid else told


def _follow(follow: Follow) -> dict[str, Any]:
    told: dict[str, Any] = {
        "userid": follow.userid,
        "remark": follow.remark,
        "description": follow.description,
        "createtime": follow.createtime,
        "oper_userid": follow.oper_userid or follow.external_userid,
        "add_way": follow.add_way,
        "remark_corp_name": follow.remark_corp_name,
        "remark_mobiles": list(follow.remark_mobiles),
    }
    if follow.state:
        told["state"] = follow.state
    if follow.channels:
        told["wechat_channels"] = {"nickname": follow.channels, "source": 1}
    return told


def _tags(corp: Corp, follow: Follow) -> dict[str, Any]:
    tags = (corp.tags[tag] for tag in follow.tags if tag in corp.tags)
    told = [
        {"group_name": corp.tag_groups[each.group].name, "tag_name": each.name, "tag_id": each.id, "type": 1}
        for each in tags
    ]
    return {"tags": told}


@ROUTES.post(f"{CONTACT}/unionid_to_external_userid")
def by_unionid(world: WeCom, request: Request) -> Answer:
    unionid = body_of(request)["unionid"]
    for each in world.caller(request).customers.values():
        if each.unionid == unionid:
            return {"external_userid": each.external_userid}
    raise Refusal(40096)


@ROUTES.post(f"{CONTACT}/convert_to_openid")
def to_openid(world: WeCom, request: Request) -> Answer:
    customer = world.caller(request).customers.get(body_of(request)["external_userid"])
    if customer is None or customer.type != 1:
        raise Refusal(40096)
    return {"openid": f"oo{customer.external_userid[2:28]}"}
