"""Scripts in the sidebar of WeCom's chat: found by what the customer says, filled in for them, copied or sent."""

from __future__ import annotations

from siyu.content.scripts import using
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import scripts_beside
from siyu.web.console import sidebar
from siyu.web.current import note
from siyu.web.edge import SIDEBAR
from siyu.web.forms import Form
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

WORDS_MAX = 60


@page(SIDEBAR + "{account:int}/scripts", "content.read")
@sidebar.in_frame
def find(view: View, stores: Stores, account: Id, external_userid: str = "", q: str = "") -> Html:
    found, vouched = sidebar.mine(stores, account)
    person = sidebar.person_of(stores, vouched, external_userid)
    shown = scripts_beside.found(stores, vouched.member.actor.tag, person, q.strip()[:WORDS_MAX])
    sends = found.settings.get("sidebar_script") != "none"
    return view.render(
        "sidebar/scripts_found.html", vouched=vouched, external_userid=external_userid, sends=sends, **shown
    )


@submit(SIDEBAR + "{account:int}/scripts/{piece:int}/said", "content.read", audits=None)
@sidebar.in_frame
def said(view: View, stores: Stores, actor: Actor, form: Form, account: Id, piece: Id) -> Html:
    """It was copied for the customer, or put into the chat."""
    _, vouched = sidebar.mine(stores, account)
    external_userid = form.get("external_userid")
    person = sidebar.person_of(stores, vouched, external_userid)
    using.note_said(stores, actor.tag, piece, person, form.get("how"))
    note(f"piece:{piece}")
    toast = ("已放进聊天", "Put into the chat") if form.get("how") == "sent" else ("已复制", "Copied")
    return view.done(toast=toast, back=_back(account, external_userid), changed="said")


@submit(SIDEBAR + "{account:int}/scripts/{piece:int}/favourite", "content.read", audits=None)
@sidebar.in_frame
def favourite(view: View, stores: Stores, actor: Actor, form: Form, account: Id, piece: Id) -> Html:
    sidebar.mine(stores, account)
    using.mark(stores, actor.tag, piece, favourite=True)
    return view.done(toast=("已收藏", "Among your favourites"), back=_back(account, form.get("external_userid")))


@submit(SIDEBAR + "{account:int}/scripts/{piece:int}/unfavourite", "content.read", audits=None)
@sidebar.in_frame
def unfavourite(view: View, stores: Stores, actor: Actor, form: Form, account: Id, piece: Id) -> Html:
    sidebar.mine(stores, account)
    using.mark(stores, actor.tag, piece, favourite=False)
    return view.done(toast=("已取消收藏", "No favourite any more"), back=_back(account, form.get("external_userid")))


def _back(account: int, external_userid: str) -> str:
    return f"{SIDEBAR}{account}?external_userid={external_userid}"


ROUTES = [find, said, favourite, unfavourite]
