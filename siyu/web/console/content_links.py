"""Content → content links (内容链接): who opened what, for how long, and who passed it on to whom."""

from __future__ import annotations

from typing import Any

from siyu.content.links import keeping, reading
from siyu.content.links.model import (
    ADDRESS_CHARACTERS_MAX,
    STAGES,
    TEXT_CHARACTERS_MAX,
    TITLE_CHARACTERS_MAX,
    ContentLink,
    Draft,
    Named,
)
from siyu.content.links.reading import Figures
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web import menu, verbs
from siyu.web.current import in_words, note
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.mobile.visit import address
from siyu.web.paging import Id, whole
from siyu.web.routes import also, page, submit
from siyu.web.view import Html, View

menu.page("content", "/content-links", "内容链接", "Content links", permission="goods.read", order=66)
for _name, _zh, _en in (
    ("content_link_added", "新建内容链接", "Content link added"),
    ("content_link_changed", "修改内容链接", "Content link changed"),
    ("content_link_off", "停用内容链接", "Content link turned off"),
    ("content_link_on", "启用内容链接", "Content link turned on"),
    ("content_links_given", "给出专属内容链接", "Personal content links given out"),
):
    verbs.action(_name, _zh, _en)
verbs.subject("content_link", "内容链接", "Content link", "/content-links/{}")

COLUMNS = (
    Column("title", "标题", "Title"),
    Column("opened", "打开", "Opened", numeric=True),
    Column("forwarded", "转发来的", "Forwarded", numeric=True),
    Column("seconds", "阅读时长", "Read for", numeric=True, narrow=False),
    Column("far", "读到", "How far", numeric=True, narrow=False),
    Column("stage", "状态", "State"),
)


@page("/content-links", "goods.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("content_links", COLUMNS)
    found = keeping.list_links(stores, listing.words, before=listing.before, rows_max=ASKED_MAX)
    listing = listing.cut(found, lambda link: link.id, total=keeping.count_links(stores, listing.words))
    figures = reading.figures_of(stores, [link.id for link in listing.rows])
    return view.render(
        "content/content_links.html",
        fragment="list",
        listing=listing,
        figures=figures,
        none=Figures(),
        stages=in_words(STAGES),
    )


@page("/content-links/new", "goods.write")
def new(view: View) -> Html:
    return _form(view, Form())


@submit("/content-links/new", "goods.write", audits="content_link_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    draft = _read(form)
    with form.errors_kept():
        if form.ok:
            made = keeping.add_link(stores, actor.tag, draft)
            note(f"content_link:{made.id}", title=made.title)
            return view.redirect(f"/content-links/{made.id}", toast=("链接已建好", "The link is made"))
    return _form(view, form)


@page("/content-links/{link:int}/edit", "goods.write")
def edit(view: View, stores: Stores, link: Id) -> Html:
    found = keeping.get_link(stores, link)
    shown: dict[str, object] = {name: getattr(found, name) for name in ("title", "text", "picture", "url")}
    return _form(view, Form.showing(**shown, tags="，".join(found.tags), alert="1" if found.alert else ""), found)


@submit("/content-links/{link:int}/edit", "goods.write", audits="content_link_changed", about="content_link:{link}")
def change(view: View, stores: Stores, form: Form, link: Id) -> Html:
    found = keeping.get_link(stores, link)
    draft = _read(form)
    with form.errors_kept():
        if form.ok:
            keeping.change_link(stores, link, draft)
            return view.redirect(f"/content-links/{link}", toast=("已保存", "Saved"))
    return _form(view, form, found)


@page("/content-links/{link:int}", "goods.read")
def one(view: View, stores: Stores, link: Id) -> Html:
    return _one(view, stores, link, Form())


def _one(view: View, stores: Stores, link: int, form: Form, given: list[Any] | None = None) -> Html:
    found = keeping.get_link(stores, link)
    readers = reading.readers_of(stores, link)
    show = view.render if form.ok else view.invalid
    return show(
        "content/content_link.html",
        link=found,
        address=address(keeping.path_of(stores, Named(link))),
        figures=reading.figures_of(stores, [link]).get(link, Figures()),
        tree=reading.tree_of(readers),
        most=reading.READERS_MAX,
        form=form,
        given=given,
    )


@submit(
    "/content-links/{link:int}/people",
    "goods.write",
    audits="content_links_given",
    about="content_link:{link}",
    guards=[also("people.write")],
)
def give(view: View, stores: Stores, form: Form, link: Id) -> Html:
    numbers = [whole(word) for word in form.words("persons")]
    if not numbers or None in numbers:
        form.fail(BadInput("link_persons", "请填写客户编号。", "Give numbers of persons.", field="persons"))
    given: list[Any] | None = None
    with form.errors_kept():
        if form.ok:
            paths = keeping.own_paths(stores, link, [each for each in numbers if each is not None])
            note(f"content_link:{link}", links=len(paths))
            given = [(person, address(path)) for person, path in paths.items()]
    return _one(view, stores, link, form, given)


@submit("/content-links/{link:int}/off", "goods.write", audits="content_link_off", about="content_link:{link}")
def turn_off(view: View, stores: Stores, link: Id) -> Html:
    keeping.set_stage(stores, link, "off")
    undo = f"/content-links/{link}/on"
    return view.redirect(f"/content-links/{link}", toast=("已停用，数据保留", "Off; its figures stay"), undo=undo)


@submit("/content-links/{link:int}/on", "goods.write", audits="content_link_on", about="content_link:{link}")
def turn_on(view: View, stores: Stores, link: Id) -> Html:
    keeping.set_stage(stores, link, "on")
    return view.redirect(f"/content-links/{link}", toast=("已启用", "On again"))


def _read(form: Form) -> Draft:
    return Draft(
        form.text("title", required=True, characters_max=TITLE_CHARACTERS_MAX),
        form.text("text", characters_max=TEXT_CHARACTERS_MAX, lines=True),
        form.text("picture", characters_max=ADDRESS_CHARACTERS_MAX),
        form.text("url", characters_max=ADDRESS_CHARACTERS_MAX),
        form.words("tags"),
        form.flag("alert"),
    )


def _form(view: View, form: Form, link: ContentLink | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    most = {"title": TITLE_CHARACTERS_MAX, "address": ADDRESS_CHARACTERS_MAX}
    return show("content/content_link_form.html", form=form, link=link, most=most)


ROUTES = [list_all, new, add, edit, change, one, give, turn_off, turn_on]
