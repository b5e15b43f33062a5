"""Reach → journeys → ready ones: the gallery, and "use this"."""

from __future__ import annotations

from siyu.channels.accounts import list_accounts
from siyu.channels.registry import Channels
from siyu.reach.broadcasts import CHANNELS_MAX
from siyu.reach.journeys.ready.command import ReadyAnswer, ready_told
from siyu.reach.journeys.ready.taking import accounts_for, begin_from
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web.current import current, note, t
from siyu.web.forms import Form
from siyu.web.paging import whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View


@page("/journeys/ready", "journeys.read")
def gallery(view: View, stores: Stores, channels: Channels) -> Html:
    able = {each.number for each in accounts_for(stores, channels)}
    return view.render(
        "journeys/ready.html",
        journeys=ready_told(stores).journeys,
        accounts=[each for each in list_accounts(stores) if each.id in able],
        accounts_max=CHANNELS_MAX,
        ready_titles=_titles,
    )


def _titles(ready: ReadyAnswer) -> dict[str, str]:
    """What each step is called, by its id."""
    return {step.id: t(step.title_zh, step.title_en) or t(step.zh, step.en) for step in ready.steps}


@submit("/journeys/ready/{key:str}", "journeys.write", audits="journey_drafted")
def begin(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, key: str) -> Html:
    """A draft at once; what is left to write is told at its steps in the editor."""
    accounts = [number for each in form.all("accounts") if (number := whole(each)) is not None]
    number = begin_from(stores, channels, actor.tag, key, accounts, current().language)
    note(f"journey:{number}", ready=key)
    toast = ("已建好草稿，把〔…〕换成自己的内容再发布", "A draft; put your own in place of 〔…〕, then publish")
    return view.redirect(f"/journeys/{number}/edit", toast=toast, undo=f"/journeys/{number}/archive")


ROUTES = [gallery, begin]
