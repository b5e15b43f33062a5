"""Fission → reviews: who is suspected and why, what waits, and a decision; and the limits of a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siyu.growth.campaigns import forms, reading
from siyu.growth.cheating import reviewing
from siyu.growth.cheating.model import SORTS, STAGES, Limits, words_of
from siyu.growth.purses.model import CURRENCIES
from siyu.growth.purses.model import STAGES as REWARD_STAGES
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View
from siyu.web.wording import amount

menu.page("fission", "/reviews", "审核", "Reviews", permission="campaign.read", order=25)

COLUMNS = (
    Column("person", "客户", "Person"),
    Column("score", "风险分", "Score", numeric=True),
    Column("reason", "理由", "Why", narrow=False),
    Column("waits", "暂扣", "Waits", narrow=False),
    Column("campaign", "活动", "Campaign", narrow=False),
    Column("stage", "状态", "State"),
    Column("at", "发现", "Found", narrow=False),
)
KINDS = {"open": "warn", "dropped": "bad", "released": "good", "watched": "plain"}


def _amounts(units: Mapping[str, int]) -> str:
    """``3 份 · ¥5.00``; "0" for nothing."""
    parts = [amount(each, many) for each, many in units.items() if each in CURRENCIES]
    return " · ".join(parts) or "0"


def _words() -> dict[str, Any]:
    return {"stages": in_words(STAGES), "kinds": KINDS, "amounts": _amounts, "say": lambda each: t(*words_of(each))}


@page("/reviews", "campaign.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("reviews", COLUMNS, filters=("stage",))
    stage = listing.filters["stage"] or "open"
    found = reviewing.list_cases(stores, "" if stage == "all" else stage, None, listing.before, ASKED_MAX)
    shown = listing.cut(found, lambda case: case.id)
    return view.render(
        "fission/reviews.html",
        fragment="list",
        listing=shown,
        figures=reviewing.figures_of(stores),
        sorts=in_words(SORTS),
        names=names_seen(stores, {each.person for each in shown.rows}),
        **_words(),
    )


@page("/reviews/{review:int}", "campaign.read")
def one(view: View, stores: Stores, review: Id) -> Html:
    return _one(view, stores, review, Form())


def _one(view: View, stores: Stores, review: int, form: Form) -> Html:
    case = reviewing.get_case(stores, review)
    rewards = reviewing.rewards_of(stores, review)
    return (view.render if form.ok else view.invalid)(
        "fission/review.html",
        case=case,
        rewards=rewards,
        form=form,
        names=names_seen(stores, [case.person]),
        reward_stages=in_words(REWARD_STAGES),
        **_words(),
    )


@submit("/reviews/{review:int}/release", "purse.write", audits="review_released", about="review:{review}")
def release(view: View, stores: Stores, actor: Actor, form: Form, review: Id) -> Html:
    why = form.text("why", characters_max=reviewing.WHY_CHARACTERS_MAX)
    if form.ok:
        reviewing.release(stores, actor.tag, review, why)
        return view.redirect("/reviews", toast=("已放行", "Released"))
    return _one(view, stores, review, form)


@submit("/reviews/{review:int}/drop", "purse.write", audits="review_dropped", about="review:{review}")
def drop(view: View, stores: Stores, actor: Actor, form: Form, review: Id) -> Html:
    why = form.text("why", characters_max=reviewing.WHY_CHARACTERS_MAX)
    if form.ok:
        reviewing.drop(stores, actor.tag, review, why, take_back=form.flag("take_back"))
        return view.redirect("/reviews", toast=("奖励已取消，退回预算", "Dropped: the purse has it again"))
    return _one(view, stores, review, form)


# -- limits of a campaign -----------------------------------------------------------------------------------


@page("/campaigns/{campaign:int}/limits", "campaign.write")
def limits(view: View, stores: Stores, campaign: Id) -> Html:
    shown: dict[str, Any] = dict(forms.filled(reviewing.get_limits(stores, campaign)))
    return _limits(view, stores, campaign, Form.showing(**shown))


def _limits(view: View, stores: Stores, campaign: int, form: Form) -> Html:
    return (view.render if form.ok else view.invalid)(
        "fission/campaign_limits.html",
        campaign=reading.get_campaign(stores, campaign),
        fields=forms.fields_of(Limits),
        units=forms.UNITS,
        form=form,
    )


@submit("/campaigns/{campaign:int}/limits", "campaign.write", audits="limits_set", about="campaign:{campaign}")
def set_limits(view: View, stores: Stores, actor: Actor, form: Form, campaign: Id) -> Html:
    names = Limits.__struct_fields__
    try:
        wanted = forms.read(Limits, {name: form.get(name) for name in names})
    except forms.Unfit as error:
        for found in error.findings:
            form.fail(BadInput("limits_unfit", found.zh, found.en, field=found.field))
        return _limits(view, stores, campaign, form)
    assert isinstance(wanted, Limits)
    reviewing.set_limits(stores, actor.tag, campaign, wanted)
    note(f"campaign:{campaign}", **{name: getattr(wanted, name) for name in names})
    return view.redirect(f"/campaigns/{campaign}", toast=("限额已保存", "The limits are kept"))


ROUTES = [list_all, one, release, drop, limits, set_limits]
