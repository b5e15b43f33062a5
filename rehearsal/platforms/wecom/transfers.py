"""Customers and groups of members who stay or have left (继承) go to somebody else; customers may refuse."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import at_most, body_of, page
from rehearsal.platforms.wecom.codes import words
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.groups import all_groups, changed
from rehearsal.platforms.wecom.people import act
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CONTACT = "/cgi-bin/externalcontact"
CUSTOMERS_MAX, PAGE, ASSIGNED_WAY = 100, 1000, 202
AGAIN_SECONDS, AGAIN_MAX = 90 * 86_400, 2
DONE, WAITING, REFUSED, FULL, NONE = 1, 2, 3, 4, 5
TASK = "transfer"


class Transfer(msgspec.Struct, frozen=True):
    handover: str
    takeover: str
    external_userid: str
    created: int
    resigned: bool
    status: int = WAITING
    takeover_time: int = 0


class Moves(msgspec.Struct, frozen=True):
    """When a customer was handed on."""

    times: tuple[int, ...] = ()


def _transfers(corp: Corp) -> Any:
    return corp.drawer("transfers", Transfer)


def _key(handover: str, takeover: str, external: str) -> str:
    return f"{handover} {takeover} {external}"


@ROUTES.post(f"{CONTACT}/transfer_customer")
def on_job(world: WeCom, request: Request) -> Answer:
    return _hand_over(world, request, resigned=False)


@ROUTES.post(f"{CONTACT}/resigned/transfer_customer")
def resigned(world: WeCom, request: Request) -> Answer:
    return _hand_over(world, request, resigned=True)


def _hand_over(world: WeCom, request: Request, *, resigned: bool) -> Answer:
    """Each customer has a code of its own; the whole is 0."""
    corp, body = world.caller(request), body_of(request)
    handover, takeover = body["handover_userid"], body["takeover_userid"]
    if handover == takeover:
        raise Refusal(40130)
    if resigned and not corp.members[handover].left:
        raise Refusal(40097)
    if not resigned:
        corp.member(handover)
    corp.member(takeover)
    told: list[dict[str, Any]] = []
    for external in at_most(body["external_userid"], CUSTOMERS_MAX):
        code = _refusal(world, corp, handover, external)
        if not code:
            _begin(world, corp, Transfer(handover, takeover, external, world.now(), resigned))
        told.append({"external_userid": external, "errcode": code})
    return {"customer": told}


def _refusal(world: WeCom, corp: Corp, handover: str, external: str) -> int:
    if corp.follow(handover, external) is None:
        return 40096
    if any(each.external_userid == external and each.status == WAITING for each in _transfers(corp).values()):
        return 40100
    moves = corp.drawer("moves", Moves).get(external) or Moves()
    lately = [each for each in moves.times if each > world.now() - AGAIN_SECONDS]
    return 40128 if len(lately) >= AGAIN_MAX else 0


def _begin(world: WeCom, corp: Corp, transfer: Transfer) -> None:
    key = _key(transfer.handover, transfer.takeover, transfer.external_userid)
    _transfers(corp).put(key, transfer)
    due = world.clock.now() + world.manners.transfer_hours * 3600
    world.agenda.at(due, TASK, corpid=corp.corpid, key=key)


def does(world: WeCom) -> None:
    """Tells the agenda what happens when a customer said nothing."""

    def end(about: dict[str, Any]) -> None:
        _end(world, world.corps[about["corpid"]], about["key"])

    world.agenda.does[TASK] = end


def _end(world: WeCom, corp: Corp, key: str) -> None:
    """The customer goes to the new adviser, unless it was refused or the adviser is full."""
    transfer = _transfers(corp)[key]
    before = corp.follow(transfer.handover, transfer.external_userid)
    if transfer.status != WAITING or before is None:
        return
    taker = corp.members[transfer.takeover]
    if corp.held(taker.userid) >= taker.customers_max:
        _transfers(corp).change(key, status=FULL)
        _fail(world, corp, transfer, "customer_limit_exceed")
        return
    now, external = world.now(), transfer.external_userid
    _transfers(corp).change(key, status=DONE, takeover_time=now)
    moves = corp.drawer("moves", Moves)
    moves.put(external, Moves((*(moves.get(external) or Moves()).times, now)))
    corp.end_follow(before)
    if not transfer.resigned:
        gone = {"UserID": transfer.handover, "ExternalUserID": external, "Source": "DELETE_BY_TRANSFER"}
        world.tell(corp, "change_external_contact", "del_external_contact", **gone)
    if corp.follow(taker.userid, external) is None:
        taken = msgspec.structs.replace(before, userid=taker.userid, createtime=now, add_way=ASSIGNED_WAY, bond="both")
        corp.put_follow(msgspec.structs.replace(taken, oper_userid=taker.userid, blocked=False, last=now))
        who = {"UserID": taker.userid, "ExternalUserID": external, "State": before.state or None}
        world.tell(corp, "change_external_contact", "add_external_contact", **who)


def _fail(world: WeCom, corp: Corp, transfer: Transfer, reason: str) -> None:
    who = {"FailReason": reason, "UserID": transfer.takeover, "ExternalUserID": transfer.external_userid}
    world.tell(corp, "change_external_contact", "transfer_fail", **who)


@act("refuse_transfer")
def refuse(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{external_userid}: the customer wants to stay with whom they have."""
    for key, transfer in list(_transfers(corp).items()):
        if transfer.external_userid == wish["external_userid"] and transfer.status == WAITING:
            _transfers(corp).change(key, status=REFUSED)
            _fail(world, corp, transfer, "customer_refused")
            return {"refused": True}
    return {"refused": False}


@ROUTES.post(f"{CONTACT}/transfer_result")
def on_job_result(world: WeCom, request: Request) -> Answer:
    return _result(world, request, resigned=False)


@ROUTES.post(f"{CONTACT}/resigned/transfer_result")
def resigned_result(world: WeCom, request: Request) -> Answer:
    return _result(world, request, resigned=True)


def _result(world: WeCom, request: Request, *, resigned: bool) -> Answer:
    corp, body = world.caller(request), body_of(request)
    whose = body["handover_userid"], body["takeover_userid"]
    rows = [
        each
        for each in _transfers(corp).values()
        if (each.handover, each.takeover) == whose and each.resigned == resigned
    ]
    found, cursor = page(rows, body.get("cursor", ""), PAGE)
    told = [
        {"external_userid": each.external_userid, "status": each.status, "takeover_time": each.takeover_time}
        for each in found
    ]
    return {"customer": told, "next_cursor": cursor}


@ROUTES.post(f"{CONTACT}/get_unassigned_list")
def unassigned(world: WeCom, request: Request) -> Answer:
    """Customers of members who left."""
    corp, body = world.caller(request), body_of(request)
    rows = [
        {"handover_userid": each.userid, "external_userid": follow.external_userid, "dimission_time": each.left}
        for each in corp.members.values()
        if each.left
        for follow in corp.customers_of(each.userid)
    ]
    size = int(body.get("page_size") or PAGE)
    found, cursor = page(rows, body.get("cursor", ""), min(size, PAGE))
    return {"info": found, "is_last": not cursor, "next_cursor": cursor}


# groups


@ROUTES.post(f"{CONTACT}/groupchat/transfer")
def groups_of_who_left(world: WeCom, request: Request) -> Answer:
    return _hand_groups(world, request, resigned=True)


@ROUTES.post(f"{CONTACT}/groupchat/onjob_transfer")
def groups_of_who_stays(world: WeCom, request: Request) -> Answer:
    return _hand_groups(world, request, resigned=False)


def _hand_groups(world: WeCom, request: Request, *, resigned: bool) -> Answer:
    corp, body = world.caller(request), body_of(request)
    owner = corp.members.get(body["new_owner"])
    if owner is None or owner.left:
        raise Refusal(90502)
    failed: list[dict[str, Any]] = []
    for chat in at_most(body["chat_id_list"], CUSTOMERS_MAX):
        code = _group_refusal(world, corp, chat, resigned)
        if code:
            failed.append({"chat_id": chat, "errcode": code, "errmsg": words(code)})
        else:
            before = all_groups(corp)[chat]
            moved = (*before.moved, world.now())
            changed(world, corp, before, "change_owner", {}, owner=owner.userid, moved=moved)
    return {"failed_chat_list": failed}


def _group_refusal(world: WeCom, corp: Corp, chat: str, resigned: bool) -> int:
    group = all_groups(corp).get(chat)
    if group is None or group.dismissed:
        return 90501
    if resigned:
        return 0 if corp.members[group.owner].left else 90500
    lately = [each for each in group.moved if each > world.now() - AGAIN_SECONDS]
    return 90508 if len(lately) >= AGAIN_MAX else 0
