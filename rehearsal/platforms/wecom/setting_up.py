"""Doors that found corps, hire and dismiss members, set the platform's manners, bring many customers at once."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from typing import Any

import msgspec

from rehearsal.platforms.core.routes import Answer, Refusal, Request, Routes
from rehearsal.platforms.core.wire import NoAnswer
from rehearsal.platforms.wecom.access import Code, give_code
from rehearsal.platforms.wecom.corp import Corp
from rehearsal.platforms.wecom.model import App, CorpRow, Customer, Department, Follow, Member
from rehearsal.platforms.wecom.people import ACTS, QR_WAY
from rehearsal.platforms.wecom.tags import add_group, add_tag
from rehearsal.platforms.wecom.world import WeCom

ROUTES: Routes[WeCom] = Routes()
FIRST_AGENT = 1_000_002
STATE_ROWS_MAX = 1000


def corp_in(world: WeCom, wish: dict[str, Any]) -> Corp:
    """The corp that the wish names; the only one when it names none."""
    if "corpid" in wish:
        return world.corp(wish["corpid"])
    if len(world.corps) != 1:
        raise Refusal(40013, "say which corpid")
    return next(iter(world.corps.values()))


@ROUTES.door("corp")
def corp_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, name?, secret?, agentid?, subject?, ips?, may_contact?}: a corp with one app, or another app of it."""
    wish = request.json()
    corpid = wish.get("corpid") or "ww" + world.new_id("", 16).lower()
    names = {
        name: wish[name] for name in ("customers_max", "subject", "quota", "quota_total", "signed_in") if name in wish
    }
    corp = world.found_corp(CorpRow(corpid, wish.get("name", "汀屿美妆"), world.now(), **names))
    if names:
        world.rows.change(corpid, **names)
    if "1" not in corp.departments:
        corp.departments.put("1", Department(1, world.row(corp).name))
    agentid = int(wish.get("agentid", FIRST_AGENT + len(corp.apps)))
    known = corp.apps.get(str(agentid))
    app = known or App(agentid, wish.get("secret") or world.new_id("", 43))
    changes = {name: wish[name] for name in ("secret", "may_contact") if name in wish}
    app = msgspec.structs.replace(app, **changes, ips=tuple(wish.get("ips", app.ips)))
    corp.apps.put(str(agentid), app)
    return {"corpid": corpid, "secret": app.secret, "agentid": agentid}


@ROUTES.door("callback")
async def callback_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, agentid?, url, token, aes_key, check?}: where an app hears what happens. The address is checked with a
    GET first, as in the console, and kept only if it answers rightly (or with ``check`` false)."""
    wish = request.json()
    corp = corp_in(world, wish)
    agentid = str(wish.get("agentid") or next(iter(corp.apps)))
    app = msgspec.structs.replace(corp.apps[agentid], url=wish["url"], token=wish["token"], aes_key=wish["aes_key"])
    verified, told = True, ""
    if wish.get("check", True):
        verified, told = await _check(world, corp, app)
    if verified:
        corp.apps.put(agentid, app)
    return {"verified": verified, "told": told}


async def _check(world: WeCom, corp: Corp, app: App) -> tuple[bool, str]:
    envelope = world.envelope(corp.corpid, app)
    word = str(world.chance.getrandbits(62))
    sealed = envelope.seal(word.encode())
    query = {**envelope.query(sealed, world.now(), str(world.chance.getrandbits(31))), "echostr": sealed}
    try:
        status, body = await world.poster.wire.request("GET", app.url, query=query, wait_seconds=5.0)
    except NoAnswer as error:
        return False, str(error)
    return status == 200 and body.decode("utf-8", "replace") == word, f"{status} {body[:100]!r}"


@ROUTES.door("departments")
def departments_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, departments: [{id, name, parentid, order}]}: put; told as ``create_party`` or ``update_party``."""
    wish = request.json()
    corp = corp_in(world, wish)
    for each in wish["departments"]:
        change = "update_party" if str(each["id"]) in corp.departments else "create_party"
        row = corp.departments.put(str(each["id"]), msgspec.convert({"parentid": 1, **each}, Department))
        world.tell(corp, "change_contact", change, Id=row.id, Name=row.name, ParentId=row.parentid, Order=row.order)
    return {"departments": len(corp.departments)}


@ROUTES.door("members")
def members_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, members: [{userid, name, department?, mobile?, contact?, active?…}]}: hired or changed, and told."""
    wish = request.json()
    corp = corp_in(world, wish)
    for each in wish["members"]:
        known = corp.members.get(each["userid"])
        row = msgspec.convert({"name": each["userid"], **(msgspec.to_builtins(known) if known else {}), **each}, Member)
        corp.members.put(row.userid, row)
        told = {
            "UserID": row.userid,
            "Name": row.name,
            "Department": ",".join(str(number) for number in row.department),
            "MainDepartment": row.department[0],
            "Position": row.position or None,
            "Mobile": row.mobile or None,
            "Gender": row.gender,
            "Status": 1 if row.active else 4,
        }
        world.tell(corp, "change_contact", "update_user" if known else "create_user", **told)
    return {"members": len(corp.members)}


@ROUTES.door("dismiss")
def dismiss_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, userid}: a member leaves; the customers wait for somebody else."""
    wish = request.json()
    corp = corp_in(world, wish)
    corp.member(wish["userid"])
    corp.members.change(wish["userid"], left=world.now())
    world.tell(corp, "change_contact", "delete_user", UserID=wish["userid"])
    return {}


@ROUTES.door("manners")
def manners_door(world: WeCom, request: Request) -> Answer:
    """{echo?, empty_pages?, mass_per_day?, staff_confirm?, …}: see ``manners.py``."""
    world.manners = replace(world.manners, **request.json())
    return asdict(world.manners)


@ROUTES.door("act")
def act_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, act, …} or {corpid?, acts: [{act, …}, …]}: what people and staff do; each answers what came of it."""
    wish = request.json()
    corp = corp_in(world, wish)
    if "acts" not in wish:
        return ACTS[wish["act"]](world, corp, wish)
    return {"done": [_tried(world, corp, each) for each in wish["acts"]]}


def _tried(world: WeCom, corp: Corp, wish: dict[str, Any]) -> dict[str, Any]:
    try:
        return ACTS[wish["act"]](world, corp, wish)
    except (Refusal, KeyError) as error:
        return {"error": repr(error)}


@ROUTES.door("code")
def code_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, userid | external_userid, private?}: a code as a sign-in page gives it."""
    wish = request.json()
    corp = corp_in(world, wish)
    names = ("userid", "external_userid", "openid", "private")
    code = Code(world.clock.now() + 300, **{name: wish[name] for name in names if name in wish})
    return {"code": give_code(world, corp, code)}


@ROUTES.door("deliveries")
def deliveries_door(world: WeCom, request: Request) -> Answer:
    """GET ?corpid&after&limit: what reached people since number ``after``."""
    corp = corp_in(world, request.query)
    after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "1000"))
    found: list[dict[str, Any]] = []
    number = after + 1
    while str(number) in corp.deliveries and len(found) < limit:
        found.append(msgspec.to_builtins(corp.deliveries[str(number)]))
        number += 1
    return {"deliveries": found}


@ROUTES.door("state")
def state_door(world: WeCom, request: Request) -> Answer:
    """GET ?corpid&drawer&key&after: rows of a drawer, at most 1000, or one; with no drawer how many each has."""
    corp = corp_in(world, request.query)
    drawers = {name: corp.drawer(name, msgspec.Struct) for name in corp.names()}
    if "drawer" not in request.query:
        return {"rows": {name: len(drawer) for name, drawer in drawers.items()}}
    rows = drawers[request.query["drawer"]]
    if "key" in request.query:
        row = rows.get(request.query["key"])
        return {"row": None if row is None else msgspec.to_builtins(row)}
    begin = int(request.query.get("after", "0"))
    found = [msgspec.to_builtins(row) for row in list(rows.values())[begin : begin + STATE_ROWS_MAX]]
    return {"rows": found, "all": len(rows)}


@ROUTES.door("populate")
def populate_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, members, customers, tags?, tags_each?, seed?}: that many more customers, shared out evenly, untold."""
    wish = request.json()
    corp = corp_in(world, wish)
    chance = random.Random(int(wish.get("seed", 7)))
    staff = [f"adviser{number:04d}" for number in range(int(wish["members"]))]
    for number, userid in enumerate(staff):
        if userid not in corp.members:
            corp.members.put(userid, Member(userid, f"顾问{number + 1}"))
    ids = _tag_ids(world, corp, int(wish.get("tags", 30)))
    # the sets of tags are few and shared: a million relations with tuples of their own would not fit
    mixes = (
        [tuple(chance.sample(ids, min(int(wish.get("tags_each", 3)), len(ids)))) for _ in range(1000)] if ids else [()]
    )
    now, first = world.now(), len(corp.customers)
    for number in range(first, first + int(wish["customers"])):
        external = f"wm{corp.corpid[-8:]}{number:022d}"
        corp.customers.put(
            external, Customer(external, f"客户{number}", 1, number % 3, f"o{corp.corpid[-4:]}{number:023d}")
        )
        userid = staff[number % len(staff)]
        since = now - chance.randrange(31_536_000)
        corp.put_follow(Follow(userid, external, since, QR_WAY, tags=mixes[number % len(mixes)], last=since))
    return {"members": len(corp.members), "customers": len(corp.customers), "tags": len(corp.tags)}


def _tag_ids(world: WeCom, corp: Corp, wanted: int) -> list[str]:
    while len(corp.tags) < wanted:
        number = len(corp.tags)
        name = f"标签组{number // 10 + 1}"
        group = next((each for each in corp.tag_groups.values() if each.name == name), None)
        add_tag(world, corp, group or add_group(world, corp, name), f"标签{number + 1}")
    return list(corp.tags)


@ROUTES.door("tags")
def tags_door(world: WeCom, request: Request) -> Answer:
    """{corpid?, groups: [{name, tags: [names]}]}: made in the console, and told."""
    wish = request.json()
    corp = corp_in(world, wish)
    made: dict[str, str] = {}
    for each in wish["groups"]:
        group = next((known for known in corp.tag_groups.values() if known.name == each["name"]), None)
        group = group or add_group(world, corp, each["name"])
        for name in each["tags"]:
            tag = add_tag(world, corp, group, name)
            made[name] = tag.id
            world.tell(corp, "change_external_tag", "create", Id=tag.id, TagType="tag")
    return {"tags": made}
