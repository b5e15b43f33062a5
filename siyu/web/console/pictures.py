"""Acquire → codes to print: any link as a code, in print sizes, with a logo and a caption."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar.response import Response

from siyu.channels import media
from siyu.growth.pictures.codes import CAPTION_CHARACTERS_MAX, LINK_CHARACTERS_MAX, MEDIA_TYPES, SHEETS
from siyu.growth.pictures.colours import SCHEMES
from siyu.growth.pictures.command import SQUARE, Wanted, made
from siyu.storage import BadInput, Stores
from siyu.web import menu
from siyu.web.current import t
from siyu.web.forms import Form
from siyu.web.routes import page
from siyu.web.view import Html, View

menu.page("acquire", "/pictures", "印刷码", "Codes to print", permission="code.read", order=20)

Text = Annotated[str, msgspec.Meta(max_length=2_000)]
FIELDS = ("link", "sheet", "size_mm", "colours", "caption", "logo")
FORMATS = tuple(MEDIA_TYPES)
SIZE_CHARACTERS_MAX = 12


@page("/pictures", "code.read")
def show(
    view: View,
    stores: Stores,
    link: Text = "",
    sheet: Text = "parcel",
    size_mm: Text = "30",
    colours: Text = "black",
    caption: Text = "",
    logo: Text = "",
) -> Html:
    """The form and, once there is a link, the picture and its files. Nothing is kept: the address says it all."""
    form = Form.showing(link=link, sheet=sheet, size_mm=size_mm, colours=colours, caption=caption, logo=logo)
    if link:
        with form.errors_kept():
            made(stores, wanted_of(link, sheet, size_mm, colours, caption, logo, "svg"))
    asked = urlencode({name: form.get(name) for name in FIELDS})
    images = [("", t("不放", "None")), *((each.sha256, each.name) for each in media.all_media(stores, "image"))]
    fields: dict[str, Any] = {
        "form": form,
        "drawn": bool(link) and form.ok,
        "asked": asked,
        "images": images,
        "sheets": [
            *((name, t(each.zh, each.en)) for name, each in SHEETS.items()),
            (SQUARE, t("只要码", "Code alone")),
        ],
        "schemes": [(name, t(zh, en)) for name, (zh, en, _) in SCHEMES.items()],
        "formats": FORMATS,
        "characters": (LINK_CHARACTERS_MAX, CAPTION_CHARACTERS_MAX),
    }
    return (
        view.render("acquire/pictures.html", **fields) if form.ok else view.invalid("acquire/pictures.html", **fields)
    )


@page("/pictures/file", "code.read")
def file(
    stores: Stores,
    link: Text,
    sheet: Text = SQUARE,
    size_mm: Text = "30",
    colours: Text = "black",
    caption: Text = "",
    logo: Text = "",
    format: Text = "png",
    shown: bool = False,
) -> Response[bytes]:
    """The picture itself, to be saved, or ``shown`` in the page."""
    content = made(stores, wanted_of(link, sheet, size_mm, colours, caption, logo, format))
    kept = "inline" if shown else "attachment"
    return Response(
        content,
        media_type=MEDIA_TYPES[format],
        headers={
            "content-disposition": f'{kept}; filename="code-{sheet}.{format}"',
            "cache-control": "private, no-store",
        },
    )


def wanted_of(link: str, sheet: str, size_mm: str, colours: str, caption: str, logo: str, format: str) -> Wanted:
    """What texts of a query ask for. Raises :class:`BadInput`."""
    if format not in MEDIA_TYPES:
        raise BadInput("format_unknown", "格式只有 png、svg、pdf。", "Formats are png, svg and pdf.", field="format")
    try:
        size = float(size_mm[:SIZE_CHARACTERS_MAX] or "30")
    except ValueError:
        size = 0.0  # is refused with the bounds
    return Wanted(link, sheet, size, format, colours, caption, logo)  # pyright: ignore[reportArgumentType]


ROUTES = [show, file]
