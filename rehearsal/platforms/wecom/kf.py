"""Customer service (微信客服): accounts, servicers, reading by cursor, sending within windows, states of sessions."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.access import avatar_of
from rehearsal.platforms.wecom.asking import at_most, body_of, brief, check_media, cursor_of, limit_of, place_of, short
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.kf_rows import (
    BOT,
    ENDED,
    HUMAN,
    NEW,
    POOL,
    Account,
    account_in,
    accounts,
    codes,
    give_code,
    lines,
    session_key,
    session_of,
    sessions,
    sync_tokens,
    write_event,
)
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
KF = "/cgi-bin/kf"
NAME_MAX, SCENE_MAX, LIST_MAX, SYNC_MAX, TEXT_BYTES_MAX, PEOPLE_MAX = 16, 32, 100, 1000, 2048, 100
POOL_SECONDS, ENDED_SECONDS = 48 * 3600, 20
FORWARD: dict[int, tuple[int, ...]] = {
    NEW: (BOT, POOL, HUMAN, ENDED),
    BOT: (POOL, HUMAN, ENDED),
    POOL: (HUMAN, ENDED),
    HUMAN: (HUMAN, ENDED),
    ENDED: (),
}
MEDIA = ("image", "voice", "video", "file")
OTHERS = ("text", "link", "miniprogram", "msgmenu", "location", "business_card", "ca_link")


@ROUTES.post(f"{KF}/account/add")
def add_account(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    if len(accounts(corp)) >= world.manners.kf_accounts_max:
        raise Refusal(95005)
    name = brief(body["name"], NAME_MAX, "name")
    made = Account(world.new_id("wk", 30), name, body.get("media_id", ""))
    accounts(corp).put(made.open_kfid, made)
    return {"open_kfid": made.open_kfid}


@ROUTES.post(f"{KF}/account/update")
def update_account(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    account_in(corp, body["open_kfid"])
    changes = {name: body[name] for name in ("name", "media_id") if name in body}
    accounts(corp).change(body["open_kfid"], **changes)
    return {}


@ROUTES.post(f"{KF}/account/del")
def delete_account(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    accounts(corp).remove(account_in(corp, body_of(request)["open_kfid"]).open_kfid)
    return {}


@ROUTES.post(f"{KF}/account/list")
def list_accounts(world: WeCom, request: Request) -> Answer:
    body = body_of(request)
    begin, limit = int(body.get("offset", 0)), limit_of(body, LIST_MAX)
    found = list(accounts(world.caller(request)).values())[begin : begin + limit]
    told = [
        {"open_kfid": each.open_kfid, "name": each.name, "avatar": avatar_of(each.open_kfid), "manage_privilege": True}
        for each in found
    ]
    return {"account_list": told}


@ROUTES.post(f"{KF}/add_contact_way")
def contact_way(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    account = account_in(corp, body["open_kfid"])
    scene = brief(body.get("scene", ""), SCENE_MAX, "scene")
    return {"url": f"https://work.weixin.qq.com/kf/{account.open_kfid}?enc_scene=ENC{scene}"}


# servicers


@ROUTES.post(f"{KF}/servicer/add")
def add_servicers(world: WeCom, request: Request) -> Answer:
    return _servicers(world, request, adding=True)


@ROUTES.post(f"{KF}/servicer/del")
def delete_servicers(world: WeCom, request: Request) -> Answer:
    return _servicers(world, request, adding=False)


def _servicers(world: WeCom, request: Request, *, adding: bool) -> Answer:
    corp, body = world.caller(request), body_of(request)
    account = account_in(corp, body["open_kfid"])
    users, departments = list(account.servicers), list(account.departments)
    told: list[dict[str, Any]] = []
    for userid in at_most(body.get("userid_list") or [], PEOPLE_MAX):
        known = userid in corp.members
        told.append({"userid": userid, **_outcome(known, (userid in users) == adding)})
        if known and (userid in users) != adding:
            (users.append if adding else users.remove)(userid)
    for department in body.get("department_id_list") or []:
        known = str(department) in corp.departments
        told.append({"department_id": department, **_outcome(known, (department in departments) == adding)})
        if known and (department in departments) != adding:
            (departments.append if adding else departments.remove)(department)
    accounts(corp).change(account.open_kfid, servicers=tuple(users), departments=tuple(departments))
    return {"result_list": told}


def _outcome(known: bool, already: bool) -> dict[str, Any]:
    if not known:
        return {"errcode": 60111, "errmsg": "userid not found"}
    return {"errcode": 0, "errmsg": "ignored" if already else "success"}


@ROUTES.get(f"{KF}/servicer/list")
def list_servicers(world: WeCom, request: Request) -> Answer:
    account = account_in(world.caller(request), request.query.get("open_kfid"))
    people: list[dict[str, Any]] = [{"userid": each, "status": 0} for each in account.servicers]
    return {"servicer_list": [*people, *({"department_id": each} for each in account.departments)]}


# reading


@ROUTES.post(f"{KF}/sync_msg")
def sync(world: WeCom, request: Request) -> Answer:
    """What is new behind the cursor. A page may come empty though there is more (``manners.empty_pages``)."""
    corp, body = world.caller(request), body_of(request)
    limit = limit_of(body, SYNC_MAX)
    open_kfid = body.get("open_kfid", "")
    if body.get("token"):
        token = sync_tokens(corp).get(body["token"])
        if token is None or token.until <= world.clock.now():
            raise Refusal(95007)
        open_kfid = open_kfid or token.open_kfid
    account = account_in(corp, open_kfid)
    begin = place_of(body.get("cursor", ""))
    world.pages += 1
    every = world.manners.empty_pages
    if every and world.pages % every == 0 and begin < account.messages:
        return {"next_cursor": cursor_of(begin), "has_more": 1, "msg_list": []}
    end = min(begin + limit, account.messages)
    told = [lines(corp)[f"{open_kfid} {number}"].body for number in range(begin + 1, end + 1)]
    return {"next_cursor": cursor_of(end), "has_more": int(end < account.messages), "msg_list": told}


@ROUTES.post(f"{KF}/customer/batchget")
def customers(world: WeCom, request: Request) -> Answer:
    """Only who wrote within 48 hours."""
    corp, body = world.caller(request), body_of(request)
    since = world.now() - world.manners.kf_window_hours * 3600
    told: list[dict[str, Any]] = []
    invalid: list[str] = []
    for external in at_most(body["external_userid_list"], PEOPLE_MAX):
        customer = corp.customers.get(external)
        mine = [session_of(corp, each, external) for each in accounts(corp)]
        lately = [each for each in mine if max(each.said, each.entered) > since]
        if customer is None or not lately:
            invalid.append(external)
            continue
        row: dict[str, Any] = {
            "external_userid": external,
            "nickname": customer.name,
            "avatar": customer.avatar or avatar_of(external),
            "gender": customer.gender,
            "unionid": customer.unionid,
        }
        if body.get("need_enter_session_context"):
            row["enter_session_context"] = {"scene": lately[-1].scene, "scene_param": lately[-1].scene_param}
        told.append(row)
    return {"customer_list": told, "invalid_external_userid": invalid}


# sending


@ROUTES.post(f"{KF}/send_msg")
def send(world: WeCom, request: Request) -> Answer:
    """At most 5 within 48 hours of the customer's last words; not while a human serves."""
    corp, body = world.caller(request), body_of(request)
    account, external = account_in(corp, body["open_kfid"]), body["touser"]
    content = _content(world, corp, body)
    session = session_of(corp, account.open_kfid, external)
    if session.rejects:
        raise Refusal(95026)
    if session.state not in (NEW, BOT):
        raise Refusal(95018)
    if session.said <= world.now() - world.manners.kf_window_hours * 3600:
        raise Refusal(95002)
    if session.sent >= world.manners.kf_messages_max:
        raise Refusal(95001)
    sessions(corp).change(session_key(account.open_kfid, external), sent=session.sent + 1)
    return {"msgid": _out(world, corp, body, account.open_kfid, external, content)}


def _content(world: WeCom, corp: Corp, body: dict[str, Any]) -> dict[str, Any]:
    kind = body["msgtype"]
    if kind in MEDIA:
        check_media(world, corp, body[kind]["media_id"], kind)
    elif kind not in OTHERS:
        raise Refusal(40035, "msgtype")
    if kind == "text":
        short(body["text"]["content"], TEXT_BYTES_MAX, "text")
    if kind == "msgmenu":
        at_most(body["msgmenu"]["list"], 10)
    return {"msgtype": kind, kind: body[kind]}


def _out(world: WeCom, corp: Corp, body: dict[str, Any], open_kfid: str, external: str, content: dict[str, Any]) -> str:
    msgid = body.get("msgid") or world.new_id("", 32)
    corp.deliver(world.now(), "kf", open_kfid, [external], content, msgid)
    return msgid


@ROUTES.post(f"{KF}/send_msg_on_event")
def send_on_event(world: WeCom, request: Request) -> Answer:
    """One message for one code: text, and a menu where the occasion allows."""
    corp, body = world.caller(request), body_of(request)
    code = codes(corp).get(body.get("code", ""))
    if code is None or code.until <= world.clock.now():
        raise Refusal(40029)
    if body["msgtype"] not in (("text", "msgmenu") if code.menu else ("text",)):
        raise Refusal(40035, "msgtype")
    content = _content(world, corp, body)
    codes(corp).remove(body["code"])
    return {"msgid": _out(world, corp, body, code.open_kfid, code.external_userid, content)}


# states


@ROUTES.post(f"{KF}/service_state/get")
def state(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    session = session_of(corp, account_in(corp, body["open_kfid"]).open_kfid, body["external_userid"])
    told: dict[str, Any] = {"service_state": session.state}
    return {**told, "servicer_userid": session.servicer} if session.state == HUMAN else told


@ROUTES.post(f"{KF}/service_state/trans")
def move(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    account, external = account_in(corp, body["open_kfid"]), body["external_userid"]
    before = session_of(corp, account.open_kfid, external)
    to, servicer = int(body["service_state"]), body.get("servicer_userid", "")
    if to not in FORWARD[before.state]:
        raise Refusal(95013 if before.state == ENDED else 95016)
    if to == HUMAN and servicer not in corp.expand(account.servicers, account.departments):
        raise Refusal(95014)
    after = msgspec.structs.replace(before, state=to, servicer=servicer if to == HUMAN else "")
    sessions(corp).put(session_key(account.open_kfid, external), after)
    code = _code_of_move(world, corp, account.open_kfid, external, to)
    if to in (HUMAN, ENDED):
        change = 3 if to == ENDED else 2 if before.state == HUMAN else 1
        told = {"change_type": change, "external_userid": external, "msg_code": code or None}
        who = {"old_servicer_userid": before.servicer or None, "new_servicer_userid": servicer or None}
        write_event(world, corp, "session_status_change", account.open_kfid, **told, **who)
    return {"msg_code": code} if code else {}


def _code_of_move(world: WeCom, corp: Corp, open_kfid: str, external: str, to: int) -> str:
    if to == BOT:
        return ""
    seconds = world.clock.at_machine_speed(ENDED_SECONDS) if to == ENDED else POOL_SECONDS
    return give_code(world, corp, open_kfid, external, seconds, menu=to == ENDED)


@ROUTES.get(f"{KF}/get_corp_qualification")
def qualification(world: WeCom, request: Request) -> Answer:
    return {"wechat_channels_binding": False}
