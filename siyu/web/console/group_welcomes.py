"""Groups and service → group welcomes: what somebody who joins a group is told."""

from __future__ import annotations

from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.group_welcomes import making
from siyu.channels.wecom.group_welcomes.making import STATES, Draft, GroupWelcome
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import known, menu
from siyu.web.attaching import attachment_choices, attachment_in
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("groups", "/group-welcomes", "入群欢迎语", "Group welcomes", permission="broadcast.read", order=20)

AT = "attachments.0."
"""Where the one attachment's fields are, as in the errors of :mod:`siyu.channels.attachments`."""
LISTED = (
    Column("name", "名称", "Name"),
    Column("state", "状态", "State"),
    Column("text", "文字", "Text", narrow=False),
    Column("account", "账号", "Account", narrow=False),
    Column("changed", "修改", "Changed"),
)


@page("/group-welcomes", "broadcast.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("group-welcomes", LISTED, views=False)
    return view.render(
        "groups/welcomes.html",
        fragment="list",
        listing=listing.paged(making.list_all(stores, listing.words)),
        accounts=known.companies(stores),
        states=in_words(STATES),
    )


def _form_page(view: View, stores: Stores, form: Form, welcome: GroupWelcome | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    return show(
        "groups/welcome_form.html",
        form=form,
        welcome=welcome,
        accounts=known.companies(stores),
        at=AT,
        **attachment_choices(stores),
    )


def _draft(form: Form) -> Draft:
    attachment = attachment_in(form, AT)
    return Draft(form.get("name"), form.get("text").replace("\r\n", "\n"), attachment, form.flag("notify"))


@page("/group-welcomes/new", "broadcast.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(notify=True))


@submit("/group-welcomes/new", "broadcast.write", audits="group_welcome_made")
def make(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        account = form.whole("account", low=1)
        if form.ok:
            number = making.make(stores, exchange_of(channels), actor.tag, account, _draft(form))
            note(f"group_welcome:{number}", name=form.get("name"))
            return view.redirect("/group-welcomes", toast=("已创建，请群主选用", "Made; owners can choose it now"))
    return _form_page(view, stores, form)


@page("/group-welcomes/{welcome:int}", "broadcast.write")
def edit(view: View, stores: Stores, welcome: Id) -> Html:
    found = making.get(stores, welcome)
    shown = {AT + name: value for name, value in found.attachment.items()}
    return _form_page(view, stores, Form.showing(name=found.name, text=found.text, **shown), found)


@submit(
    "/group-welcomes/{welcome:int}",
    "broadcast.write",
    audits="group_welcome_changed",
    about="group_welcome:{welcome}",
)
def change(view: View, stores: Stores, channels: Channels, form: Form, welcome: Id) -> Html:
    found = making.get(stores, welcome)
    with form.errors_kept():
        making.change(stores, exchange_of(channels), welcome, _draft(form))
        return view.redirect(
            "/group-welcomes", toast=("已保存，对下一位入群的生效", "Kept; it holds for the next who joins")
        )
    return _form_page(view, stores, form, found)


@submit(
    "/group-welcomes/{welcome:int}/remove",
    "broadcast.write",
    audits="group_welcome_removed",
    about="group_welcome:{welcome}",
)
def remove(view: View, stores: Stores, channels: Channels, welcome: Id) -> Html:
    making.remove(stores, exchange_of(channels), welcome)
    return view.redirect("/group-welcomes", toast=("已删除", "Removed"))


ROUTES = [list_all, new, make, edit, change, remove]
