"""Fission → referrals: K by day with its parts, who brought the most, one person's tree."""

from __future__ import annotations

from datetime import timedelta

from siyu.growth.period import today
from siyu.growth.referral import queries
from siyu.growth.referral.figures import WINDOW_DAYS, k_by_day
from siyu.growth.referral.queries import ORDERS, Kin
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.charts import bars, line
from siyu.web.current import in_words, t
from siyu.web.paging import Id, whole
from siyu.web.routes import page
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View

menu.page("fission", "/referrals", "推荐关系", "Referrals", permission="campaign.read", order=30)

DAYS_OFFERED = (7, 30, 90)
TOP_SHOWN, BROUGHT_SHOWN = 20, 50


@page("/referrals", "campaign.read")
def overview(view: View, stores: Stores, days: str = "", order: str = "direct") -> Html:
    span = next((each for each in DAYS_OFFERED if str(each) == days), 30)
    last = today(stores)
    found = k_by_day(stores, last - timedelta(days=span - 1), last)
    by: queries.Order = "size" if order == "size" else "deepest" if order == "deepest" else "direct"
    top = queries.top(stores, by, rows_max=TOP_SHOWN)
    heads = [f"{each.day:%m-%d}" for each in found.days]
    return view.render(
        "fission/referrals.html",
        found=found,
        total=found.total,
        span=span,
        offered=DAYS_OFFERED,
        window=WINDOW_DAYS,
        k_chart=line(
            "referral-k",
            t("裂变系数 K（按新客户到来那天）", "K, by the day newcomers came"),
            heads,
            [("K", [each.k for each in found.days])],
            head=t("日期", "Day"),
        ),
        parts_chart=bars(
            "referral-parts",
            t("每天：邀请、带来、邀请人", "A day: invitations, brought, inviters"),
            heads,
            [
                (t("打开邀请的朋友", "Invitations seen"), [each.invitations for each in found.days]),
                (t("带来新客户", "Brought"), [each.brought for each in found.days]),
                (t("邀请人", "Inviters"), [each.inviters for each in found.days]),
            ],
            head=t("日期", "Day"),
        ),
        top=top,
        order=by,
        orders=in_words(ORDERS),
        names=_names(stores, top),
        waiting=queries.waiting(stores),
    )


@page("/referrals/{person:int}", "people.read")
def tree(view: View, stores: Stores, person: Id, before: str = "") -> Html:
    place, above = queries.kin_of(stores, person)
    brought = queries.brought_by(stores, person, whole(before), BROUGHT_SHOWN + 1)
    shown = brought[:BROUGHT_SHOWN]
    names = names_seen(stores, {place.person, *above, *queries.numbers(shown)})
    return view.render(
        "fission/tree.html",
        place=place,
        above=list(reversed(above)),
        brought=shown,
        next=shown[-1].person if len(brought) > BROUGHT_SHOWN else None,
        names=names,
    )


def _names(stores: Stores, found: list[Kin]) -> dict[int, str]:
    return names_seen(stores, queries.numbers(found))


ROUTES = [overview, tree]
