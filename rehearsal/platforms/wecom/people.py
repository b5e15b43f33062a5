"""What customers do, for the doors: scan and add, chat, delete and block. And what members do in the client to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Refusal
from rehearsal.platforms.wecom.contact_ways import way_behind
from rehearsal.platforms.wecom.contacts import edited
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import ContactWay, Customer, Follow
from rehearsal.platforms.wecom.statistics import talked
from rehearsal.platforms.wecom.tags import check_tags
from rehearsal.platforms.wecom.welcome import give_code
from rehearsal.platforms.wecom.word_rules import stopped
from rehearsal.platforms.wecom.world import WeCom

Act = Callable[[WeCom, Corp, dict[str, Any]], dict[str, Any]]
ACTS: dict[str, Act] = {}
QR_WAY, LINK_WAY = 1, 16


def act(name: str) -> Callable[[Act], Act]:
    """Enters an act: (world, corp, wish) → what came of it."""

    def enter(function: Act) -> Act:
        ACTS[name] = function
        return function

    return enter


def customer_of(world: WeCom, corp: Corp, wish: dict[str, Any]) -> Customer:
    """The customer whom the wish names by ``external_userid`` or ``unionid``, or a new one."""
    known = corp.customers.get(wish.get("external_userid", ""))
    if known is not None:
        return known
    unionid = wish.get("unionid", "")
    kind = int(wish.get("type", 1))
    # a WeChat user has one id in a corp for ever: it is drawn from who they are, or from the rehearsal's chance
    seed = f"{corp.corpid} {unionid}" if unionid else world.new_id("", 20)
    made = wish.get("external_userid") or ("wm" if kind == 1 else "wo") + hashlib.sha256(seed.encode()).hexdigest()[:30]
    if made in corp.customers:
        return corp.customers[made]
    names = ("name", "gender", "avatar", "corp_name", "position")
    told: dict[str, Any] = {name: wish[name] for name in names if name in wish}
    row = {"external_userid": made, "name": "微信用户", "type": kind, "unionid": unionid, **told}
    customer = msgspec.convert(row, Customer)
    return corp.customers.put(made, customer)


@act("add")
def add(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """Somebody adds a member: by ``code`` (config id or picture of a contact way) or by ``userid``. With ``half`` the
    member has not added back; adding again makes it whole. ``welcome`` false: no code (a console welcome exists)."""
    customer = customer_of(world, corp, wish)
    way = _open_way(world, corp, wish["code"]) if wish.get("code") else None
    userid = wish.get("userid") or _chosen(world, corp, way, customer)
    member = corp.member(userid)
    if corp.held(userid) >= member.customers_max:
        return {"external_userid": customer.external_userid, "userid": userid, "added": False}
    state = wish.get("state", way.state if way else "")
    way_of_adding = int(wish.get("add_way", QR_WAY if way else 0))
    if way is not None:
        corp.contact_ways.change(way.config_id, used=way.used + 1)
    half = bool(wish.get("half", False))
    added = befriend(world, corp, customer, userid, state, way_of_adding, half, welcome=bool(wish.get("welcome", True)))
    return {"external_userid": customer.external_userid, "userid": userid, "added": added}


def _open_way(world: WeCom, corp: Corp, code: str) -> ContactWay:
    way = way_behind(corp, code)
    if way.is_temp and (way.used or way.created + way.expires_in <= world.clock.now()):
        raise Refusal(41044)
    return way


def _chosen(world: WeCom, corp: Corp, way: ContactWay | None, customer: Customer) -> str:
    """Whom the code leads to: by turns; with ``is_exclusive`` to whom of the list the customer already has."""
    if way is None:
        raise KeyError("code or userid")
    users = corp.expand(way.user, way.party)
    if way.is_exclusive:
        for each in users:
            if corp.follow(each, customer.external_userid) is not None:
                return each
    return users[way.used % len(users)]


def befriend(
    world: WeCom, corp: Corp, customer: Customer, userid: str, state: str, way: int, half: bool, *, welcome: bool
) -> bool:
    """The relation, its callback and its welcome code. Whether anything changed."""
    external, now = customer.external_userid, world.now()
    before = corp.follow(userid, external)
    if before is not None and before.bond == ("half" if half else "both"):
        return False
    if before is None:
        bond = "half" if half else "both"
        corp.put_follow(Follow(userid, external, now, way, bond, state, oper_userid=external, last=now))
    else:
        state = state or before.state
        corp.change_follow(before, bond="both", blocked=False, state=state, createtime=now, last=now)
    fresh = before is None or before.bond == "one_way"
    code = give_code(world, corp, userid, external) if welcome and fresh else None
    corp.count(userid, now, new_apply=1, new_contact=0 if half else 1)
    change = "add_half_external_contact" if half else "add_external_contact"
    who = {"UserID": userid, "ExternalUserID": external, "State": state or None, "WelcomeCode": code}
    world.tell(corp, "change_external_contact", change, **who)
    return True


def _relation(corp: Corp, wish: dict[str, Any]) -> Follow:
    found = corp.follow(wish["userid"], wish["external_userid"])
    if found is None:
        raise Refusal(84061)
    return found


@act("delete")
def delete(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """The customer deletes the member: calls go on working, messages no longer arrive."""
    follow = _relation(corp, wish)
    corp.change_follow(follow, bond="one_way")
    corp.count(follow.userid, world.now(), lost=1)
    who = {"UserID": follow.userid, "ExternalUserID": follow.external_userid}
    world.tell(corp, "change_external_contact", "del_follow_user", **who)
    return {}


@act("block")
def block(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """The customer blocks the member (or no longer does, with ``blocked`` false): nobody is told."""
    corp.change_follow(_relation(corp, wish), blocked=bool(wish.get("blocked", True)))
    return {}


@act("drop")
def drop(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """The member deletes the customer: the relation is gone. ``source``: ``DELETE_BY_TRANSFER``."""
    follow = _relation(corp, wish)
    corp.end_follow(follow)
    who = {"UserID": follow.userid, "ExternalUserID": follow.external_userid, "Source": wish.get("source")}
    world.tell(corp, "change_external_contact", "del_external_contact", **who)
    return {}


@act("chat")
def chat(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """They write to each other (``by``: *customer* or *member*): the platform does not tell, but remembers when. What
    a rule for sensitive words forbids the member is *stopped*."""
    before = _relation(corp, wish)
    for told in world.after_chat:
        told(world, corp, before)
    follow = corp.change_follow(before, last=world.now())
    by_member = wish.get("by", "customer") == "member"
    if by_member and stopped(corp, corp.member(follow.userid), wish.get("text", "")):
        return {"stopped": True}
    talked(corp, follow, world.now(), by_member=by_member)
    if by_member:
        content = {"text": {"content": wish.get("text", "")}}
        corp.deliver(world.now(), "chat", follow.userid, [follow.external_userid], content, "")
    return {}


@act("edit")
def edit(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """A member changes remark, description or tags in the client: this is told."""
    names = ("remark", "description", "remark_corp_name")
    changes: dict[str, Any] = {name: wish[name] for name in names if name in wish}
    if "tags" in wish:
        check_tags(corp, wish["tags"])
        changes["tags"] = tuple(wish["tags"])
    edited(world, corp, corp.change_follow(_relation(corp, wish), **changes))
    return {}


@act("agree")
def agree(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    """The customer agrees to archiving."""
    follow = _relation(corp, wish)
    code = give_code(world, corp, follow.userid, follow.external_userid)
    who = {"UserID": follow.userid, "ExternalUserID": follow.external_userid, "WelcomeCode": code}
    world.tell(corp, "change_external_contact", "msg_audit_approved", **who)
    return {}
