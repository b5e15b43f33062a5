"""Content → the library (素材库): pieces, their versions and approval, what is wanting, where they were used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siyu.audiences import queries as audiences
from siyu.channels.media import all_media
from siyu.content import limits, templates
from siyu.content.fields import FIELDS, example
from siyu.content.personas.keeping import list_personas
from siyu.content.pieces import keeping, reading, using
from siyu.content.pieces.model import (
    CLASSES,
    COMMENT_CHARACTERS_MAX,
    KINDS,
    QUESTIONS,
    SHUT,
    STAGES,
    Asked,
    Draft,
    Kind,
    Piece,
)
from siyu.reach import piece_figures
from siyu.staff.model import Actor
from siyu.storage import BadInput, NotFound, SiyuError, Stores
from siyu.web import menu, trying_templates
from siyu.web.current import current, in_words, may, note, t
from siyu.web.forms import Form
from siyu.web.listing import ASKED_MAX, Column, Listing
from siyu.web.paging import Id
from siyu.web.routes import page, submit
from siyu.web.view import Html, View

menu.page("content", "/content", "素材库", "Library", permission="content.read", order=10)

LISTED = (
    Column("title", "标题", "Title"),
    Column("kind", "类型", "Kind"),
    Column("classes", "分类", "Classes", narrow=False),
    Column("state", "状态", "State"),
    Column("ends", "有效期", "Ends", narrow=False),
    Column("uses", "用过", "Used", numeric=True, narrow=False),
)
PLACE_URLS: Mapping[str, str] = {
    "broadcast": "/broadcasts/{}",
    "group_post": "/group-posts/{}",
    "moment": "/moments/{}",
    "task": "/tasks/{}",
}
TONES: Mapping[str, str] = {"draft": "plain", "submitted": "warn", "returned": "bad", "approved": "good"}


@page("/content", "content.read")
def list_all(view: View, stores: Stores) -> Html:
    listing = Listing.read("content", LISTED, filters=("kind", "state", "tone", "question", "value", "pillar"))
    state = listing.filters["state"]
    asked = Asked(
        listing.words,
        listing.filters["kind"],
        stage=state if state in STAGES else "",
        classes={name: value for name in CLASSES if (value := listing.filters.get(name, "")) in CLASSES[name][1]},
        usable=state == "usable",
        archived=state == "archived",
        scripts=False,
    )
    found = reading.list_pieces(stores, asked, before=listing.before, rows_max=ASKED_MAX)
    cut = listing.cut(found, lambda each: each.id)
    counted = reading.gaps(stores)
    return view.render(
        "content/list.html",
        fragment="list",
        listing=cut,
        kinds=in_words({name: (kind.zh, kind.en) for name, kind in KINDS.items() if name != "script"}),
        classes=_classes(),
        stages=in_words(STAGES),
        tones=TONES,
        shut=in_words(SHUT),
        now=stores.clock.now(),
        uses=using.count_uses(stores, [each.id for each in cut.rows]),
        questions=[(name, t(*QUESTIONS[name]), count) for name, count in counted.items()],
        gaps=reading.too_little(counted),
        waiting=reading.count_waiting(stores),
    )


def _classes() -> dict[str, tuple[str, dict[str, str]]]:
    return {name: (t(*words), in_words(allowed)) for name, (words, allowed) in CLASSES.items()}


# -- writing one --------------------------------------------------------------------------------------------


@page("/content/kinds", "content.write")
def choose(view: View) -> Html:
    return view.render("content/kinds.html", kinds=[kind for kind in KINDS.values() if kind.name != "script"])


@page("/content/new", "content.write")
def new(view: View, stores: Stores, kind: str = "", question: str = "") -> Html:
    found = _kind(kind)
    asked = question if question in QUESTIONS else "what_i_get"
    first = {"tone": "useful", "pillar": "brand", "lasting": "evergreen", "question": asked, "value": "knowledge"}
    return form_page(view, stores, Form.showing(**first), found)


@submit("/content/new", "content.write", audits="piece_added")
def add(view: View, stores: Stores, actor: Actor, form: Form, kind: str = "") -> Html:
    found = _kind(kind)
    with form.errors_kept():
        draft = read_draft(form, found)
        if form.ok:
            made = keeping.add_piece(stores, actor.tag, draft, read_body(form, found))
            note(f"piece:{made.id}", name=made.draft.title)
            return view.redirect(f"/content/{made.id}", toast=("草稿已保存", "Draft kept"))
    return form_page(view, stores, form, found)


@page("/content/{piece:int}/edit", "content.write")
def edit(view: View, stores: Stores, piece: Id) -> Html:
    found = reading.get_piece(stores, piece)
    return form_page(view, stores, shown(stores, found), KINDS[found.draft.kind], found)


@submit("/content/{piece:int}/edit", "content.write", audits="piece_changed", about="piece:{piece}")
def change(view: View, stores: Stores, actor: Actor, form: Form, piece: Id) -> Html:
    found = reading.get_piece(stores, piece)
    kind = KINDS[found.draft.kind]
    with form.errors_kept():
        draft = read_draft(form, kind)
        if form.ok:
            after = keeping.change_piece(stores, actor.tag, piece, draft, read_body(form, kind))
            nth = ("已保存为第 {} 版草稿", "Kept as a draft of version {}")
            kept = after.latest != found.latest
            toast = (nth[0].format(after.latest), nth[1].format(after.latest)) if kept else ("已保存", "Saved")
            return view.redirect(f"/content/{piece}", toast=toast)
    return form_page(view, stores, form, kind, found)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise NotFound("piece_kind", "没有这种内容，请重新选择类型。", "There is no such kind; choose again.")
    return KINDS[name]


def read_draft(form: Form, kind: Kind) -> Draft:
    """What the form says of a piece, but for what it says itself."""
    return Draft(
        kind.name,
        form.text("title", required=True),
        **{name: form.get(name) for name in CLASSES},
        tags=form.words("tags"),
        suits=form.text("suits", characters_max=200),
        stage=form.get("stage"),
        audience=form.whole("audience", low=1) if form.get("audience") else None,
        persona=form.whole("persona", low=1) if form.get("persona") else None,
        begins=form.moment("begins"),
        ends=form.moment("ends"),
    )


def read_body(form: Form, kind: Kind) -> dict[str, str]:
    """What it says, by field."""
    return {field.name: form.get(f"body.{field.name}") for field in kind.fields}


def shown(stores: Stores, piece: Piece) -> Form:
    """The form of a piece as it is."""
    values: dict[str, Any] = {name: getattr(piece.draft, name) for name in Draft.__dataclass_fields__}
    values["tags"] = "，".join(piece.draft.tags)
    version = reading.get_version(stores, piece.id, piece.latest)
    return Form.showing(**values, **{f"body.{name}": text for name, text in version.body.items()})


def form_page(view: View, stores: Stores, form: Form, kind: Kind, piece: Piece | None = None) -> Html:
    """The editor."""
    show = view.render if form.ok else view.invalid
    wanted = {"image": "image", "video": "video", "voice": "file", "file": "file"}
    kinds = {wanted[field.kind] for field in kind.fields if field.kind in wanted}
    return show(
        "content/form.html",
        form=form,
        kind=kind,
        piece=piece,
        classes=_classes(),
        media={
            each: [("", t("不选", "None")), *((medium.sha256, medium.name) for medium in all_media(stores, each))]
            for each in kinds
        },
        medium_kinds=wanted,
        audiences=[(each.id, each.name) for each in audiences.all_audiences(stores)],
        fields=FIELDS,
        personas=[(each.id, each.draft.name) for each in list_personas(stores)],
        tags_known=reading.tags_known(stores),
    )


@submit("/content/trial", "content.write", audits=None)
def trial(view: View, stores: Stores, form: Form, kind: str = "") -> Html:
    """Beside the editor, as one types: what a person would get, what somebody unknown would, and which way takes it."""
    found = _kind(kind)
    body = read_body(form, found)
    texts = {
        field.name: body[field.name] for field in found.fields if field.kind in ("line", "text") and body[field.name]
    }
    person, name, known = trying_templates.person_of(stores, form)
    written: list[tuple[str, str, str]] = []
    problem: SiyuError | None = None
    for field in found.fields:
        if field.name in texts:
            try:
                templates.check(texts[field.name], (field.zh, field.en), f"body.{field.name}")
                filled, empty = trying_templates.both(stores, texts[field.name], known)
                written.append((t(field.zh, field.en), filled, empty))
            except BadInput as error:
                problem = problem or error
    return view.render(
        "content/trial.html",
        person=person,
        name=name,
        written=written,
        problem=problem,
        holes=[hole for text in texts.values() for hole in templates.holes(text)],
        fits=limits.fit(found.name, _example(body), form.get("title")),
        fields=in_words(limits.FIELDS),
        units={"bytes": t("字节", "bytes"), "characters": t("字", "characters"), "sms": t("字", "characters")},
    )


def _example(body: Mapping[str, str]) -> dict[str, str]:
    """As long as it is for somebody of whom everything is known; what can't be written, as it stands."""
    found: dict[str, str] = {}
    for name, text in body.items():
        try:
            found[name] = templates.rendered(text, example("zh"), "zh")
        except BadInput:
            found[name] = text
    return found


# -- one piece ----------------------------------------------------------------------------------------------


@page("/content/{piece:int}", "content.read")
def one(view: View, stores: Stores, piece: Id) -> Html:
    return _one(view, stores, piece, Form())


def _one(view: View, stores: Stores, piece: int, form: Form) -> Html:
    found = _for_me(stores, piece)
    versions = reading.versions_of(stores, piece)
    kind = KINDS[found.draft.kind]
    show = view.render if form.ok else view.invalid
    return show(
        "content/one.html",
        form=form,
        piece=found,
        kind=kind,
        versions=versions,
        newest=versions[0],
        classes=_classes(),
        stages=in_words(STAGES),
        tones=TONES,
        shut=found.shut(stores.clock.now()),
        shut_words=in_words(SHUT),
        used=piece_figures.used(stores, piece) if may("broadcast.read") else [],
        places=in_words(using.PLACES),
        place_urls=PLACE_URLS,
        audience=_audience(stores, found.draft.audience),
        comment_max=COMMENT_CHARACTERS_MAX,
    )


def _for_me(stores: Stores, piece: int) -> Piece:
    """A piece; another's own script is nobody else's to read."""
    found = reading.get_piece(stores, piece)
    actor = current().actor
    if found.draft.holder and (actor is None or found.draft.holder != actor.tag):
        raise NotFound("piece_not_found", f"没有编号为 {piece} 的素材。", f"There is no piece {piece} in the library.")
    return found


def _audience(stores: Stores, audience: int | None) -> str:
    if audience is None:
        return ""
    try:
        return audiences.get(stores, audience).name
    except NotFound:
        return ""


@submit("/content/{piece:int}/submit", "content.write", audits="piece_submitted", about="piece:{piece}")
def ask(view: View, stores: Stores, actor: Actor, piece: Id) -> Html:
    keeping.submit(stores, actor.tag, piece)
    undo = f"/content/{piece}/take-back"
    return view.redirect(f"/content/{piece}", toast=("已提交审批", "Submitted for approval"), undo=undo)


@submit("/content/{piece:int}/take-back", "content.write", audits="piece_taken_back", about="piece:{piece}")
def take_back(view: View, stores: Stores, piece: Id) -> Html:
    keeping.take_back(stores, piece)
    return view.redirect(f"/content/{piece}", toast=("已撤回，可继续修改", "Taken back; change it as you like"))


@submit("/content/{piece:int}/decide", "content.approve", audits="piece_approved", about="piece:{piece}")
def approve(view: View, stores: Stores, actor: Actor, form: Form, piece: Id) -> Html:
    with form.errors_kept():
        number = form.whole("version", low=1)
        if form.ok:
            keeping.approve(stores, actor.tag, piece, number, form.get("comment"))
            note(f"piece:{piece}", version=number)
            return view.redirect(f"/content/{piece}", toast=("已批准并发布", "Approved and published"))
    return _one(view, stores, piece, form)


@submit("/content/{piece:int}/send-back", "content.approve", audits="piece_sent_back", about="piece:{piece}")
def send_back(view: View, stores: Stores, actor: Actor, form: Form, piece: Id) -> Html:
    with form.errors_kept():
        number = form.whole("version", low=1)
        if form.ok:
            keeping.send_back(stores, actor.tag, piece, number, form.get("comment"))
            note(f"piece:{piece}", version=number)
            return view.redirect(f"/content/{piece}", toast=("已退回", "Sent back"))
    return _one(view, stores, piece, form)


@submit("/content/{piece:int}/archive", "content.write", audits="piece_archived", about="piece:{piece}")
def archive(view: View, stores: Stores, piece: Id) -> Html:
    keeping.archive(stores, piece, archived=True)
    return view.redirect(f"/content/{piece}", toast=("已归档", "Put away"), undo=f"/content/{piece}/restore")


@submit("/content/{piece:int}/restore", "content.write", audits="piece_restored", about="piece:{piece}")
def restore(view: View, stores: Stores, piece: Id) -> Html:
    keeping.archive(stores, piece, archived=False)
    return view.redirect(f"/content/{piece}", toast=("已恢复", "Offered again"))


ROUTES = [
    list_all,
    choose,
    new,
    add,
    trial,
    one,
    edit,
    change,
    ask,
    take_back,
    approve,
    send_back,
    archive,
    restore,
]
