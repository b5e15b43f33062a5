"""Fission → payouts: how money rewards reach people, and what staff have to settle."""

from __future__ import annotations

from siyu.growth.payouts import keeping
from siyu.growth.payouts.model import STATES
from siyu.growth.payouts.words import cause, way_out
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import in_words, t
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View
from siyu.web.wording import amount

menu.page("fission", "/payouts", "现金发放", "Payouts", permission="campaign.read", order=25)

COLUMNS = (
    Column("title", "奖励", "Reward"),
    Column("person", "客户", "Person"),
    Column("amount", "金额", "Amount", numeric=True),
    Column("state", "状态", "State"),
    Column("why", "说明", "Why", narrow=False),
    Column("bill", "商户单号", "Bill", narrow=False),
    Column("changed", "更新", "Changed", narrow=False),
)
TONES = {"paid": "good", "refused": "bad", "unknown": "warn", "accepted": "info", "attempted": "info"}


def yuan(cents: int) -> str:
    """Cents as people read them."""
    return amount("yuan", cents)


@page("/payouts", "campaign.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("payouts", COLUMNS, filters=("state",))
    state = listing.filters["state"] if listing.filters["state"] in STATES else ""
    shown = listing.cut(keeping.list_payouts(stores, state, listing.before, ASKED_MAX), lambda each: each.payout.id)
    return view.render(
        "fission/payouts.html",
        fragment="list",
        listing=shown,
        names=names_seen(stores, {each.person for each in shown.rows}),
        counts=keeping.counts(stores),
        states=in_words(STATES),
        cause=lambda payout: t(*cause(payout)),
        way_out=lambda payout: t(*way_out(payout)),
        tones=TONES,
        yuan=yuan,
    )


@submit("/rewards/{reward:int}/payout/start", "purse.write", audits="payout_started", about="reward:{reward}")
def start(view: View, stores: Stores, reward: Id) -> Html:
    keeping.start(stores, reward)
    return view.redirect(f"/rewards/{reward}", toast=("已安排发放", "It will be paid"))


@submit("/rewards/{reward:int}/payout/stop", "purse.write", audits="payout_stopped", about="reward:{reward}")
def stop(view: View, stores: Stores, reward: Id) -> Html:
    keeping.stop(stores, reward)
    return view.redirect(f"/rewards/{reward}", toast=("已改为人工发放", "It is given by hand"))


ROUTES = [list_all, start, stop]
