"""Content → users' own 晒单: collections, what was handed in, looked at and taken into the library."""

from __future__ import annotations

from litestar import Response

from siyu.content.ugc import keeping
from siyu.content.ugc.model import (
    AGES,
    CONSENT_EN,
    CONSENT_ZH,
    STAGES,
    TITLE_CHARACTERS_MAX,
    WORDS_CHARACTERS_MAX,
    Call,
    CallDraft,
)
from siyu.staff.model import Actor
from siyu.storage import Stores
from siyu.web import menu
from siyu.web.current import current, in_words, lent, note
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen
from siyu.web.view import Html, View

menu.page("content", "/shows", "晒单", "Users' own", permission="content.read", order=50)

LISTED = (
    Column("look", "晒单", "Post"),
    Column("who", "谁", "Who", narrow=False),
    Column("stage", "状态", "State"),
    Column("at", "提交", "Handed in", narrow=False),
    Column("act", "操作", "Actions"),
)
TONES = {"waiting": "warn", "accepted": "good", "refused": "plain", "withdrawn": "bad"}


@page("/shows", "content.read")
def list_all(view: View, stores: Stores) -> Html:
    counts = keeping.count_posts(stores)
    return view.render("content/shows.html", calls=keeping.list_calls(stores), counts=counts, now=stores.clock.now())


@page("/shows/new", "content.write")
def new(view: View) -> Html:
    return _form_page(view, Form.showing(consent_zh=CONSENT_ZH, consent_en=CONSENT_EN))


@submit("/shows/new", "content.write", audits="ugc_call_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            made = keeping.add_call(stores, actor.tag, draft)
            note(f"ugc_call:{made.id}", name=made.title)
            return view.redirect(f"/shows/{made.id}", toast=("征集已开始", "The collection has begun"))
    return _form_page(view, form)


@page("/shows/{call:int}/edit", "content.write")
def edit(view: View, stores: Stores, call: Id) -> Html:
    found = keeping.get_call(stores, call)
    text = keeping.get_text(stores, found.text)
    same = {name: getattr(found, name) for name in ("title", "words_zh", "words_en", "ends")}
    form = Form.showing(**same, tags="，".join(found.tags), consent_zh=text.zh, consent_en=text.en)
    return _form_page(view, form, found)


@submit("/shows/{call:int}/edit", "content.write", audits="ugc_call_changed", about="ugc_call:{call}")
def change(view: View, stores: Stores, actor: Actor, form: Form, call: Id) -> Html:
    with form.errors_kept():
        draft = _read(form)
        if form.ok:
            keeping.change_call(stores, actor.tag, call, draft)
            return view.redirect(f"/shows/{call}", toast=("已保存", "Saved"))
    return _form_page(view, form, keeping.get_call(stores, call))


def _read(form: Form) -> CallDraft:
    return CallDraft(
        form.text("title", required=True, characters_max=TITLE_CHARACTERS_MAX),
        form.get("words_zh").strip(),
        form.get("words_en").strip(),
        form.get("consent_zh"),
        form.get("consent_en"),
        tuple(form.words("tags")),
        form.moment("ends"),
    )


def _form_page(view: View, form: Form, call: Call | None = None) -> Html:
    show = view.render if form.ok else view.invalid
    most = (TITLE_CHARACTERS_MAX, WORDS_CHARACTERS_MAX)
    return show("content/show_form.html", form=form, collection=call, most=most)


@page("/shows/{call:int}", "content.read")
def one(view: View, stores: Stores, call: Id) -> Html:
    found = keeping.get_call(stores, call)
    listing = Listing.read("shows", LISTED, filters=("stage",), views=False)
    rows = keeping.list_posts(stores, call, listing.filters["stage"], before=listing.before, rows_max=ASKED_MAX)
    cut = listing.cut(rows, lambda each: each.id)
    told = lent().outside.public_url.rstrip("/")
    site = told or f"{'https' if current().secure else 'http'}://{current().host}"
    return view.render(
        "content/show.html",
        fragment="list",
        listing=cut,
        collection=found,
        link=f"{site}/m/show/{found.slug}",
        stages=in_words(STAGES),
        ages=in_words(AGES),
        tones=TONES,
        names=names_seen(stores, [each.person for each in cut.rows if each.person is not None]),
        now=stores.clock.now(),
    )


@page("/shows/posts/{post:int}/photo", "content.read")
def photo(stores: Stores, post: Id) -> Response[bytes]:
    body = keeping.picture_of(stores, post)
    return Response(body, media_type="image/jpeg", headers={"cache-control": "private, no-store"})


@submit("/shows/{call:int}/end", "content.write", audits="ugc_call_changed", about="ugc_call:{call}")
def end(view: View, stores: Stores, call: Id) -> Html:
    keeping.set_open(stores, call, is_open=False)
    return view.redirect(
        f"/shows/{call}", toast=("已结束，不再收", "It takes nothing more"), undo=f"/shows/{call}/open"
    )


@submit("/shows/{call:int}/open", "content.write", audits="ugc_call_changed", about="ugc_call:{call}")
def open_again(view: View, stores: Stores, call: Id) -> Html:
    keeping.set_open(stores, call, is_open=True)
    return view.redirect(f"/shows/{call}", toast=("已重新开放", "It is open again"))


@submit("/shows/posts/{post:int}/accept", "content.approve", audits="ugc_accepted", about="ugc_post:{post}")
def accept(view: View, stores: Stores, actor: Actor, post: Id) -> Html:
    found = keeping.decide(stores, actor.tag, post, accepted=True)
    undo = f"/shows/posts/{post}/refuse"
    return view.done(toast=("已采纳", "Accepted"), back=f"/shows/{found.call}", undo=undo)


@submit("/shows/posts/{post:int}/refuse", "content.approve", audits="ugc_refused", about="ugc_post:{post}")
def refuse(view: View, stores: Stores, actor: Actor, post: Id) -> Html:
    found = keeping.decide(stores, actor.tag, post, accepted=False)
    undo = f"/shows/posts/{post}/accept"
    return view.done(toast=("不采纳", "Not accepted"), back=f"/shows/{found.call}", undo=undo)


@submit("/shows/posts/{post:int}/reuse", "content.write", audits="piece_added", about="ugc_post:{post}")
def reuse(view: View, stores: Stores, actor: Actor, post: Id) -> Html:
    found = keeping.get_post(stores, post)
    call = keeping.get_call(stores, found.call)
    title = f"{call.title} · {found.name or post}"
    made = keeping.reuse(stores, actor.tag, post, title)
    note(f"piece:{made.id}", name=title)
    return view.redirect(f"/content/{made.id}", toast=("已收入素材库（草稿）", "In the library, as a draft"))


@submit("/shows/posts/{post:int}/take-back", "content.write", audits="ugc_withdrawn", about="ugc_post:{post}")
def take_back(view: View, stores: Stores, post: Id) -> Html:
    """For an author who asks the shop."""
    found = keeping.take_back(stores, post)
    return view.done(
        toast=("已按作者要求撤回并删除", "Taken back and deleted for its author"), back=f"/shows/{found.call}"
    )


ROUTES = [list_all, new, add, edit, change, one, photo, end, open_again, accept, refuse, reuse, take_back]
