"""Acquisition links (获客助手): a link adds a member at once; each new friend costs one of the corp's paid quota."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import body_of, brief, limit_of, page, within_days
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import Follow
from rehearsal.platforms.wecom.people import LINK_WAY, act, befriend, customer_of
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
LINKS = "/cgi-bin/externalcontact/customer_acquisition"
NAME_MAX, RANGE_MAX, LOW, YEAR_SECONDS = 30, 500, 20, 31_536_000
URL = "https://work.weixin.qq.com/ca/"


class Link(msgspec.Struct, frozen=True):
    link_id: str
    link_name: str
    created: int
    users: tuple[str, ...]
    departments: tuple[int, ...] = ()
    skip_verify: bool = True
    mark_source: bool = True
    priority: dict[str, Any] = {}
    clicks: tuple[int, ...] = ()


class Came(msgspec.Struct, frozen=True):
    """Somebody who came by a link."""

    link_id: str
    userid: str
    external_userid: str
    state: str
    when: int


def _links(corp: Corp) -> Any:
    return corp.drawer("links", Link)


def _came(corp: Corp) -> Any:
    return corp.drawer("came", Came)


def _link(corp: Corp, body: dict[str, Any]) -> Link:
    found = _links(corp).get(body.get("link_id", ""))
    if found is None:
        raise Refusal(40058, "link_id")
    return found


def _read(corp: Corp, link: Link, body: dict[str, Any]) -> Link:
    changes: dict[str, Any] = {name: body[name] for name in ("skip_verify", "mark_source") if name in body}
    if "link_name" in body:
        changes["link_name"] = brief(body["link_name"], NAME_MAX, "link_name")
    if "range" in body:
        users = tuple(body["range"].get("user_list") or ())
        departments = tuple(body["range"].get("department_list") or ())
        everybody = corp.expand(users, departments)
        if not 1 <= len(everybody) <= RANGE_MAX:
            raise Refusal(40058, "range")
        for userid in everybody:
            corp.member(userid)
        changes["users"], changes["departments"] = users, departments
    if "priority_option" in body:
        changes["priority"] = body["priority_option"]
    return msgspec.structs.replace(link, **changes)


@ROUTES.post(f"{LINKS}/create_link")
def create(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    if not body.get("link_name") or not body.get("range"):
        raise Refusal(40058, "link_name, range")
    link = _read(corp, Link(world.new_id("ca", 16).lower(), "", world.now(), ()), body)
    _links(corp).put(link.link_id, link)
    told = {
        "link_id": link.link_id,
        "link_name": link.link_name,
        "url": URL + link.link_id,
        "create_time": link.created,
    }
    return {"link": told}


@ROUTES.post(f"{LINKS}/list_link")
def links(world: WeCom, request: Request) -> Answer:
    body = body_of(request)
    found, cursor = page(list(_links(world.caller(request))), body.get("cursor", ""), limit_of(body, 100))
    return {"link_id_list": found, "next_cursor": cursor}


@ROUTES.post(f"{LINKS}/get")
def get(world: WeCom, request: Request) -> Answer:
    link = _link(world.caller(request), body_of(request))
    told = {
        "link_name": link.link_name,
        "url": URL + link.link_id,
        "create_time": link.created,
        "skip_verify": link.skip_verify,
        "mark_source": link.mark_source,
    }
    whose = {"user_list": list(link.users), "department_list": list(link.departments)}
    priority = {"priority_option": link.priority} if link.priority else {}
    return {"link": told, "range": whose, **priority}


@ROUTES.post(f"{LINKS}/update_link")
def update(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    link = _link(corp, body)
    _links(corp).put(link.link_id, _read(corp, link, body))
    return {}


@ROUTES.post(f"{LINKS}/delete_link")
def delete(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    _links(corp).remove(_link(corp, body_of(request)).link_id)
    return {}


@ROUTES.post(f"{LINKS}/customer")
def customers(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    link = _link(corp, body)
    rows = [each for each in _came(corp).values() if each.link_id == link.link_id]
    found, cursor = page(rows, body.get("cursor", ""), limit_of(body, 1000))
    told = [
        {
            "external_userid": each.external_userid,
            "userid": each.userid,
            "chat_status": int(_chatted(corp.follow(each.userid, each.external_userid))),
            "state": each.state,
        }
        for each in found
    ]
    return {"customer_list": told, "next_cursor": cursor}


def _chatted(follow: Follow | None) -> bool:
    return follow is not None and follow.last > follow.createtime


@ROUTES.get("/cgi-bin/externalcontact/customer_acquisition_quota")
def quota(world: WeCom, request: Request) -> Answer:
    row = world.row(world.caller(request))
    lots = [{"expire_date": row.created + YEAR_SECONDS, "balance": row.quota}] if row.quota else []
    return {"total": row.quota_total, "balance": row.quota, "quota_list": lots}


@ROUTES.post(f"{LINKS}/statistic")
def statistic(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    start, end = within_days(body, 30)
    link = _link(corp, body)
    fresh = [each for each in _came(corp).values() if each.link_id == link.link_id and start <= each.when <= end]
    clicks = sum(1 for each in link.clicks if start <= each <= end)
    return {"click_link_customer_cnt": clicks, "new_customer_cnt": len(fresh)}


@act("link")
def by_link(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{link_id | url, channel?, only_click?, external_userid…}: opens the link and adds the member whose turn it is."""
    link = _link(corp, {"link_id": wish.get("link_id") or wish["url"].removeprefix(URL).split("?")[0]})
    channel = wish.get("channel", "")
    _links(corp).change(link.link_id, clicks=(*link.clicks, world.now()))
    if wish.get("only_click"):
        return {"added": False}
    row = world.row(corp)
    customer = customer_of(world, corp, wish)
    fresh = not corp.advisers_of(customer.external_userid)
    if fresh and not row.quota:
        return {"external_userid": customer.external_userid, "added": False}
    users = corp.expand(link.users, link.departments)
    userid = users[len(link.clicks) % len(users)]
    if channel:
        _tell(world, corp, "friend_request", LinkId=link.link_id, State=channel)
    added = befriend(world, corp, customer, userid, channel, LINK_WAY, not link.skip_verify, welcome=True)
    if added:
        came = Came(link.link_id, userid, customer.external_userid, channel, world.now())
        _came(corp).put(f"{userid} {customer.external_userid}", came)
    if added and fresh:
        _pay(world, corp, row.quota - 1)
    return {"external_userid": customer.external_userid, "userid": userid, "added": added}


def _pay(world: WeCom, corp: Corp, left: int) -> None:
    world.rows.change(corp.corpid, quota=left)
    if left in (0, LOW - 1):
        _tell(world, corp, "balance_exhausted" if not left else "balance_low")


def chatted(world: WeCom, corp: Corp, follow: Follow) -> None:
    """The first words of somebody who came with a channel are told."""
    came = _came(corp).get(f"{follow.userid} {follow.external_userid}")
    if came is not None and came.state and not _chatted(follow):
        _tell(world, corp, "customer_start_chat", UserID=follow.userid, ExternalUserID=follow.external_userid)


def _tell(world: WeCom, corp: Corp, change: str, **fields: Any) -> None:
    world.tell(corp, "customer_acquisition", change, **fields)
