"""Fission → posters: written with a live preview, offered in campaigns, drawn for one person."""

from __future__ import annotations

import base64
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio.to_thread
import msgspec
from litestar import Request
from litestar.response import Response

from siyu.channels import media
from siyu.growth.campaigns import reading
from siyu.growth.pictures.colours import SCHEMES
from siyu.growth.posters import command, keeping
from siyu.growth.posters.drawing import MEDIA_TYPES, Face, poster_of
from siyu.growth.posters.model import (
    NAME_CHARACTERS_MAX,
    SIZES,
    STARTS,
    TEXT_CHARACTERS_MAX,
    Draft,
    Layout,
    Line,
    Poster,
    Square,
    checked,
)
from siyu.staff.model import Actor
from siyu.storage import BadInput, SiyuError, Stores
from siyu.web import menu
from siyu.web.api.posters import picture_of, site
from siyu.web.console.media import UPLOADS
from siyu.web.current import in_words, note, t
from siyu.web.forms import Form
from siyu.web.paging import Id, whole
from siyu.web.routes import page, submit
from siyu.web.seeing import names_seen, seen
from siyu.web.uploads import receive
from siyu.web.view import Html, View

menu.page("fission", "/posters", "海报", "Posters", permission="campaign.read", order=15)

AnyRequest = Request[Any, Any, Any]
SAMPLE = "https://m.shop.example.com/m/e/ab12cd34ef56gh78"
"""As long as the link of an effort."""
SAMPLE_NAME = ("王小雨", "Wang Xiaoyu")
PREVIEW_DOTS = 120
FACE_BYTES_MAX = 10_000_000
ALIGNS = {"left": ("靠左", "Left"), "center": ("居中", "Middle"), "right": ("靠右", "Right")}
_PLACES = ("portrait", "name", "title")


@page("/posters", "campaign.read")
def list_all(view: View, stores: Stores) -> Html:
    found = keeping.list_posters(stores, archived=True)
    return view.render(
        "fission/posters.html",
        posters=[each for each in found if each.archived is None],
        archived=[each for each in found if each.archived is not None],
        used=keeping.used_in(stores),
        sizes={key: t(each.zh, each.en) for key, each in SIZES.items()},
    )


@page("/posters/new", "campaign.write")
def new(view: View, stores: Stores, size: str = "phone") -> Html:
    size = size if size in SIZES else "phone"
    start = Draft("", STARTS[size], size)
    return _form_page(view, stores, Form.showing(**_written(start)))


@submit("/posters/new", "campaign.write", audits="poster_added")
def add(view: View, stores: Stores, actor: Actor, form: Form) -> Html:
    draft = _read(form)
    with form.errors_kept():
        if draft is not None:
            made = keeping.add_poster(stores, actor.tag, draft)
            note(f"poster:{made.id}", name=made.name)
            return view.redirect(f"/posters/{made.id}", toast=("海报已保存", "It is kept"))
    return _form_page(view, stores, form)


@page("/posters/{poster:int}/edit", "campaign.write")
def edit(view: View, stores: Stores, poster: Id) -> Html:
    found = keeping.get_poster(stores, poster)
    return _form_page(view, stores, Form.showing(**_written(found.draft)), found)


@submit("/posters/{poster:int}/edit", "campaign.write", audits="poster_changed", about="poster:{poster}")
def change(view: View, stores: Stores, form: Form, poster: Id) -> Html:
    found = keeping.get_poster(stores, poster)
    draft = _read(form)
    with form.errors_kept():
        if draft is not None:
            keeping.change_poster(stores, poster, draft)
            return view.redirect(f"/posters/{poster}", toast=("已保存", "Kept"))
    return _form_page(view, stores, form, found)


@submit("/posters/preview", "campaign.write", audits=None)
def preview(view: View, stores: Stores, form: Form) -> Html:
    """The poster as it is written now, for a made-up person, with its places to be dragged."""
    draft = _read(form)
    picture, wrong = "", [*form.errors.values(), *form.general]
    if draft is not None:
        try:
            draft = checked(msgspec.structs.replace(draft, name=draft.name or "-"))
            known = whole(form.get("poster"))
            kept = keeping.get_poster(stores, known) if known is not None else None
            pictures = keeping.pictures_for(stores, draft, kept)
            drawn = poster_of(draft, pictures, SAMPLE, Face(t(*SAMPLE_NAME)), "jpg", PREVIEW_DOTS)
            picture = base64.b64encode(drawn).decode()
        except SiyuError as error:
            wrong = [error]
    return view.render("fission/poster_preview.html", picture=picture, wrong=wrong, **_stage(draft))


def _stage(draft: Draft | None) -> dict[str, Any]:
    """The places as shares of the paper."""
    if draft is None or draft.size not in SIZES:
        return {"places": [], "size": SIZES["phone"]}
    size = SIZES[draft.size]
    words = {
        "code": t("码", "Code"),
        "portrait": t("头像", "Portrait"),
        "name": t("名字", "Name"),
        "title": t("标题", "Title"),
    }
    shares = [
        (
            key,
            words[key],
            100 * x / size.width,
            100 * y / size.height,
            100 * (r - x) / size.width,
            100 * (b - y) / size.height,
        )
        for key, (x, y, r, b) in draft.layout.places().items()
    ]
    return {"places": shares, "size": size}


def _form_page(view: View, stores: Stores, form: Form, poster: Poster | None = None) -> Html:
    images = [("", t("不放", "None")), *((each.sha256, each.name) for each in media.all_media(stores, "image"))]
    return (view.render if form.ok else view.invalid)(
        "fission/poster_form.html",
        form=form,
        poster=poster,
        images=images,
        sizes=[(key, t(each.zh, each.en)) for key, each in SIZES.items()],
        schemes=[(name, t(zh, en)) for name, (zh, en, _) in SCHEMES.items()],
        aligns=list(in_words(ALIGNS).items()),
        starts={
            key: {name: str(value) for name, value in _written(Draft("", STARTS[key], key)).items()} for key in SIZES
        },
        characters=(NAME_CHARACTERS_MAX, TEXT_CHARACTERS_MAX),
    )


def _written(draft: Draft) -> dict[str, Any]:
    """The fields of a draft; a place that is not there has empty ones."""
    found: dict[str, Any] = {
        name: getattr(draft, name) for name in ("name", "size", "background", "paper", "colours", "logo")
    }
    for place in ("code", *_PLACES):
        each: Any = getattr(draft.layout, place)
        found[f"{place}.on"] = each is not None
        if each is None:
            each = getattr(STARTS[draft.size], place)
        for name in each.__struct_fields__:
            value = getattr(each, name)
            found[f"{place}.{name}"] = f"{value:g}" if isinstance(value, float | int) and name != "bold" else value
    return found


def _read(form: Form) -> Draft | None:
    """None, with the errors at their fields, where it can't be read."""
    draft = Draft(
        name=form.text("name", characters_max=NAME_CHARACTERS_MAX),
        size=form.choice("size", list(SIZES), default="phone"),
        background=form.get("background")[:64],
        paper=form.get("paper", "#ffffff")[:20],
        colours=form.choice("colours", list(SCHEMES), default="black"),
        logo=form.get("logo")[:64],
        layout=Layout(
            _square(form, "code"),
            _square(form, "portrait") if form.flag("portrait.on") else None,
            _line(form, "name") if form.flag("name.on") else None,
            _line(form, "title") if form.flag("title.on") else None,
        ),
    )
    return draft if form.ok else None


def _square(form: Form, place: str) -> Square:
    return Square(*(_mm(form, f"{place}.{name}") for name in ("x", "y", "side")))


def _line(form: Form, place: str) -> Line:
    return Line(
        form.text(f"{place}.text", required=True, characters_max=TEXT_CHARACTERS_MAX),
        x=_mm(form, f"{place}.x"),
        y=_mm(form, f"{place}.y"),
        width=_mm(form, f"{place}.width"),
        height=_mm(form, f"{place}.height"),
        size=_mm(form, f"{place}.size"),
        colour=form.get(f"{place}.colour", "#18262c")[:20],
        align=form.choice(f"{place}.align", list(ALIGNS), default="center"),  # pyright: ignore[reportArgumentType]
        bold=form.flag(f"{place}.bold"),
    )


def _mm(form: Form, name: str) -> float:
    return float(form.decimal(name, high=Decimal(1_000)))


# -- one poster ---------------------------------------------------------------------------------------------


@page("/posters/{poster:int}", "campaign.read")
def one(view: View, stores: Stores, poster: Id) -> Html:
    found = keeping.get_poster(stores, poster)
    offered = [each for each in reading.list_campaigns(stores, rows_max=200) if each.stage != "ended"]
    used = keeping.used_in(stores).get(poster, [])
    return view.render(
        "fission/poster.html",
        poster=found,
        size=SIZES[found.size],
        used=used,
        offered=[
            ("", t("请选择", "Choose")),
            *((str(each.id), each.name) for each in offered if (each.id, each.name) not in used),
        ],
        form=Form.showing(),
        formats=list(MEDIA_TYPES),
    )


@page("/posters/{poster:int}/file", "campaign.read")
def file(stores: Stores, poster: Id, effort: str = "", format: str = "jpg", shown: bool = False) -> Response[bytes]:
    """The poster of what somebody started, or of nobody yet; to be saved, or ``shown`` in the page."""
    if format not in MEDIA_TYPES:
        raise BadInput("format_unknown", "格式只有 jpg、png、svg、pdf。", "jpg, png, svg or pdf.", field="format")
    content = picture_of(stores, poster, SAMPLE, effort[:100], None, format)
    kept = "inline" if shown else "attachment"
    headers = {
        "content-disposition": f'{kept}; filename="poster-{poster}.{format}"',
        "cache-control": "private, no-store",
    }
    return Response(content, media_type=MEDIA_TYPES[format], headers=headers)


@submit("/posters/{poster:int}/archive", "campaign.write", audits="poster_archived", about="poster:{poster}")
def archive(view: View, stores: Stores, poster: Id) -> Html:
    keeping.archive_poster(stores, poster, archived=True)
    return view.redirect(
        f"/posters/{poster}", toast=("已停用，已选用的活动不受影响", "Put away; campaigns that have it keep it")
    )


@submit("/posters/{poster:int}/restore", "campaign.write", audits="poster_restored", about="poster:{poster}")
def restore(view: View, stores: Stores, poster: Id) -> Html:
    keeping.archive_poster(stores, poster, archived=False)
    return view.redirect(f"/posters/{poster}", toast=("已恢复", "It is back"))


@submit("/posters/{poster:int}/use", "campaign.write", audits="campaign_poster_chosen", about="poster:{poster}")
def use(view: View, stores: Stores, form: Form, poster: Id) -> Html:
    campaign = form.whole("campaign", low=1)
    if form.ok:
        keeping.choose(stores, campaign, poster)
        note(f"campaign:{campaign}", poster=poster)
        return view.redirect(f"/posters/{poster}", toast=("已选用，客户现在就能保存", "People can save theirs now"))
    return view.redirect(f"/posters/{poster}")


@submit("/posters/unuse/{campaign:int}", "campaign.write", audits="campaign_poster_chosen", about="campaign:{campaign}")
def unuse(view: View, stores: Stores, campaign: Id) -> Html:
    found = keeping.chosen(stores, campaign)
    keeping.choose(stores, campaign, None)
    note(f"campaign:{campaign}", poster=None)
    return view.redirect(f"/posters/{found.id}" if found else "/posters", toast=("已取消", "Taken away"))


# -- one person's -------------------------------------------------------------------------------------------


@page("/posters/of/{effort:str}", "campaign.read")
def of_one(view: View, stores: Stores, effort: str) -> Html:
    """What somebody may save; staff may print it for them, and set how they are shown."""
    return _of_one(view, stores, effort, None)


def _of_one(view: View, stores: Stores, slug: str, form: Form | None) -> Html:
    _, person = command.link_of(stores, site(), slug)
    effort = reading.effort_at(stores, slug)
    assert effort is not None
    found = keeping.chosen(stores, effort.campaign)
    face = keeping.face_of(stores, person)
    return (view.invalid if form is not None else view.render)(
        "fission/poster_of.html",
        effort=effort,
        campaign=reading.get_campaign(stores, effort.campaign),
        poster=found,
        person=person,
        name=names_seen(stores, [person]).get(person, ""),
        face=face,
        shown_as=seen(face.name),
        form=form or Form.showing(),
        formats=list(MEDIA_TYPES),
        characters=keeping.FACE_NAME_CHARACTERS_MAX,
    )


@submit("/posters/of/{effort:str}", "people.write", audits="face_set")
def set_name(view: View, stores: Stores, actor: Actor, form: Form, effort: str) -> Html:
    name = form.text("name", characters_max=keeping.FACE_NAME_CHARACTERS_MAX)
    with form.errors_kept():
        if form.ok:
            keeping.set_face(stores, actor.tag, _whose(stores, effort), name=name)
            return view.redirect(f"/posters/of/{effort}", toast=("已保存", "Kept"))
    return _of_one(view, stores, effort, form)


@submit("/posters/of/{effort:str}/portrait", "people.write", audits="face_set", request_max_body_size=None)
async def set_portrait(request: AnyRequest, view: View, stores: Stores, actor: Actor, effort: str) -> Html:
    form = Form()
    try:
        received = await receive(request, stores.home / UPLOADS, bytes_max=FACE_BYTES_MAX)
        await anyio.to_thread.run_sync(_put_portrait, stores, actor, effort, received.path)
    except SiyuError as error:
        if error.status >= 500:
            raise
        form.fail(error)
        return await anyio.to_thread.run_sync(_of_one, view, stores, effort, form)
    return view.redirect(f"/posters/of/{effort}", toast=("已保存", "Kept"))


def _put_portrait(stores: Stores, actor: Actor, effort: str, path: Path) -> None:
    try:
        keeping.set_face(stores, actor.tag, _whose(stores, effort), picture=path.read_bytes())
    except BadInput as error:
        raise BadInput(error.code, error.zh, error.en, field="file") from None
    finally:
        path.unlink(missing_ok=True)


def _whose(stores: Stores, effort: str) -> int:
    _, person = command.link_of(stores, site(), effort)
    note(f"person:{person}")
    return person


@submit("/posters/of/{effort:str}/clear", "people.write", audits="face_cleared")
def clear_face(view: View, stores: Stores, effort: str) -> Html:
    keeping.clear_face(stores, _whose(stores, effort))
    return view.redirect(f"/posters/of/{effort}", toast=("已清除", "Taken away"))


ROUTES = [
    *(list_all, new, add, edit, change, preview),
    *(one, file, archive, restore, use, unuse),
    *(of_one, set_name, set_portrait, clear_face),
]
