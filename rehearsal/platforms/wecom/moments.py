"""Moments (客户朋友圈): a job makes one, members must publish it, customers see so many a day."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import body_of, brief, check_media, limit_of, page, short, within_days
from rehearsal.platforms.wecom.corp import Corp, day_of
from rehearsal.platforms.wecom.people import act
from rehearsal.platforms.wecom.staff import may_confirm_later
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CONTACT = "/cgi-bin/externalcontact"
TEXT_MAX, IMAGES_MAX, TITLE_BYTES_MAX, JOB_SECONDS, LIST_DAYS = 2000, 9, 64, 86_400, 30
TASK = "moment"


class Job(msgspec.Struct, frozen=True):
    jobid: str
    created: int
    content: dict[str, Any]
    users: tuple[str, ...]
    departments: tuple[int, ...]
    tags: tuple[str, ...]
    moment_id: str = ""


class Moment(msgspec.Struct, frozen=True):
    moment_id: str
    created: int
    content: dict[str, Any]
    senders: tuple[str, ...]
    public: bool
    cancelled: bool = False


class Publication(msgspec.Struct, frozen=True):
    """One member's part: whom it is for, when it was published, who got it, who said what (external user id, time)."""

    userid: str
    chosen: tuple[str, ...]
    published: int = 0
    reached: tuple[str, ...] = ()
    comments: tuple[tuple[str, int], ...] = ()
    likes: tuple[tuple[str, int], ...] = ()


class Seen(msgspec.Struct, frozen=True):
    day: int
    count: int


def _moments(corp: Corp) -> Any:
    return corp.drawer("moments", Moment)


def _parts(corp: Corp) -> Any:
    return corp.drawer("moment_parts", Publication)


@ROUTES.post(f"{CONTACT}/add_moment_task")
def add(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    content = _content(world, corp, body)
    visible = body.get("visible_range") or {}
    senders, customers = visible.get("sender_list") or {}, visible.get("external_contact_list") or {}
    users, departments = tuple(senders.get("user_list") or ()), tuple(senders.get("department_list") or ())
    job = Job(world.new_id("job", 20), world.now(), content, users, departments, tuple(customers.get("tag_list") or ()))
    corp.drawer("moment_jobs", Job).put(job.jobid, job)
    if world.manners.moment_seconds:
        due = world.clock.now() + world.manners.moment_seconds
        world.agenda.at(due, TASK, corpid=corp.corpid, jobid=job.jobid)
    else:
        _finish(world, corp, job)
    return {"jobid": job.jobid}


def _content(world: WeCom, corp: Corp, body: dict[str, Any]) -> dict[str, Any]:
    """A text and attachments of one kind. Raises 41064, 41065, 41089."""
    text = brief((body.get("text") or {}).get("content", ""), TEXT_MAX, "text")
    attachments = body.get("attachments") or []
    kinds = {each["msgtype"] for each in attachments}
    if not text and not attachments:
        raise Refusal(41089)
    if len(kinds) > 1 or kinds - {"image", "video", "link"}:
        raise Refusal(41065)
    if len(attachments) > (IMAGES_MAX if kinds == {"image"} else 1):
        raise Refusal(41064)
    for each in attachments:
        told = each[each["msgtype"]]
        if each["msgtype"] == "link":
            short(told.get("title", ""), TITLE_BYTES_MAX, "title")
        check_media(world, corp, told["media_id"], "image" if each["msgtype"] == "link" else each["msgtype"], "moments")
    return {"text": {"content": text}, "attachments": attachments}


def does(world: WeCom) -> None:
    """Tells the agenda what a moment job is."""

    def finish(about: dict[str, Any]) -> None:
        corp = world.corps[about["corpid"]]
        _finish(world, corp, corp.drawer("moment_jobs", Job)[about["jobid"]])

    world.agenda.does[TASK] = finish


def _finish(world: WeCom, corp: Corp, job: Job) -> None:
    """Without senders, every member is one; without tags, every customer is meant."""
    here = {each.userid for each in corp.staff()}
    departments = [each for each in job.departments if str(each) in corp.departments]
    asked = corp.expand([each for each in job.users if each in here], departments)
    senders = asked if job.users or job.departments else sorted(here)
    tags = {each for each in job.tags if each in corp.tags}
    moment = Moment(world.new_id("mom", 20), world.now(), job.content, tuple(senders), not job.tags)
    _moments(corp).put(moment.moment_id, moment)
    corp.drawer("moment_jobs", Job).change(job.jobid, moment_id=moment.moment_id)
    for userid in senders:
        follows = corp.customers_of(userid)
        chosen = tuple(each.external_userid for each in follows if not job.tags or tags & set(each.tags))
        _parts(corp).put(f"{moment.moment_id} {userid}", Publication(userid, chosen))
        may_confirm_later(world, corp, "publish", moment_id=moment.moment_id, userid=userid)


@ROUTES.get(f"{CONTACT}/get_moment_task_result")
def job_result(world: WeCom, request: Request) -> Answer:
    corp = world.caller(request)
    job = corp.drawer("moment_jobs", Job).get(request.query.get("jobid", ""))
    if job is None or job.created + JOB_SECONDS < world.now():
        raise Refusal(40058, "jobid")
    if not job.moment_id:
        return {"status": 1, "type": "add_moment_task"}
    here = {each.userid for each in corp.staff()}
    invalid = {
        "user_list": [each for each in job.users if each not in here],
        "department_list": [each for each in job.departments if str(each) not in corp.departments],
    }
    result = {
        "errcode": 0,
        "errmsg": "ok",
        "moment_id": job.moment_id,
        "invalid_sender_list": invalid,
        "invalid_external_contact_list": {"tag_list": [each for each in job.tags if each not in corp.tags]},
    }
    return {"status": 3, "type": "add_moment_task", "result": result}


def _moment(corp: Corp, body: dict[str, Any]) -> Moment:
    if not body.get("moment_id"):
        raise Refusal(41059)
    found = _moments(corp).get(body["moment_id"])
    if found is None:
        raise Refusal(41060)
    return found


def _part(corp: Corp, body: dict[str, Any]) -> Publication:
    found = _parts(corp).get(f"{_moment(corp, body).moment_id} {body.get('userid', '')}")
    if found is None:
        raise Refusal(41061)
    return found


@ROUTES.post(f"{CONTACT}/get_moment_list")
def moments(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    start, end = within_days(body, LIST_DAYS)
    wanted = body.get("filter_type", 2) in (0, 2) and not body.get("creator")
    rows = [each for each in _moments(corp).values() if wanted and start <= each.created <= end]
    found, cursor = page(rows, body.get("cursor", ""), limit_of(body, 20))
    return {"moment_list": [_told(each) for each in found], "next_cursor": cursor}


def _told(moment: Moment) -> dict[str, Any]:
    told: dict[str, Any] = {
        "moment_id": moment.moment_id,
        "creator": "",
        "create_time": moment.created,
        "create_type": 0,
        "visible_type": 1 if moment.public else 0,
        "text": moment.content["text"],
    }
    for each in moment.content["attachments"]:
        content = each[each["msgtype"]]
        if each["msgtype"] == "image":
            told.setdefault("image", []).append({"media_id": content["media_id"]})
        elif each["msgtype"] == "video":
            told["video"] = {"media_id": content["media_id"], "thumb_media_id": content["media_id"]}
        else:
            told["link"] = {"title": content.get("title", ""), "url": content["url"]}
    return told


@ROUTES.post(f"{CONTACT}/get_moment_task")
def publications(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    moment = _moment(corp, body)
    found, cursor = page(moment.senders, body.get("cursor", ""), limit_of(body, 1000, 500))
    parts = [_parts(corp)[f"{moment.moment_id} {userid}"] for userid in found]
    told = [{"userid": each.userid, "publish_status": 1 if each.published else 0} for each in parts]
    return {"task_list": told, "next_cursor": cursor}


@ROUTES.post(f"{CONTACT}/get_moment_customer_list")
def chosen(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    part = _part(corp, body)
    found, cursor = page(part.chosen, body.get("cursor", ""), limit_of(body, 1000, 500))
    return {
        "customer_list": [{"userid": part.userid, "external_userid": each} for each in found],
        "next_cursor": cursor,
    }


@ROUTES.post(f"{CONTACT}/get_moment_send_result")
def reached(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    part = _part(corp, body)
    if not part.published:
        raise Refusal(41062)
    found, cursor = page(part.reached, body.get("cursor", ""), limit_of(body, 5000, 3000))
    return {"customer_list": [{"external_userid": each} for each in found], "next_cursor": cursor}


@ROUTES.post(f"{CONTACT}/get_moment_comments")
def comments(world: WeCom, request: Request) -> Answer:
    part = _part(world.caller(request), body_of(request))
    return {"comment_list": _said(part.comments), "like_list": _said(part.likes)}


def _said(rows: tuple[tuple[str, int], ...]) -> list[dict[str, Any]]:
    return [{"external_userid": who, "create_time": when} for who, when in rows]


@ROUTES.post(f"{CONTACT}/cancel_moment_task")
def cancel(world: WeCom, request: Request) -> Answer:
    """What is not published yet will not be."""
    corp = world.caller(request)
    _moments(corp).change(_moment(corp, body_of(request)).moment_id, cancelled=True)
    return {}


@act("publish")
def publish(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{moment_id, userid}: the member publishes; customers who had enough today do not see it."""
    moment, part = _moment(corp, wish), _part(corp, wish)
    if part.published or moment.cancelled:
        return {"reached": 0}
    seen = corp.drawer("moments_seen", Seen)
    day = day_of(world.now())
    got: list[str] = []
    for external in part.chosen:
        follow = corp.follow(part.userid, external)
        kept = seen.get(external)
        count = kept.count if kept and kept.day == day else 0
        if follow is None or follow.bond != "both" or follow.blocked or count >= world.manners.moments_per_day:
            continue
        seen.put(external, Seen(day, count + 1))
        got.append(external)
    key = f"{moment.moment_id} {part.userid}"
    _parts(corp).change(key, published=world.now(), reached=tuple(got))
    corp.deliver(world.now(), "moment", part.userid, got, moment.content, moment.moment_id)
    return {"reached": len(got)}


@act("comment")
def comment(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{moment_id, userid, external_userid, like?}: a customer comments, or likes."""
    part = _part(corp, wish)
    name = "likes" if wish.get("like") else "comments"
    rows = (*getattr(part, name), (wish["external_userid"], world.now()))
    _parts(corp).change(f"{wish['moment_id']} {part.userid}", **{name: rows})
    return {}
