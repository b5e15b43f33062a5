"""``/m/member``: what a member has: points, tier and the way on, rights, what is open to them. Their own alone."""

from __future__ import annotations

from typing import Any

from siyu.growth.campaigns import reading
from siyu.growth.campaigns.membership import may_start
from siyu.growth.campaigns.model import Campaign
from siyu.loyalty import member
from siyu.loyalty.points.queries import Balance, balances
from siyu.loyalty.tiers.model import DOORS, RIGHTS
from siyu.loyalty.tiers.queries import Way, way_of
from siyu.reach.staff_tasks import holders
from siyu.web.current import t
from siyu.web.mobile import friendly
from siyu.web.mobile.friendly import Notice
from siyu.web.mobile.routes import page
from siyu.web.mobile.visit import Answer, Visit
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


ROUTES = [member_page, points_page]
