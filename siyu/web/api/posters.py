"""The API of posters: kept, chosen for campaigns, drawn for one person; and how people are shown on theirs."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

import msgspec
from litestar.response import Response

from siyu.growth.posters import command, keeping
from siyu.growth.posters.command import ChosenAnswer, FaceAnswer, PosterAnswer, PostersAnswer
from siyu.growth.posters.drawing import MEDIA_TYPES, NOBODY, Face
from siyu.growth.posters.model import Draft, Layout
from siyu.staff.model import Actor
from siyu.storage import BadInput, Stores
from siyu.web.api.ways import Word
from siyu.web.current import current, may, note
from siyu.web.forms import WHOLE_MAX
from siyu.web.paging import Id
from siyu.web.routes import api_acts, api_read, api_write
from siyu.web.seeing import seen

Number = Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
Text = Annotated[str, msgspec.Meta(max_length=2_000)]
Picture = Annotated[str, msgspec.Meta(max_length=2_000_000, description="PNG or JPEG in base64")]


class PosterBody(msgspec.Struct, forbid_unknown_fields=True):
    """A poster. `layout`: places in mm from the upper left corner, the code at least 30 mm; `{name}` in a line is the
    person's name. `size`: `phone`, `square`, `card` or `a4`; `background`, `logo`: the sha-256 of pictures among the
    media; `paper`: the colour where there is no background; `colours` of the code: `black`, `teal`, `navy`, `wine` or
    `kraft`."""

    name: Word
    layout: Layout
    size: Word = "phone"
    background: Word = ""
    paper: Word = "#e4f1f0"
    colours: Word = "black"
    logo: Word = ""


class ChosenBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which poster people may save; null for none."""

    poster: Number | None = None


class FaceBody(msgspec.Struct, forbid_unknown_fields=True):
    """How somebody is shown: `name` empty is the profile's; no `picture` is the first sign of the name."""

    name: Word = ""
    picture: Picture = ""


@api_read("/api/posters", "campaign.read")
def list_all(stores: Stores, archived: bool = False) -> PostersAnswer:
    """Posters, the newest first; `archived`: those put away too."""
    return command.all_told(stores, archived=archived)


@api_write("POST", "/api/posters", "campaign.write", audits="poster_added")
def add(stores: Stores, actor: Actor, data: PosterBody) -> PosterAnswer:
    """Keep a poster. 400 at the field for what lies off the paper or on the code."""
    made = keeping.add_poster(stores, actor.tag, _draft(data))
    note(f"poster:{made.id}", name=made.name)
    return command.poster_told(stores, made.id)


@api_read("/api/posters/{poster:int}", "campaign.read")
def one(stores: Stores, poster: Id) -> PosterAnswer:
    """One poster."""
    return command.poster_told(stores, poster)


@api_write("PUT", "/api/posters/{poster:int}", "campaign.write", audits="poster_changed", about="poster:{poster}")
def change(stores: Stores, poster: Id, data: PosterBody) -> PosterAnswer:
    """Change all of it; who saves theirs from now on saves the new one."""
    keeping.change_poster(stores, poster, _draft(data))
    return command.poster_told(stores, poster)


acts = api_acts("/api/posters/{poster:int}", "campaign.write", about="poster:{poster}")


@acts("archive", "poster_archived")
def archive(stores: Stores, poster: Id) -> PosterAnswer:
    """Offer it to campaigns no more; those that have it keep it."""
    keeping.archive_poster(stores, poster, archived=True)
    return command.poster_told(stores, poster)


@acts("restore", "poster_restored")
def restore(stores: Stores, poster: Id) -> PosterAnswer:
    """Offer it again."""
    keeping.archive_poster(stores, poster, archived=False)
    return command.poster_told(stores, poster)


@api_read("/api/posters/{poster:int}/picture", "campaign.read", media_type="application/octet-stream")
def picture(
    stores: Stores, poster: Id, link: Text = "", effort: Text = "", person: Number | None = None, format: Text = "jpg"
) -> Response[bytes]:
    """The file of one poster.

    `effort`: the slug of what somebody started; its code leads there, and it carries their name and portrait. Or any
    `link`, and whose name and portrait it carries (`person`). `format`: `jpg`, `png` (300 dots to the inch), `svg` or
    `pdf`.
    """
    if format not in MEDIA_TYPES:
        raise BadInput("format_unknown", "格式只有 jpg、png、svg、pdf。", "jpg, png, svg or pdf.", field="format")
    content = picture_of(stores, poster, link, effort, person, format)
    named = f'attachment; filename="poster-{poster}.{format}"'
    return Response(content, media_type="application/octet-stream", headers={"content-disposition": named})


def picture_of(stores: Stores, poster: int, link: str, effort: str, person: int | None, format: str) -> bytes:
    """For whom asks now: phones in names are masked for most."""
    if effort:
        link, person = command.link_of(stores, site(), effort)
    face = keeping.face_of(stores, person) if person is not None and may("people.read") else NOBODY
    return command.drawn(stores, poster, link, Face(seen(face.name), face.picture), format)


def site() -> str:
    """This installation as who asks now reaches it."""
    call = current()
    return f"{'https' if call.secure else 'http'}://{call.host}"


@api_read("/api/campaigns/{campaign:int}/poster", "campaign.read")
def chosen(stores: Stores, campaign: Id) -> ChosenAnswer:
    """Which poster people may save in a campaign."""
    return command.chosen_told(stores, campaign)


@api_write(
    "PUT",
    "/api/campaigns/{campaign:int}/poster",
    "campaign.write",
    audits="campaign_poster_chosen",
    about="campaign:{campaign}",
)
def choose(stores: Stores, campaign: Id, data: ChosenBody) -> ChosenAnswer:
    """Choose it, at any stage of the campaign."""
    keeping.choose(stores, campaign, data.poster)
    note(poster=data.poster)
    return command.chosen_told(stores, campaign)


@api_read("/api/people/{person:int}/face", "people.read")
def face(stores: Stores, person: Id) -> FaceAnswer:
    """How somebody is shown on posters."""
    found = keeping.face_of(stores, person)
    return command.face_told(person, Face(seen(found.name), found.picture))


@api_write("PUT", "/api/people/{person:int}/face", "people.write", audits="face_set", about="person:{person}")
def set_face(stores: Stores, actor: Actor, person: Id, data: FaceBody) -> FaceAnswer:
    """Set name and portrait on posters. The picture is kept small and square; nothing else of the file stays."""
    made = keeping.set_face(stores, actor.tag, person, name=data.name, picture=_decoded(data.picture))
    return command.face_told(person, Face(seen(made.name), made.picture))


@api_write("DELETE", "/api/people/{person:int}/face", "people.write", audits="face_cleared", about="person:{person}")
def clear_face(stores: Stores, person: Id) -> None:
    """Back to the profile's name and no portrait."""
    keeping.clear_face(stores, person)


def _draft(body: PosterBody) -> Draft:
    return Draft(**{name: getattr(body, name) for name in PosterBody.__struct_fields__})


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("picture_broken", "图片应为 base64。", "A picture is in base64.", field="picture") from None


ROUTES = [
    *(list_all, add, one, change, archive, restore),
    *(picture, chosen, choose, face, set_face, clear_face),
]
