"""Reach → moments: what members publish for their customers to see, and who saw, liked and commented."""

from __future__ import annotations

from typing import Any

from siyu.channels.media import all_media
from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.moments import posting
from siyu.channels.wecom.moments.posting import KINDS, PICTURES_MAX, STATES, Draft
from siyu.people.finding import holders_of, names_of
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import known, menu
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id, place_of
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("reach", "/moments", "朋友圈", "Moments", permission="broadcast.read", order=30)

LISTED = (
    Column("text", "内容", "Text"),
    Column("state", "状态", "State"),
    Column("published", "已发表", "Published", numeric=True),
    Column("reached", "看到", "Reached", numeric=True),
    Column("likes", "点赞", "Likes", numeric=True, narrow=False),
    Column("comments", "评论", "Comments", numeric=True, narrow=False),
    Column("at", "时间", "When", narrow=False),
)
PEOPLE = (
    Column("person", "客户", "Person"),
    Column("kind", "做了什么", "What"),
    Column("userid", "成员", "Adviser"),
    Column("at", "时间", "When", narrow=False),
)


@page("/moments", "broadcast.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("moments", LISTED, views=False)
    found = posting.list_moments(stores, before=listing.before, words=listing.words, rows_max=ASKED_MAX)
    return view.render(
        "reach/moments.html",
        fragment="list",
        listing=listing.cut(found, lambda moment: moment.id),
        accounts=known.companies(stores),
        states=in_words(STATES),
    )


def _form_page(view: View, stores: Stores, form: Form) -> Html:
    media: dict[str, list[Any]] = {"image": [], "video": []}
    for each in all_media(stores):
        if each.kind in media:
            media[each.kind].append((each.sha256, each.name))
    show = view.render if form.ok else view.invalid
    own = known.companies(stores)
    return show(
        "reach/moment_form.html",
        form=form,
        accounts=own,
        media=media,
        places=range(PICTURES_MAX),
        members_known=known.members(stores, own),
        departments_known=known.departments(stores, own),
        tags_known=known.tags(stores, own),
    )


@page("/moments/new", "broadcast.send")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form())


def _draft(form: Form) -> Draft:
    found = [{"kind": "image", "medium": each} for each in form.all("picture") if each]
    if form.get("film"):
        found.append({"kind": "video", "medium": form.get("film")})
    if form.get("url").strip():
        link = {"title": form.get("title").strip(), "url": form.get("url").strip(), "medium": form.get("cover")}
        found.append({"kind": "link", **link})
    return Draft(
        form.get("text").replace("\r\n", "\n"),
        found,
        form.words("members"),
        known.departments_in(form),
        form.words("tags"),
    )


@submit("/moments/new", "broadcast.send", audits="moment_posted")
def post(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _draft(form)
        account = form.whole("account", low=1)
        if form.ok:
            number = posting.post(stores, actor.tag, account, draft)
            note(f"moment:{number}")
            return view.redirect(
                f"/moments/{number}", toast=("已交给平台，等员工发表", "Given to WeCom; members publish it")
            )
    return _form_page(view, stores, form)


@page("/moments/{moment:int}", "broadcast.read")
def one(view: View, stores: Stores, moment: Id) -> Html:
    found = posting.get_moment(stores, moment)
    listing = Listing.read("moment-people", PEOPLE, filters=("kind",), views=False)
    after = place_of(listing.cursor, str, str, str)
    rows = posting.people_of(stores, moment, kind=listing.filters["kind"], after=after, rows_max=ASKED_MAX)
    persons = holders_of(stores, "external_userid", (each.external_userid for each in rows))
    return view.render(
        "reach/moment.html",
        fragment="list",
        found=found,
        silent=posting.silent_members(stores, moment),
        listing=listing.cut(rows, lambda met: (met.kind, met.external_userid, met.userid)),
        accounts=known.companies(stores),
        persons=persons,
        names=names_of(stores, persons.values()),
        states=in_words(STATES),
        kinds=in_words(KINDS),
    )


@submit("/moments/{moment:int}/cancel", "broadcast.send", audits="moment_cancelled", about="moment:{moment}")
def cancel(view: View, stores: Stores, channels: Channels, moment: Id) -> Html:
    posting.cancel(stores, exchange_of(channels), moment)
    return view.redirect(f"/moments/{moment}", toast=("已停止", "Cancelled"))


ROUTES = [list_all, new, post, one, cancel]
