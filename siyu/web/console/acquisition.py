"""Acquire → acquisition links: paid links that add an adviser at once, who came by them, what is left to spend."""

from __future__ import annotations

from siyu.channels.platform.failures import PlatformError
from siyu.channels.registry import Channels, exchange_of
from siyu.channels.wecom.acquisition import links, reading
from siyu.channels.wecom.acquisition.links import STATES, Draft, Link
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

menu.page("acquire", "/acquisition", "获客链接", "Acquisition links", permission="people.read", order=30)

DAYS = 30
LISTED = (
    Column("name", "名称", "Name"),
    Column("state", "状态", "State"),
    Column("opened", "打开", "Opened", numeric=True, narrow=False),
    Column("came", "新增", "Came", numeric=True),
    Column("chatted", "已开口", "Wrote", numeric=True),
    Column("account", "账号", "Account", narrow=False),
    Column("created", "建立", "Made", narrow=False),
)
PEOPLE = (
    Column("person", "客户", "Person"),
    Column("userid", "成员", "Adviser"),
    Column("chatted", "开口", "Wrote"),
    Column("channel", "渠道标识", "Channel", narrow=False),
)


@page("/acquisition", "people.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("acquisition", LISTED, views=False)
    found, own = links.list_links(stores, words=listing.words), known.companies(stores)
    quotas = {number: quota for number in own if (quota := reading.quota_of(stores, number)) is not None}
    return view.render(
        "acquire/links.html",
        fragment="list",
        listing=listing.paged(found),
        accounts=own,
        quotas=quotas,
        states=in_words(STATES),
    )


@submit("/acquisition/read", "acquire.write", audits="links_read")
def read(view: View, stores: Stores) -> Html:
    for account in known.companies(stores):
        note(f"account:{account}")
        reading.ask_to_read(stores, account)
    toast = ("正在后台读取，可离开此页", "Being read in the background; you may leave")
    return view.redirect("/acquisition", toast=toast)


def _draft(form: Form) -> Draft:
    return Draft(
        form.text("name", required=True, characters_max=links.NAME_CHARACTERS_MAX),
        form.words("members"),
        known.departments_in(form),
        form.words("preferred"),
        form.flag("skip_verify"),
    )


def _form_page(view: View, stores: Stores, form: Form, link: Link | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    own = known.companies(stores)
    its = {number: name for number, name in own.items() if link is None or link.account == number}
    return show(
        "acquire/link_form.html",
        form=form,
        link=link,
        accounts=own,
        members_known=known.members(stores, its),
        departments_known=known.departments(stores, its),
    )


@page("/acquisition/new", "acquire.write")
def new(view: View, stores: Stores) -> Html:
    return _form_page(view, stores, Form.showing(skip_verify=True))


@submit("/acquisition/new", "acquire.write", audits="link_made")
def make(view: View, stores: Stores, channels: Channels, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _draft(form)
        account = form.whole("account", low=1)
        if form.ok:
            note(f"account:{account}", name=draft.name)
            number = links.make_link(stores, exchange_of(channels), actor.tag, account, draft)
            note(f"link:{number}", name=draft.name)
            return view.redirect(f"/acquisition/{number}", toast=("已生成", "Made"))
    return _form_page(view, stores, form)


@page("/acquisition/{link:int}/edit", "acquire.write")
def edit(view: View, stores: Stores, link: Id) -> Html:
    found = links.get_link(stores, link)
    form = Form.showing(
        name=found.name,
        members=", ".join(found.members),
        departments=", ".join(map(str, found.departments)),
        preferred=", ".join(found.first),
        skip_verify=found.skip_verify,
    )
    return _form_page(view, stores, form, found)


@submit("/acquisition/{link:int}/edit", "acquire.write", audits="link_changed", about="link:{link}")
def change(view: View, stores: Stores, channels: Channels, form: Form, link: Id) -> Html:
    found = links.get_link(stores, link)
    with form.errors_kept():
        draft = _draft(form)
        if form.ok:
            links.change_link(stores, exchange_of(channels), link, draft)
            return view.redirect(f"/acquisition/{link}", toast=("已保存", "Kept"))
    return _form_page(view, stores, form, found)


@submit("/acquisition/{link:int}/remove", "acquire.write", audits="link_removed", about="link:{link}")
def remove(view: View, stores: Stores, channels: Channels, link: Id) -> Html:
    links.remove_link(stores, exchange_of(channels), link)
    return view.redirect("/acquisition", toast=("已删除", "Removed"))


@page("/acquisition/{link:int}", "people.read")
def one(view: View, stores: Stores, channels: Channels, link: Id, channel: str = "") -> Html:
    found = links.get_link(stores, link)
    form = Form.showing(channel=channel)
    address, deep = found.url, found.deep_address()
    with form.errors_kept():
        address, deep = found.address(channel.strip()), found.deep_address(channel.strip())
    listing = Listing.read("link-people", PEOPLE, views=False)
    after = place_of(listing.cursor, str, str)
    rows = reading.who_came(stores, found.account, found.link or "", after=after, rows_max=ASKED_MAX)
    persons = holders_of(stores, "external_userid", (each.external_userid for each in rows))
    return view.render(
        "acquire/link.html",
        fragment="list",
        link=found,
        form=form,
        address=address,
        deep=deep,
        accounts=known.companies(stores),
        listing=listing.cut(rows, lambda came: (came.external_userid, came.userid)),
        persons=persons,
        names=names_of(stores, persons.values()),
        states=in_words(STATES),
    )


@page("/acquisition/{link:int}/statistic", "people.read")
def statistic(view: View, stores: Stores, channels: Channels, link: Id) -> Html:
    """A part of the link's page, asked of the platform after the page is there."""
    links.get_link(stores, link)
    try:
        counted, problem = links.statistic(stores, exchange_of(channels), link, DAYS), None
    except PlatformError as error:
        counted, problem = None, error
    return view.render("acquire/statistic.html", counted=counted, problem=problem, days=DAYS)


ROUTES = [list_all, read, new, make, edit, change, remove, one, statistic]
