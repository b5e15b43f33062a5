"""Content → scripts (话术): what staff say one to one; the team's, and one's own."""

from __future__ import annotations

from dataclasses import replace

from siyu.content.pieces import keeping, reading
from siyu.content.pieces.model import KINDS, Draft
from siyu.content.scripts import using
from siyu.staff.model import Actor
from siyu.storage import NotAllowed, Stores
from siyu.web import menu
from siyu.web.current import note, t
from siyu.web.forms import Form
from siyu.web.listing import Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("content", "/scripts", "话术", "Scripts", permission="content.read", order=30)

LISTED = (
    Column("title", "话术", "Script"),
    Column("whose", "归属", "Whose", narrow=False),
    Column("used", "近 30 天用过", "Used in 30 days", numeric=True),
    Column("act", "操作", "Actions"),
)
WHOSE = {"own": ("我自己的", "My own"), "favourite": ("我收藏的", "My favourites")}
TEXT_MAX = 4_000


@page("/scripts", "content.read")
def list_all(view: View, stores: Stores, actor: Actor) -> Html:
    listing = Listing.read("scripts", LISTED, filters=("only",), views=False)
    found = using.find(stores, actor.tag, listing.words, only=listing.filters["only"], rows_max=using.SCRIPTS_MAX)
    return view.render(
        "content/scripts.html",
        fragment="list",
        listing=listing.paged(found),
        whose=[(key, t(*words)) for key, words in WHOSE.items()],
        drafts=reading.list_pieces(stores, _unpublished(), rows_max=20),
    )


def _unpublished() -> reading.Asked:
    return reading.Asked(scripts=True, holder="", stage="submitted")


@page("/scripts/new", "scripts.own")
def new(view: View) -> Html:
    return _form_page(view, Form())


@submit("/scripts/new", "scripts.own", audits="script_written")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    return _save(view, stores, actor, form, None)


@page("/scripts/{piece:int}/edit", "scripts.own")
def edit(view: View, stores: Stores, actor: Actor, piece: Id) -> Html:
    found = _own(stores, actor, piece)
    body = reading.get_version(stores, piece, found.latest).body
    same = {f"body.{name}": text for name, text in body.items()}
    return _form_page(view, Form.showing(title=found.draft.title, tags="，".join(found.draft.tags), **same), piece)


@submit("/scripts/{piece:int}/edit", "scripts.own", audits="script_written", about="piece:{piece}")
def change(view: View, stores: Stores, actor: Actor, form: Form, piece: Id) -> Html:
    _own(stores, actor, piece)
    return _save(view, stores, actor, form, piece)


def _save(view: View, stores: Stores, actor: Actor, form: Form, piece: int | None) -> Html:
    with form.errors_kept():
        title = form.text("title", required=True)
        body = {field.name: form.get(f"body.{field.name}") for field in KINDS["script"].fields}
        if form.ok:
            made = using.write_own(stores, actor.tag, body, title, piece, form.words("tags"))
            note(f"piece:{made.id}", name=title)
            return view.redirect("/scripts?only=own", toast=("已保存，马上能用", "Saved, and ready to use"))
    return _form_page(view, form, piece)


def _form_page(view: View, form: Form, piece: int | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    return show("content/script_form.html", form=form, piece=piece, text_max=TEXT_MAX)


def _own(stores: Stores, actor: Actor, piece: int) -> reading.Piece:
    found = reading.get_piece(stores, piece)
    if found.draft.holder != actor.tag:
        raise NotAllowed("script_not_yours", "这不是您自己的话术。", "This is no script of your own.")
    return found


@submit("/scripts/{piece:int}/remove", "scripts.own", audits="piece_archived", about="piece:{piece}")
def remove(view: View, stores: Stores, actor: Actor, piece: Id) -> Html:
    using.remove_own(stores, actor.tag, piece)
    return view.done(toast=("已删除", "Removed"), back="/scripts", undo=f"/scripts/{piece}/bring-back")


@submit("/scripts/{piece:int}/bring-back", "scripts.own", audits="piece_restored", about="piece:{piece}")
def bring_back(view: View, stores: Stores, actor: Actor, piece: Id) -> Html:
    _own(stores, actor, piece)
    keeping.archive(stores, piece, archived=False)
    return view.done(toast=("已恢复", "It is back"), back="/scripts")


@submit("/scripts/{piece:int}/share", "content.write", audits="piece_added", about="piece:{piece}")
def share(view: View, stores: Stores, actor: Actor, piece: Id) -> Html:
    """A copy for the team, a draft that somebody approves."""
    found = reading.get_piece(stores, piece)
    if found.draft.holder not in ("", actor.tag):
        raise NotAllowed("script_not_yours", "这不是您自己的话术。", "This is no script of your own.")
    body = reading.get_version(stores, piece, found.latest).body
    draft: Draft = replace(found.draft, holder="")
    made = keeping.add_piece(stores, actor.tag, draft, body)
    note(f"piece:{made.id}", name=draft.title)
    return view.redirect(f"/content/{made.id}", toast=("已复制为团队话术草稿", "Copied to a draft for the team"))


@submit("/scripts/{piece:int}/favourite", "content.read", audits=None)
def favourite(view: View, stores: Stores, actor: Actor, piece: Id) -> Html:
    using.mark(stores, actor.tag, piece, favourite=True)
    return view.done(toast=("已收藏", "Among your favourites"), back="/scripts")


@submit("/scripts/{piece:int}/unfavourite", "content.read", audits=None)
def unfavourite(view: View, stores: Stores, actor: Actor, piece: Id) -> Html:
    using.mark(stores, actor.tag, piece, favourite=False)
    return view.done(toast=("已取消收藏", "No favourite any more"), back="/scripts")


ROUTES = [list_all, new, add, edit, change, remove, bring_back, share, favourite, unfavourite]
