"""What the page, the API and ``siyu picture make`` ask for: a picture of a link, with a logo from the media."""

from __future__ import annotations

from dataclasses import dataclass

from siyu.channels.media import get_medium
from siyu.growth.pictures.codes import Format, picture_of, print_of
from siyu.growth.pictures.colours import scheme
from siyu.storage import BadInput, Stores

SQUARE = "square"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``sheet``: a print size, or ``square`` for the code alone, ``size_mm`` wide; ``logo``: the sha-256 of a picture
    in the media, empty for none; ``colours``: the name of a scheme."""

    link: str
    sheet: str = SQUARE
    size_mm: float = 30.0
    format: Format = "png"
    colours: str = "black"
    caption: str = ""
    logo: str = ""


def made(stores: Stores, wanted: Wanted) -> bytes:
    """The picture. Raises :class:`BadInput` at the field, :class:`NotFound` for a logo that is not kept."""
    colours = scheme(wanted.colours)
    logo = _logo(stores, wanted.logo) if wanted.logo else None
    if wanted.sheet != SQUARE:
        return print_of(
            wanted.link, wanted.sheet, caption=wanted.caption, logo=logo, format=wanted.format, colours=colours
        )
    if wanted.caption:
        raise BadInput(
            "caption_needs_sheet",
            "只印码时没有放说明文字的地方：请选一种印刷尺寸，或清空说明。",
            "The code alone has no room for a caption: choose a print size, or leave the caption out.",
            field="caption",
        )
    return picture_of(wanted.link, logo=logo, size_mm=wanted.size_mm, format=wanted.format, colours=colours)


def _logo(stores: Stores, sha256: str) -> bytes:
    return get_medium(stores, sha256)[1]
