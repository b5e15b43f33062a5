"""Fission → purses: what rewards may cost, and every reward with its steps."""

from __future__ import annotations

from typing import Any

from siyu.growth.campaigns.reading import campaigns_at
from siyu.growth.payouts import keeping as payouts
from siyu.growth.payouts.giving import KIND
from siyu.growth.payouts.model import OUT, STATES, Payout
from siyu.growth.payouts.words import cause, way_out
from siyu.growth.purses import command, keeping
from siyu.growth.purses.givers import GIVERS
from siyu.growth.purses.keeping import Asked
from siyu.growth.purses.model import COMES_FROM, CURRENCIES, NAME_CHARACTERS_MAX, STAGES, Reward, Stage, written
from siyu.loyalty.coupons import kinds
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View
from siyu.web.wording import amount

menu.page("fission", "/purses", "预算与奖励", "Purses and rewards", permission="campaign.read", order=20)

COLUMNS = (
    Column("name", "名称", "Name"),
    Column("total", "总额", "In all", numeric=True),
    Column("held", "暂扣", "Waits", numeric=True, narrow=False),
    Column("spent", "已发", "Granted", numeric=True, narrow=False),
    Column("left", "余额", "Left", numeric=True),
    Column("stage", "状态", "State", narrow=False),
    Column("created", "创建", "Made", narrow=False),
)
REWARD_COLUMNS = (
    Column("title", "奖励", "Reward"),
    Column("person", "客户", "Person"),
    Column("amount", "数量", "How much", numeric=True, narrow=False),
    Column("stage", "状态", "State"),
    Column("campaign", "活动", "Campaign", narrow=False),
    Column("at", "时间", "When", narrow=False),
)
ACTS: dict[Stage, tuple[str, str]] = {
    "granted": ("放行", "Let go"),
    "dropped": ("取消", "Drop"),
    "paid": ("标记已发放", "Given by hand"),
    "taken_back": ("收回", "Take back"),
}


@page("/purses", "campaign.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("purses", COLUMNS)
    found = keeping.list_purses(stores, listing.before, ASKED_MAX)
    shown = listing.cut(found, lambda purse: purse.id)
    return view.render("fission/purses.html", fragment="list", listing=shown, amount=amount)


@page("/purses/new", "purse.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(currency="pieces"))


@submit("/purses/new", "purse.write", audits="purse_opened")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    name = form.text("name", required=True, characters_max=NAME_CHARACTERS_MAX)
    total = form.decimal("total")
    coupon = whole(form.get("coupon"))
    with form.errors_kept():
        if form.ok:
            made = keeping.open_purse(stores, actor.tag, name, form.get("currency"), total, coupon)
            note(f"purse:{made.id}", name=made.name)
            return view.redirect(f"/purses/{made.id}", toast=("预算已建好", "It is set aside"))
    return _form_page(view, stores, form)


def _form_page(view: View, stores: Stores, form: Form) -> Html:
    show = view.render if form.ok else view.invalid
    giving = [each for each in kinds.page(stores, None, 200) if each.stopped is None and each.codes != "printed"]
    coupons = [(each.id, each.name) for each in giving]
    return show("fission/purse_form.html", form=form, currencies=in_words(CURRENCIES), coupons=coupons)


@page("/purses/{purse:int}", "campaign.read")
def one(view: View, stores: Stores, purse: Id) -> Html:
    return _one(view, stores, purse, None)


def _one(view: View, stores: Stores, purse: int, form: Form | None) -> Html:
    found = keeping.get_purse(stores, purse)
    listing = Listing.read("rewards", REWARD_COLUMNS, filters=("stage",))
    stage = listing.filters["stage"] if listing.filters["stage"] in STAGES else ""
    rewards = keeping.list_rewards(stores, Asked(purse, (), stage, listing.before, ASKED_MAX))
    shown = listing.cut(rewards, lambda reward: reward.id)
    show = view.render if form is None else view.invalid
    more: dict[str, Any] = {"fragment": "list"} if form is None else {}
    return show(
        "fission/purse.html",
        purse=found,
        form=form or Form.showing(total=written(found.currency, found.total)),
        listing=shown,
        names=names_seen(stores, {each.person for each in shown.rows}),
        campaigns=campaigns_at(stores, {each.campaign for each in shown.rows}),
        amount=amount,
        stages=in_words(STAGES),
        **more,
    )


@submit("/purses/{purse:int}/total", "purse.write", audits="purse_changed", about="purse:{purse}")
def set_total(view: View, stores: Stores, form: Form, purse: Id) -> Html:
    total = form.decimal("total")
    with form.errors_kept():
        if form.ok:
            keeping.set_total(stores, purse, total)
            return view.redirect(f"/purses/{purse}", toast=("总额已调整", "Changed"))
    return _one(view, stores, purse, form)


@submit("/purses/{purse:int}/close", "purse.write", audits="purse_closed", about="purse:{purse}")
def close(view: View, stores: Stores, purse: Id) -> Html:
    keeping.close_purse(stores, purse, closed=True)
    return view.redirect(f"/purses/{purse}", toast=("已停用，不再发放", "Nothing is taken from it any more"))


@submit("/purses/{purse:int}/reopen", "purse.write", audits="purse_reopened", about="purse:{purse}")
def reopen(view: View, stores: Stores, purse: Id) -> Html:
    keeping.close_purse(stores, purse, closed=False)
    return view.redirect(f"/purses/{purse}", toast=("已启用", "It is taken from again"))


# -- one reward ---------------------------------------------------------------------------------------------


@page("/rewards/{reward:int}", "campaign.read")
def reward_page(view: View, stores: Stores, reward: Id) -> Html:
    return _reward(view, stores, reward, Form())


def _reward(view: View, stores: Stores, reward: int, form: Form) -> Html:
    told = command.reward_told(stores, reward)
    found = told.reward
    purse = keeping.get_purse(stores, found.purse)
    payout = payouts.payout_of(stores, reward)
    show = view.render if form.ok else view.invalid
    return show(
        "fission/reward.html",
        **_paid_how(found.stage, found.kind, payout),
        receiver=payouts.receiver_of(stores, reward) if found.kind == KIND else "",
        reward=found,
        steps=told.steps,
        purse=purse,
        form=form,
        acts=[(to, t(*words)) for to, words in ACTS.items() if _may_go(found, to, payout)],
        amount=amount,
        names=names_seen(stores, [found.person]),
        kind=t(GIVERS[found.kind].zh, GIVERS[found.kind].en) if found.kind in GIVERS else found.kind,
        stages=in_words(STAGES),
    )


def _paid_how(stage: str, kind: str, payout: Payout | None) -> dict[str, Any]:
    """What the page says of the payout, and what can be done about it."""
    if payout is None:
        return {"payout": None, "payable": stage == "granted" and kind == KIND, "stoppable": False}
    return {
        "payout": payout,
        "payout_state": t(*STATES[payout.state]),
        "payout_why": t(*cause(payout)),
        "payout_way": t(*way_out(payout)) if stage == "granted" else "",
        "payable": stage == "granted" and payout.state in ("refused", "withdrawn") and not payout.burned,
        "stoppable": stage == "granted" and payout.state == "intended",
    }


def _may_go(found: command.RewardAnswer, to: Stage, payout: Payout | None) -> bool:
    by_hand = found.kind in GIVERS and GIVERS[found.kind].by_hand
    out = payout is not None and payout.state in OUT and to in ("paid", "taken_back")
    return found.stage in COMES_FROM[to] and (to != "paid" or by_hand) and not out


@submit("/rewards/{reward:int}/settle", "purse.write", audits="reward_settled", about="reward:{reward}")
def settle(view: View, stores: Stores, actor: Actor, form: Form, reward: Id) -> Html:
    to = form.get("to")
    why = form.text("why", characters_max=keeping.WHY_CHARACTERS_MAX)
    with form.errors_kept():
        for stage in ACTS:
            if stage == to and form.ok:
                settled: Reward = keeping.settle(stores, actor.tag, reward, stage, why)
                note(f"reward:{settled.id}", to=stage)
                return view.redirect(f"/rewards/{reward}", toast=("已处理", "Done"))
    return _reward(view, stores, reward, form)


ROUTES = [list_all, new, add, one, set_total, close, reopen, reward_page, settle]
