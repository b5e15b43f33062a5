"""Customer groups: lists, members, statistics, transfers of the owner; who joins, leaves and renames."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.wecom.asking import at_most, body_of, limit_of, page
from rehearsal.platforms.wecom.corp import Corp, day_of
from rehearsal.platforms.wecom.model import GroupDay
from rehearsal.platforms.wecom.people import act, customer_of
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
CHAT = "/cgi-bin/externalcontact/groupchat"
OWNERS_MAX, SCOPE_MAX, DAY_SECONDS, KEPT_DAYS = 100, 1000, 86_400, 180
BY_MEMBER, BY_LINK, BY_CODE = 1, 2, 3


class Seat(msgspec.Struct, frozen=True):
    """Somebody in a group: ``type`` 1 member, 2 customer or other outsider."""

    userid: str
    type: int
    join_time: int
    join_scene: int
    state: str = ""
    invitor: str = ""
    group_nickname: str = ""


class Group(msgspec.Struct, frozen=True):
    chat_id: str
    name: str
    owner: str
    create_time: int
    seats: tuple[Seat, ...]
    notice: str = ""
    admins: tuple[str, ...] = ()
    version: int = 1
    status: int = 0
    dismissed: bool = False
    moved: tuple[int, ...] = ()
    """When its owner was changed by transfer."""

    @property
    def member_version(self) -> str:
        return hashlib.md5(f"{self.chat_id} {self.version}".encode()).hexdigest()


def all_groups(corp: Corp) -> Any:
    return corp.drawer("groups", Group)


def groups_of(corp: Corp, owners: Iterable[str]) -> list[Group]:
    wanted = set(owners)
    return [each for each in all_groups(corp).values() if each.owner in wanted and not each.dismissed]


def group_in(corp: Corp, chat_id: Any) -> Group:
    """Raises 40050."""
    found = all_groups(corp).get(str(chat_id))
    if found is None or found.dismissed:
        raise Refusal(40050)
    return found


@ROUTES.post(f"{CHAT}/list")
def groups(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    owners = at_most((body.get("owner_filter") or {}).get("userid_list") or [], OWNERS_MAX)
    if not owners and len(corp.members) > SCOPE_MAX:
        raise Refusal(81017)
    wanted = body.get("status_filter", 0)
    here = groups_of(corp, owners or corp.members)
    rows = [each for each in here if wanted in (0, each.status)]
    found, cursor = page(rows, body.get("cursor", ""), limit_of(body, 1000))
    told = {"group_chat_list": [{"chat_id": each.chat_id, "status": each.status} for each in found]}
    return {**told, "next_cursor": cursor} if cursor else told


@ROUTES.post(f"{CHAT}/get")
def group(world: WeCom, request: Request) -> Answer:
    """For a moment after a change a group may still be shown as it was (``manners``)."""
    corp, body = world.caller(request), body_of(request)
    found = group_in(corp, body["chat_id"])
    before = world.groups_before.get(found.chat_id)
    if before is not None and world.clock.now() < before[0]:
        found = before[1]
    named = body.get("need_name") == 1
    return {
        "group_chat": {
            "chat_id": found.chat_id,
            "name": found.name,
            "owner": found.owner,
            "create_time": found.create_time,
            "notice": found.notice,
            "member_list": [_seat(corp, each, named) for each in found.seats],
            "admin_list": [{"userid": each} for each in found.admins],
            "member_version": found.member_version,
        }
    }


def _seat(corp: Corp, seat: Seat, named: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "userid": seat.userid,
        "type": seat.type,
        "join_time": seat.join_time,
        "join_scene": seat.join_scene,
        "group_nickname": seat.group_nickname,
    }
    customer = corp.customers.get(seat.userid)
    if seat.type == 2 and customer is not None and customer.unionid:
        told["unionid"] = customer.unionid
    if seat.invitor:
        told["invitor"] = {"userid": seat.invitor}
    if seat.state:
        told["state"] = seat.state
    if named:
        known = customer if seat.type == 2 else corp.members.get(seat.userid)
        told["name"] = known.name if known else ""
    return told


@ROUTES.post("/cgi-bin/externalcontact/opengid_to_chatid")
def by_opengid(world: WeCom, request: Request) -> Answer:
    opengid = body_of(request)["opengid"]
    return {"chat_id": group_in(world.caller(request), opengid.removeprefix("og")).chat_id}


# statistics


def group_days(corp: Corp) -> Any:
    """By day and group: what was written."""
    return corp.drawer("group_days", GroupDay)


def _numbers(corp: Corp, groups: list[Group], since: int, until: int) -> dict[str, int]:
    here = [each for each in groups if each.create_time < until]
    fresh = [seat for each in here for seat in each.seats if since <= seat.join_time < until]
    days, kept = range(since, until, DAY_SECONDS), group_days(corp)
    written = {each.chat_id: [found for day in days if (found := kept.get(f"{day} {each.chat_id}"))] for each in here}
    return {
        "new_chat_cnt": sum(1 for each in here if each.create_time >= since),
        "chat_total": len(here),
        "chat_has_msg": sum(1 for rows in written.values() if rows),
        "new_member_cnt": len(fresh),
        "member_total": sum(1 for each in here for seat in each.seats if seat.join_time < until),
        "member_has_msg": sum(len({who for row in rows for who in row.who}) for rows in written.values()),
        "msg_total": sum(row.messages for rows in written.values() for row in rows),
        "migrate_trainee_chat_cnt": 0,
    }


def _asked(world: WeCom, corp: Corp, body: dict[str, Any]) -> tuple[int, int, list[str]]:
    since = day_of(int(body["day_begin_time"]))
    until = day_of(int(body.get("day_end_time") or since)) + DAY_SECONDS
    if not 0 < until - since <= 30 * DAY_SECONDS:
        raise Refusal(40058, "at most 30 days")
    if since < day_of(world.now()) - KEPT_DAYS * DAY_SECONDS:
        raise Refusal(40058, f"at most {KEPT_DAYS} days back")
    owners = at_most((body.get("owner_filter") or {}).get("userid_list") or [], OWNERS_MAX)
    return since, until, owners or [each.owner for each in all_groups(corp).values()]


@ROUTES.post(f"{CHAT}/statistic")
def by_owner(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    since, until, owners = _asked(world, corp, body)
    rows = [
        {"owner": each, "data": _numbers(corp, groups_of(corp, [each]), since, until)} for each in dict.fromkeys(owners)
    ]
    begin, limit = int(body.get("offset", 0)), limit_of(body, 1000, 500)
    found = rows[begin : begin + limit]
    return {"total": len(rows), "next_offset": begin + len(found), "items": found}


@ROUTES.post(f"{CHAT}/statistic_group_by_day")
def by_day(world: WeCom, request: Request) -> Answer:
    corp, body = world.caller(request), body_of(request)
    since, until, owners = _asked(world, corp, body)
    mine = groups_of(corp, owners)
    days = range(since, until, DAY_SECONDS)
    return {"items": [{"stat_time": day, "data": _numbers(corp, mine, day, day + DAY_SECONDS)} for day in days]}


# what happens in groups


def changed(world: WeCom, corp: Corp, before: Group, detail: str, more: dict[str, Any], **changes: Any) -> Group:
    """Keeps the change, remembers how the group was for those who ask too soon, tells it."""
    if world.manners.group_lag_seconds:
        world.groups_before[before.chat_id] = (world.clock.now() + world.manners.group_lag_seconds, before)
    after = all_groups(corp).change(before.chat_id, **changes)
    world.tell(corp, "change_external_chat", "update", ChatId=before.chat_id, UpdateDetail=detail, **more)
    return after


def _moved(
    world: WeCom, corp: Corp, before: Group, detail: str, who: list[str], seats: list[Seat], scene: int
) -> Group:
    """Somebody came or went: the callback says who, and both versions."""
    after = msgspec.structs.replace(before, version=before.version + 1)
    more = {
        "JoinScene": scene if detail == "add_member" else 0,
        "QuitScene": scene if detail == "del_member" else 0,
        "MemChangeCnt": len(who),
        "MemChangeList": {"Item": who},
        "LastMemVer": before.member_version,
        "CurMemVer": after.member_version,
    }
    return changed(world, corp, before, detail, more, seats=tuple(seats), version=after.version)


def found_group(world: WeCom, corp: Corp, name: str, owner: str) -> Group:
    chat_id = world.new_id("wr", 30)
    seat = Seat(owner, 1, world.now(), BY_MEMBER)
    made = all_groups(corp).put(chat_id, Group(chat_id, name, owner, world.now(), (seat,)))
    world.tell(corp, "change_external_chat", "create", ChatId=chat_id)
    return made


def seat_in(
    world: WeCom, corp: Corp, group: Group, wish: dict[str, Any], scene: int, state: str = ""
) -> dict[str, Any]:
    """A customer (or with ``member`` a member) sits down; full groups take nobody."""
    staff = wish.get("member", "")
    who = staff or customer_of(world, corp, wish).external_userid
    most = world.manners.group_scan_max if scene == BY_CODE else world.manners.group_size_max
    if any(each.userid == who for each in group.seats) or len(group.seats) >= most:
        return {"chat_id": group.chat_id, "external_userid": who, "joined": False}
    invitor = wish.get("invitor", "" if scene == BY_CODE else group.owner)
    seat = Seat(who, 1 if staff else 2, world.now(), scene, state, invitor, wish.get("group_nickname", ""))
    _moved(world, corp, group, "add_member", [who], [*group.seats, seat], 3 if scene == BY_CODE else 0)
    return {"chat_id": group.chat_id, "external_userid": who, "joined": True}


@act("open_group")
def open_group(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{owner, name}."""
    return {"chat_id": found_group(world, corp, wish.get("name", "客户群"), corp.member(wish["owner"]).userid).chat_id}


@act("invite")
def invite(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{chat_id, external_userid… | member, link?}: brought in by a member."""
    return seat_in(world, corp, group_in(corp, wish["chat_id"]), wish, BY_LINK if wish.get("link") else BY_MEMBER)


@act("leave")
def leave(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{chat_id, external_userid, removed?}: leaves, or is removed."""
    before = group_in(corp, wish["chat_id"])
    seats = [each for each in before.seats if each.userid != wish["external_userid"]]
    if len(seats) == len(before.seats):
        return {"left": False}
    _moved(world, corp, before, "del_member", [wish["external_userid"]], seats, 1 if wish.get("removed") else 0)
    return {"left": True}


@act("change_group")
def change_group(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{chat_id, name? | notice? | owner?}."""
    before = group_in(corp, wish["chat_id"])
    for name in ("name", "notice", "owner"):
        if name in wish:
            before = changed(world, corp, before, f"change_{name}", {}, **{name: wish[name]})
    return {}


@act("dismiss_group")
def dismiss(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    all_groups(corp).change(group_in(corp, wish["chat_id"]).chat_id, dismissed=True)
    world.tell(corp, "change_external_chat", "dismiss", ChatId=wish["chat_id"])
    return {}


@act("talk")
def talk(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """{chat_id, who?, count?}: messages in a group, for statistics; of the owner where nobody is named."""
    group = group_in(corp, wish["chat_id"])
    key = f"{day_of(world.now())} {group.chat_id}"
    kept = group_days(corp).get(key) or GroupDay()
    who = tuple(dict.fromkeys((*kept.who, wish.get("who", group.owner))))
    group_days(corp).put(key, GroupDay(kept.messages + int(wish.get("count", 1)), who))
    return {}
