"""Mass messages (企业群发): a task for members, each of whom confirms it or does not; what reached whom; quotas."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import at_most, body_of, limit_of, message_of, page, within_days
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.groups import Group, groups_of
from rehearsal.platforms.wecom.model import Follow
from rehearsal.platforms.wecom.people import act
from rehearsal.platforms.wecom.staff import may_confirm_later
from rehearsal.platforms.wecom.tags import check_tags
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CONTACT = "/cgi-bin/externalcontact"
CUSTOMERS_MAX, CHATS_MAX, PAGE_MAX, LIST_DAYS = 10_000, 2000, 1000, 31
REMINDS_MAX, REMIND_SECONDS = 3, 86_400
UNSENT, SENT, NO_FRIEND, OVER_QUOTA = 0, 1, 2, 3
CHINA = timezone(timedelta(hours=8))


class MassTask(msgspec.Struct, frozen=True):
    msgid: str
    chat_type: str
    creator: str
    created: int
    content: dict[str, Any]
    senders: tuple[str, ...]
    cancelled: bool = False
    reminded: tuple[int, ...] = ()


class Sender(msgspec.Struct, frozen=True):
    """What a member is to send: ``status`` 0 unsent, 2 sent; ``results`` runs beside ``to``."""

    userid: str
    to: tuple[str, ...]
    status: int = 0
    send_time: int = 0
    results: bytes = b""


class Quota(msgspec.Struct, frozen=True):
    """What a customer or group had: in a month (of China), and of whom in a day."""

    month: int = 0
    used: int = 0
    day: int = 0
    of: tuple[str, ...] = ()


def _tasks(corp: Corp) -> Any:
    return corp.drawer("mass", MassTask)


def _senders(corp: Corp) -> Any:
    return corp.drawer("mass_senders", Sender)


@ROUTES.post(f"{CONTACT}/add_msg_template")
def add(world: WeCom, request: Request) -> Answer:
    """Nothing is sent: each sender must confirm. Who can't receive is in ``fail_list``."""
    corp, body = world.caller(request), body_of(request)
    content = message_of(world, corp, body)
    chat_type = body.get("chat_type", "single")
    if chat_type == "group":
        plan, failed = _group_plan(corp, body)
    elif chat_type == "single":
        plan, failed = _single_plan(corp, body)
    else:
        raise Refusal(40058, "chat_type")
    if not plan:
        raise Refusal(41048, fail_list=failed)
    msgid = world.new_id("msg", 26)
    task = MassTask(msgid, chat_type, body.get("sender", ""), world.now(), content, tuple(plan))
    _tasks(corp).put(msgid, task)
    for userid, to in plan.items():
        _senders(corp).put(f"{msgid} {userid}", Sender(userid, tuple(to), results=bytes(len(to))))
        may_confirm_later(world, corp, "confirm", msgid=msgid, userid=userid)
    return {"fail_list": failed, "msgid": msgid}


def _group_plan(corp: Corp, body: dict[str, Any]) -> tuple[dict[str, list[str]], list[str]]:
    if not body.get("sender"):
        raise Refusal(40058, "sender")
    own = [each.chat_id for each in groups_of(corp, [corp.member(body["sender"]).userid])]
    wanted = at_most(body.get("chat_id_list") or own, CHATS_MAX)
    good = [each for each in wanted if each in own]
    return ({body["sender"]: good} if good else {}), [each for each in wanted if each not in own]


def _single_plan(corp: Corp, body: dict[str, Any]) -> tuple[dict[str, list[str]], list[str]]:
    """Who sends to whom: the given sender, or for each customer the member who last wrote with them."""
    sender = corp.member(body["sender"]).userid if body.get("sender") else ""
    listed = list(dict.fromkeys(at_most(body.get("external_userid") or [], CUSTOMERS_MAX)))
    groups = (body.get("tag_filter") or {}).get("group_list") or []
    if not sender and not listed and not groups:
        raise Refusal(40058, "external_userid, tag_filter or sender")
    plan: dict[str, list[str]] = {}
    failed: list[str] = []
    for external, follows in _candidates(corp, sender, listed):
        follow = max(follows, key=lambda each: each.last, default=None)
        if follow is None:
            failed.append(external)
        elif not groups or _has_tags(follow, groups):
            plan.setdefault(follow.userid, []).append(external)
    if groups:
        check_tags(corp, [tag for group in groups for tag in group["tag_list"]])
    return plan, failed


def _candidates(corp: Corp, sender: str, listed: list[str]) -> Iterable[tuple[str, list[Follow]]]:
    if listed:
        for external in listed:
            yield external, [each for each in corp.advisers_of(external) if sender in ("", each.userid)]
    elif sender:
        for follow in corp.customers_of(sender):
            yield follow.external_userid, [follow]
    else:
        for external in corp.customers:
            if follows := corp.advisers_of(external):
                yield external, follows


def _has_tags(follow: Follow, groups: list[dict[str, Any]]) -> bool:
    """One of each list."""
    return all(set(group["tag_list"]) & set(follow.tags) for group in groups)


def _task(world: WeCom, corp: Corp, body: dict[str, Any]) -> MassTask:
    """Raises 41046, 41047, and 41063 while the task is young."""
    if not body.get("msgid"):
        raise Refusal(41046)
    found = _tasks(corp).get(body["msgid"])
    if found is None:
        raise Refusal(41047)
    if world.clock.now() < found.created + world.manners.mass_dispatch_seconds:
        raise Refusal(41063)
    return found


@ROUTES.post(f"{CONTACT}/get_groupmsg_list_v2")
def tasks(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    start, end = within_days(body, LIST_DAYS)
    wanted = [
        each
        for each in _tasks(corp).values()
        if each.chat_type == body["chat_type"] and start <= each.created <= end and _is_wanted(each.creator, body)
    ]
    found, cursor = page(wanted, body.get("cursor", ""), limit_of(body, 100, 50))
    told = [
        {
            "msgid": each.msgid,
            "creator": each.creator,
            "create_time": each.created,
            "create_type": 0,
            "text": {"content": ""},
            **each.content,
        }
        for each in found
    ]
    return {"group_msg_list": told, "next_cursor": cursor}


def _is_wanted(creator: str, body: dict[str, Any]) -> bool:
    """All tasks here are the corp's (``filter_type`` 0 or 2)."""
    return body.get("filter_type", 2) in (0, 2) and body.get("creator", creator) == creator


@ROUTES.post(f"{CONTACT}/get_groupmsg_task")
def task_of_each(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    task = _task(world, corp, body)
    found, cursor = page(task.senders, body.get("cursor", ""), limit_of(body, PAGE_MAX, 500))
    senders = [_senders(corp)[f"{task.msgid} {userid}"] for userid in found]
    told = [{"userid": each.userid, "status": each.status, **_when(each.send_time)} for each in senders]
    return {"task_list": told, "next_cursor": cursor}


def _when(send_time: int) -> dict[str, int]:
    return {"send_time": send_time} if send_time else {}


@ROUTES.post(f"{CONTACT}/get_groupmsg_send_result")
def results(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    task = _task(world, corp, body)
    sender = _senders(corp).get(f"{task.msgid} {body.get('userid', '')}")
    if sender is None:
        raise Refusal(60111)
    name = "chat_id" if task.chat_type == "group" else "external_userid"
    rows = list(zip(sender.to, sender.results, strict=True))
    found, cursor = page(rows, body.get("cursor", ""), limit_of(body, PAGE_MAX, 500))
    told = [
        {name: to, "userid": sender.userid, "status": status, **_when(sender.send_time if status == SENT else 0)}
        for to, status in found
    ]
    return {"send_list": told, "next_cursor": cursor}


@ROUTES.post(f"{CONTACT}/remind_groupmsg_send")
def remind(world: WeCom, request: Request) -> Answer:
    """Three times in 24 hours."""
    corp = world.caller(request)
    task = _task(world, corp, body_of(request))
    if task.cancelled:
        raise Refusal(41093)
    lately = tuple(each for each in task.reminded if each > world.now() - REMIND_SECONDS)
    if len(lately) >= REMINDS_MAX:
        raise Refusal(41094)
    _tasks(corp).change(task.msgid, reminded=(*lately, world.now()))
    late = [userid for userid in task.senders if not _senders(corp)[f"{task.msgid} {userid}"].status]
    corp.deliver(world.now(), "reminder", "", late, task.content, task.msgid)
    return {}


@ROUTES.post(f"{CONTACT}/cancel_groupmsg_send")
def cancel(world: WeCom, request: Request) -> Answer:
    """Stops what is not sent yet; again does nothing."""
    corp = world.caller(request)
    _tasks(corp).change(_task(world, corp, body_of(request)).msgid, cancelled=True)
    return {}


@act("confirm")
def confirm(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{msgid, userid}: the member taps send. Nothing happens if it was sent or cancelled."""
    task = _tasks(corp)[wish["msgid"]]
    key = f"{task.msgid} {wish['userid']}"
    sender = _senders(corp)[key]
    if sender.status or task.cancelled or corp.members[sender.userid].left:
        return {"sent": 0}
    settled = [_reach(world, corp, task, sender.userid, to) for to in sender.to]
    _senders(corp).change(key, status=2, send_time=world.now(), results=bytes(status for status, _ in settled))
    heard = [to for to, (_, hears) in zip(sender.to, settled, strict=True) if hears]
    kind = "mass_group" if task.chat_type == "group" else "mass"
    corp.deliver(world.now(), kind, sender.userid, heard, task.content, task.msgid)
    return {"sent": sum(1 for status, _ in settled if status == SENT)}


def _reach(world: WeCom, corp: Corp, task: MassTask, userid: str, to: str) -> tuple[int, bool]:
    """(status, whether they see it): who blocked the member counts as reached and sees nothing."""
    blocked = False
    if task.chat_type == "single":
        follow = corp.follow(userid, to)
        if follow is None or follow.bond != "both":
            return NO_FRIEND, False
        blocked = follow.blocked
    elif (group := corp.drawer("groups", Group).get(to)) is None or group.dismissed:
        return NO_FRIEND, False
    if not _within_quota(world, corp, userid, to):
        return OVER_QUOTA, False
    return SENT, not blocked


def _within_quota(world: WeCom, corp: Corp, userid: str, to: str) -> bool:
    """As many a month as it has days, one a day of one member (``manners``); counted when it is within."""
    when = datetime.fromtimestamp(world.now(), CHINA)
    month, day = when.year * 12 + when.month, when.toordinal()
    most = world.manners.mass_per_month or calendar.monthrange(when.year, when.month)[1]
    quotas = corp.drawer("quotas", Quota)
    kept = quotas.get(to) or Quota()
    used = kept.used if kept.month == month else 0
    today = kept.of if kept.day == day else ()
    per_day = world.manners.mass_per_day
    if used >= most or (per_day and today.count(userid) >= per_day):
        return False
    quotas.put(to, Quota(month, used + 1, day, (*today, userid)))
    return True
