"""Reach → welcome messages: what a new friend is told within twenty seconds, and what became of it."""

from __future__ import annotations

from typing import Any

from siyu.channels import accounts
from siyu.channels.attachments import KINDS
from siyu.channels.media import all_media
from siyu.channels.registry import Channels, welcomers_of
from siyu.content.fields import FIELDS, ROOTS
from siyu.reach import welcomes
from siyu.reach.fields import load
from siyu.reach.welcomes import STATES, WelcomeDraft, WelcomeRule
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import known, menu
from siyu.web.attaching import attachment_choices, attachments_in, places_of
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.seeing import seen
from siyu.web.view import Html, View

menu.page("reach", "/welcomes", "欢迎语", "Welcome messages", permission="broadcast.read", order=20)

ROWS_SHOWN = 3
"""Attachments offered in a form, and always one more than there are."""


LISTED = (
    Column("name", "名称", "Name"),
    Column("whom", "谁会收到", "For whom", narrow=False),
    Column("state", "状态", "State"),
    Column("sent", "已发送", "Sent", numeric=True),
    Column("late", "超时", "Late", numeric=True, narrow=False),
    Column("already", "已有人欢迎", "Already", numeric=True, narrow=False),
    Column("failed", "失败", "Failed", numeric=True, narrow=False),
    Column("act", "操作", "Actions"),
)


@page("/welcomes", "broadcast.read")
def list_all(view: View, stores: Stores, channels: Channels) -> Html:
    listing = Listing.read("welcomes", LISTED, filters=("enabled",))
    found = [rule for rule in welcomes.all_welcomes(stores) if _wanted(rule, listing)]
    counts = welcomes.welcome_counts(stores)
    total = {state: sum(each.get(state, 0) for each in counts.values()) for state in STATES}
    return view.render(
        "reach/welcomes.html",
        fragment="list",
        listing=listing.paged(found),
        counts=counts,
        total=total,
        failures=welcomes.failures_lately(stores),
        accounts=_accounts(stores, channels),
        states=in_words(STATES),
    )


def _wanted(rule: WelcomeRule, listing: Listing) -> bool:
    """Whether a rule is in the narrowed list."""
    draft, words = rule.draft, listing.words.casefold()
    wished = listing.filters["enabled"]
    told = (draft.name, draft.text, *draft.channels, *draft.advisers)
    return (not wished or (wished == "1") == draft.enabled) and any(words in each.casefold() for each in told)


def _accounts(stores: Stores, channels: Channels) -> dict[int, str]:
    """The accounts whose platform lets a new friend be welcomed."""
    return {each.id: each.name for each in accounts.list_accounts(stores) if each.channel in welcomers_of(channels)}


def _form_page(view: View, stores: Stores, channels: Channels, form: Form, rule: WelcomeRule | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    own = _accounts(stores, channels)
    return show(
        "reach/welcome_form.html",
        form=form,
        rule=rule,
        accounts=own,
        states_known=known.states(stores),
        members_known=known.members(stores, own),
        fields=FIELDS,
        places=places_of(form, ROWS_SHOWN),
        **attachment_choices(stores),
    )


def _read(form: Form) -> WelcomeDraft:
    return WelcomeDraft(
        name=form.text("name", required=True, characters_max=welcomes.NAME_CHARACTERS_MAX),
        text=form.get("text").replace("\r\n", "\n"),
        account=whole(form.get("account")) or None,
        channels=form.words("channels"),
        advisers=form.words("advisers"),
        attachments=attachments_in(form),
        enabled=form.flag("enabled"),
    )


def _shown(draft: WelcomeDraft) -> Form:
    values: dict[str, Any] = {
        "name": draft.name,
        "text": draft.text,
        "account": draft.account,
        "channels": ", ".join(draft.channels),
        "advisers": ", ".join(draft.advisers),
        "enabled": draft.enabled,
    }
    for place, each in enumerate(draft.attachments):
        values |= {f"attachments.{place}.{name}": value for name, value in each.items()}
    return Form.showing(**values)


@page("/welcomes/new", "broadcast.write")
def new(view: View, stores: Stores, channels: Channels) -> Html:
    return _form_page(view, stores, channels, Form.showing(enabled=True))


@submit("/welcomes/new", "broadcast.write", audits="welcome_added")
def add(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            number = welcomes.add_welcome(stores, actor.tag, draft)
            note(f"welcome:{number}", name=draft.name)
            return view.redirect(
                "/welcomes", toast=("已保存，对下一位新好友生效", "Kept; it holds for the next new friend")
            )
    return _form_page(view, stores, channels, form)


@page("/welcomes/{welcome:int}", "broadcast.write")
def edit(view: View, stores: Stores, channels: Channels, welcome: Id) -> Html:
    found = welcomes.get_welcome(stores, welcome)
    return _form_page(view, stores, channels, _shown(found.draft), found)


@submit("/welcomes/{welcome:int}", "broadcast.write", audits="welcome_changed", about="welcome:{welcome}")
def change(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form, welcome: Id) -> Html:
    found = welcomes.get_welcome(stores, welcome)
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            welcomes.change_welcome(stores, actor.tag, welcome, draft)
            return view.redirect(
                "/welcomes", toast=("已保存，对下一位新好友生效", "Kept; it holds for the next new friend")
            )
    return _form_page(view, stores, channels, form, found)


@submit("/welcomes/preview", "broadcast.write", audits=None)
def live_preview(view: View, stores: Stores, form: Form) -> Html:
    """What a new friend would read, as it is typed: a known person, or a made-up one."""
    person = whole(form.get("preview_person"))
    text, problem = "", None
    draft = _read(form)
    try:
        fields = None if person is None else load(stores, [person], ROOTS)[person]
        text = seen(welcomes.preview(stores, draft, fields))
    except BadInput as error:
        problem = error if draft.text.strip() or draft.attachments else None  # who has not begun did nothing wrong
    media = {each.sha256: each for each in all_media(stores)} if draft.attachments else {}
    told: dict[str, Any] = {"text": text, "attachments": draft.attachments, "problem": problem}
    return view.render("reach/welcome_preview.html", kinds=KINDS, media=media, **told)


@submit("/welcomes/{welcome:int}/enable", "broadcast.write", audits="welcome_enabled", about="welcome:{welcome}")
def enable(view: View, stores: Stores, actor: Actor, welcome: Id) -> Html:
    welcomes.switch_welcome(stores, actor.tag, welcome, enabled=True)
    return view.redirect("/welcomes", toast=("已启用", "On"))


@submit("/welcomes/{welcome:int}/disable", "broadcast.write", audits="welcome_disabled", about="welcome:{welcome}")
def disable(view: View, stores: Stores, actor: Actor, welcome: Id) -> Html:
    welcomes.switch_welcome(stores, actor.tag, welcome, enabled=False)
    return view.redirect("/welcomes", toast=("已停用", "Off"), undo=f"/welcomes/{welcome}/enable")


@submit("/welcomes/{welcome:int}/remove", "broadcast.write", audits="welcome_removed", about="welcome:{welcome}")
def remove(view: View, stores: Stores, welcome: Id) -> Html:
    welcomes.remove_welcome(stores, welcome)
    return view.redirect("/welcomes", toast=("已删除", "Removed"))


ROUTES = [list_all, new, add, edit, change, live_preview, enable, disable, remove]
