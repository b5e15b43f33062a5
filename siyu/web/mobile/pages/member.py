"""``/m/member``: what a member has: points, tier and the way on, rights, what is open to them. Their own alone."""

from __future__ import annotations

from typing import Any

from siyu.growth.campaigns import reading
from siyu.growth.campaigns.membership import may_start
from siyu.growth.campaigns.model import Campaign
from siyu.growth.pictures.codes import picture_of
from siyu.loyalty import member
from siyu.loyalty.coupons.model import shown_code
from siyu.loyalty.points.queries import Balance, balances
from siyu.loyalty.tiers.model import DOORS, RIGHTS
from siyu.loyalty.tiers.queries import Way, way_of
from siyu.reach.staff_tasks import holders
from siyu.web.current import t
from siyu.web.mobile import friendly
from siyu.web.mobile.friendly import Notice
from siyu.web.mobile.routes import page, submit
from siyu.web.mobile.visit import Answer, Visit, address
from siyu.web.mobile.who import own, own_nodes
from siyu.web.paging import value_of

CAMPAIGNS_SHOWN = 10
ENDS_SOON_DAYS = 30
HOW: dict[str, tuple[str, str]] = {
    "discount": ("在商城结账时自动享受。", "Taken off by itself at the shop's checkout."),
    "own_agent": ("有事直接找专属顾问，不用排队。", "Ask your own adviser, at any time."),
    "early_access": ("活动正式开始前就能进，从下面的“可参加的活动”打开。", "Open campaigns below before they begin."),
    "events": ("可参加仅限会员的活动，见下面。", "Events for members are open to you, below."),
    "votes": ("新品投票开放时，从下面参加。", "Votes are listed below when they are open."),
    "trials": ("新品试用开放时，从下面报名。", "Trials of new products are listed below."),
}


@page("/m/member", personal=True)
def member_page(visit: Visit) -> Answer:
    person = own(visit)
    if person is None:
        return friendly.show(visit, _unknown())
    nodes, now = own_nodes(visit), visit.stores.clock.now()
    with visit.stores.ledger.read() as conn:
        way = way_of(conn, person)
        balance = balances(conn, now, [person])[person]
        ending = member.ending(conn, nodes, now)
        lately = member.history(conn, nodes, limit=3)
        coupons, offered = member.coupons_of(conn, nodes, now), member.for_points(conn, now)
        agent = "" if way is None or not way.agent else holders.names_of(conn, [way.agent]).get(way.agent, "")
    return visit.page(
        "member.html",
        way=way,
        balance=balance,
        ending=ending,
        lately=lately,
        agent=agent,
        rights=_rights(way),
        tier_name=None if way is None or way.tier is None else t(way.tier.name, way.tier.name_en or way.tier.name),
        next_name=None if way is None or way.next is None else t(way.next.name, way.next.name_en or way.next.name),
        campaigns=_open(visit, person),
        coupons=coupons,
        offered=offered,
        now=now,
        owed=_owed(balance),
    )


@page("/m/member/points", personal=True)
def points_page(visit: Visit) -> Answer:
    person = own(visit)
    if person is None:
        return friendly.show(visit, _unknown())
    before = value_of(visit.query.get("before", ""), int)
    with visit.stores.ledger.read() as conn:
        rows = member.history(conn, own_nodes(visit), before, member.HISTORY_MAX + 1)
        balance = balances(conn, visit.stores.clock.now(), [person])[person]
    shown = rows[: member.HISTORY_MAX]
    more = shown[-1].id if len(rows) > member.HISTORY_MAX else None
    return visit.page("member_points.html", rows=shown, more=more, balance=balance)


@page("/m/member/coupons/{number}", personal=True)
def coupon_page(visit: Visit, number: str) -> Answer:
    """One coupon, to be shown at the counter."""
    found = _coupon(visit, number)
    if found is None:
        return friendly.show(visit, friendly.unknown())
    return visit.page("member_coupon.html", coupon=found, shown=shown_code(found.code), now=visit.stores.clock.now())


@page("/m/member/coupons/{number}/code.png")
def coupon_code(visit: Visit, number: str) -> Answer:
    """Its code as a picture, for the one whose it is."""
    found = _coupon(visit, number)
    if found is None:
        return friendly.show(visit, friendly.unknown())
    private = ((b"cache-control", b"private, no-store"),)
    return Answer(picture_of(address(f"/counter?code={found.code}"), size_mm=40), type=b"image/png", headers=private)


@submit("/m/member")
def exchange(visit: Visit) -> Answer:
    """A coupon for points."""
    person = own(visit)
    if person is None:
        return friendly.show(visit, _unknown())
    kind = visit.form.whole("kind", low=1)
    if not visit.form.ok:
        return friendly.show(visit, friendly.unknown())
    taken = member.buy(visit.stores, person, kind, visit.once)
    return visit.to(f"/m/member/coupons/{taken.coupon}")


def _coupon(visit: Visit, number: str) -> member.Coupon | None:
    if own(visit) is None or not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    with visit.stores.ledger.read() as conn:
        found = member.coupons_of(conn, own_nodes(visit), visit.stores.clock.now(), int(number))
    return found[0] if found else None


def _unknown() -> Notice:
    """Nobody is sure here: what is a person's own is shown to them alone."""
    return Notice(
        ("请先确认是您本人", "Please let us know that it is you"),
        (
            "会员页只给本人看。请在微信里打开，或从我们发给您的消息里的链接打开。",
            "A member's page is for the member alone. Open it in WeChat, or by the link in a message of ours.",
        ),
    )


def _owed(balance: Balance) -> int:
    return balance.owed


def _rights(way: Way | None) -> list[dict[str, Any]]:
    """What they may, and what the tiers above add."""
    if way is None:
        return []
    found: list[dict[str, Any]] = []
    for name, known in RIGHTS.items():
        much = way.rights.get(name, 0)
        tiers = way.version.plan.with_right(name)
        if not tiers:
            continue
        number = f" {much} {t(known.unit_zh, known.unit_en)}" if much and known.unit_zh else ""
        first = t(tiers[0].name, tiers[0].name_en or tiers[0].name)
        found.append({"name": t(known.zh, known.en) + number, "has": bool(much), "how": t(*HOW[name]), "from": first})
    return found


def _open(visit: Visit, person: int) -> list[tuple[Campaign, bool, str]]:
    """Campaigns that they may take part in now; whether early, and for which right they are."""
    now = visit.stores.clock.now()
    live = [each for each in reading.list_campaigns(visit.stores, "live") if each.shut(now) in ("", "not_begun")]
    with visit.stores.ledger.read() as conn:
        may = may_start(conn, now, live, person)
    found = [(each, each.shut(now) == "not_begun", each.only.right) for each in live if each.id in may]
    return [
        (each, early, t(RIGHTS[right].zh, RIGHTS[right].en) if right in DOORS else "")
        for each, early, right in found[:CAMPAIGNS_SHOWN]
    ]


ROUTES = [member_page, points_page, coupon_page, coupon_code, exchange]
