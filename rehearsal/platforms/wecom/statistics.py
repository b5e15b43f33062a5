"""What members did by day, counted from what happened (D.8). Groups are counted in ``groups``."""

from __future__ import annotations

from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import DAY_SECONDS, at_most, body_of, within_days
from rehearsal.platforms.wecom.corp import Corp, day_of
from rehearsal.platforms.wecom.model import DayCount, Follow, Talk
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
ASKED_MAX, SPAN_DAYS, KEPT_DAYS = 100, 30, 180


class Talks(msgspec.Struct, frozen=True):
    """A member's conversations of a day, by customer."""

    by_customer: dict[str, Talk] = {}


def _talks(corp: Corp) -> Any:
    """By day and member: customer → what they wrote."""
    return corp.drawer("talks", Talks)


def talked(corp: Corp, follow: Follow, now: int, *, by_member: bool) -> None:
    """They wrote: who began it, when it was answered, and how much the member wrote counts."""
    key = f"{day_of(now)} {follow.userid}"
    kept = _talks(corp).get(key) or Talks()
    talk = kept.by_customer.get(follow.external_userid)
    if talk is None:
        talk = Talk(asked=0 if by_member else now)
    if by_member:
        talk = msgspec.structs.replace(talk, answered=talk.answered or now, messages=talk.messages + 1)
    _talks(corp).put(key, Talks({**kept.by_customer, follow.external_userid: talk}))


@ROUTES.post("/cgi-bin/externalcontact/get_user_behavior_data")
def behaviour(world: WeCom, request: Request) -> Answer:
    """Day by day, all whom the call names in one sum."""
    corp, body = world.caller(request), body_of(request)
    start, end = within_days(body, SPAN_DAYS - 1)
    if start < day_of(world.now()) - KEPT_DAYS * DAY_SECONDS:
        raise Refusal(40058, f"at most {KEPT_DAYS} days back")
    userids = at_most(body.get("userid") or [], ASKED_MAX)
    parties = at_most(body.get("partyid") or [], ASKED_MAX)
    if not userids and not parties:
        raise Refusal(40058, "userid or partyid")
    who = [corp.member(each).userid for each in corp.expand(userids, parties)]
    days = range(day_of(start), day_of(end) + DAY_SECONDS, DAY_SECONDS)
    return {"behavior_data": [_day(corp, who, day) for day in days]}


def _day(corp: Corp, who: list[str], day: int) -> dict[str, Any]:
    counted = [corp.days.get(f"{day} {each}") or DayCount() for each in who]
    days = [of for each in who if (of := _talks(corp).get(f"{day} {each}")) is not None]
    talks = [talk for of in days for talk in of.by_customer.values()]
    told: dict[str, Any] = {
        "stat_time": day,
        "chat_cnt": sum(1 for each in talks if each.messages),
        "message_cnt": sum(each.messages for each in talks),
        "negative_feedback_cnt": sum(each.lost for each in counted),
        "new_apply_cnt": sum(each.new_apply for each in counted),
        "new_contact_cnt": sum(each.new_contact for each in counted),
    }
    asked = [each for each in talks if each.asked]
    answered = [each for each in asked if each.answered]
    if asked:
        told["reply_percentage"] = round(100 * len(answered) / len(asked), 2)
    if answered:
        minutes = sum(each.answered - each.asked for each in answered) / len(answered) / 60
        told["avg_reply_time"] = round(minutes)
    return told
