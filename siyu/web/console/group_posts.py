"""Reach → posts to groups: written once, confirmed by owners, each group with its result."""

from __future__ import annotations

from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.group_posts import posting
from siyu.channels.wecom.group_posts.limits import REASONS
from siyu.channels.wecom.group_posts.posting import ITEM_STATES, STATES, TASK_STATES, Draft, GroupForecast
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import known, menu
from siyu.web.attaching import attachment_choices, attachments_in, places_of
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.known import Known
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, value_of, whole
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("reach", "/group-posts", "社群群发", "Posts to groups", permission="broadcast.read", order=15)

GROUPS_SHOWN = 500
ROWS_SHOWN = 2
"""Attachments offered in a form, and always one more than there are."""
LISTED = (
    Column("text", "内容", "Text"),
    Column("state", "状态", "State"),
    Column("sent", "已送出的群", "Groups reached", numeric=True),
    Column("waiting", "待确认的群主", "Owners who wait", numeric=True, narrow=False),
    Column("starts", "开始", "Begins", narrow=False),
)
ITEMS = (
    Column("name", "群", "Group"),
    Column("state", "结果", "Result"),
    Column("sender", "群主", "Owner", narrow=False),
    Column("at", "时间", "When", narrow=False),
)


@page("/group-posts", "broadcast.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("group-posts", LISTED, views=False)
    found = posting.list_posts(stores, before=listing.before, words=listing.words, rows_max=ASKED_MAX)
    return view.render(
        "reach/group_posts.html",
        fragment="list",
        listing=listing.cut(found, lambda post: post.id),
        accounts=known.companies(stores),
        states=in_words(STATES),
    )


def _form_page(view: View, stores: Stores, form: Form) -> Html:
    own = known.companies(stores)
    show = view.render if form.ok else view.invalid
    return show(
        "reach/group_post_form.html",
        form=form,
        accounts=own,
        members_known=known.members(stores, own),
        groups_known=[each for account in own for each in _groups_known(stores, account)],
        places=places_of(form, ROWS_SHOWN),
        **attachment_choices(stores),
    )


def _groups_known(stores: Stores, account: int) -> list[Known]:
    """Groups to choose from, with whose they are and what they had this month."""
    found: list[Known] = []
    for each in posting.known_groups(stores, account, rows_max=GROUPS_SHOWN):
        had = t(f" · 本月已发 {each.month}", f" · {each.month} this month") if each.month else ""
        found.append(Known(each.chat_id, each.name, each.owner + had))
    return found


def _draft(form: Form) -> Draft:
    text, starts = form.get("text").replace("\r\n", "\n"), form.moment("starts")
    return Draft(text, attachments_in(form), form.words("groups"), form.words("owners"), starts)


@page("/group-posts/new", "broadcast.send")
def new(view: View, stores: Stores, account: int | None = None) -> Html:
    return _form_page(view, stores, Form.showing(account=account))


@submit("/group-posts/new", "broadcast.send", audits="group_post_recorded")
def post(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _draft(form)
        account = form.whole("account", low=1)
        if form.ok:
            number = posting.post(stores, actor.tag, account, draft)
            note(f"group_post:{number}")
            told = ("已记录，群主确认后发出", "On record; it goes out when owners confirm it")
            return view.redirect(f"/group-posts/{number}", toast=told)
    return _form_page(view, stores, form)


@submit("/group-posts/count", "broadcast.send", audits=None)
def count(view: View, stores: Stores, form: Form) -> Html:
    """How many groups it would reach, as it is chosen."""
    problem: BadInput | None = None
    found: GroupForecast | None = None
    try:
        found = posting.forecast(stores, form.whole("account", low=1), _draft(form))
    except BadInput as error:
        problem = error
    return view.render("reach/group_post_count.html", found=found, problem=problem, reasons=in_words(REASONS))


@page("/group-posts/{post:int}", "broadcast.read")
def one(view: View, stores: Stores, post: Id) -> Html:
    found = posting.get_post(stores, post)
    listing = Listing.read("group-post-items", ITEMS, filters=("state",), views=False)
    after = value_of(listing.cursor, str)
    rows = posting.items_of(stores, post, state=listing.filters["state"], after=after, rows_max=ASKED_MAX)
    return view.render(
        "reach/group_post.html",
        fragment="list",
        found=found,
        tasks=posting.tasks_of(stores, post),
        listing=listing.cut(rows, lambda item: item.chat_id),
        accounts=known.companies(stores),
        states=in_words(STATES),
        item_states=in_words(ITEM_STATES),
        task_states=in_words(TASK_STATES),
        reasons=in_words(REASONS),
    )


@submit("/group-posts/{post:int}/cancel", "broadcast.send", audits="group_post_cancelled", about="group_post:{post}")
def cancel(view: View, stores: Stores, post: Id) -> Html:
    posting.cancel(stores, post)
    return view.redirect(
        f"/group-posts/{post}", toast=("已取消，没发出的正在撤回", "Cancelled; the rest is called back")
    )


@submit("/group-posts/{post:int}/remind", "broadcast.send", audits="group_owners_reminded", about="group_post:{post}")
def remind(view: View, stores: Stores, channels: Channels, form: Form, post: Id) -> Html:
    number = posting.remind(stores, exchange_of(channels), post, whole(form.get("task")))
    return view.redirect(f"/group-posts/{post}", toast=(f"已提醒 {number} 位群主", f"{number} owners were reminded"))


ROUTES = [list_all, new, post, count, one, cancel, remind]
