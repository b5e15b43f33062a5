"""A poster of one person, drawn from what is given: nothing is fetched, and no name breaks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from siyu.growth.pictures.codes import code_at, written
from siyu.growth.pictures.colours import scheme
from siyu.growth.pictures.lettering import LINE, drawable, fitted
from siyu.growth.pictures.safe import PIXELS_MAX
from siyu.growth.pictures.shapes import DOTS, Fill, Page, Photo, Shape, Words, dots
from siyu.growth.posters.model import NAME, SIZES, Draft, Line, Size, Square
from siyu.storage import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

Format = Literal["jpg", "png", "svg", "pdf"]
MEDIA_TYPES: Mapping[str, str] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}
NAME_SHOWN_MAX = 14
"""Characters of a name that a poster shows; what is longer ends with “…”."""
PORTRAIT_PIXELS, LOGO_PIXELS = 320, 480
GROUND_QUALITY, PORTRAIT_QUALITY = 90, 85
PLATE, SILHOUETTE = "#cfe3e1", "#0b5654"
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Face:
    """How somebody is shown: a name as they have it, "" for none; ``picture``: a JPEG or PNG, None for none."""

    name: str = ""
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a poster carries for everybody, made ready (:func:`ready_ground`, :func:`ready_logo`)."""

    ground: bytes | None = None
    logo: bytes | None = None


NOBODY = Face()


def poster_of(draft: Draft, pictures: Pictures, link: str, face: Face, format: str, per_inch: int = DOTS) -> bytes:
    """The file. ``draft`` was checked before. Raises :class:`BadInput` for a link that can't be a code of its size, or
    for a format that is none."""
    page = page_of(draft, pictures, link, face)
    if format not in MEDIA_TYPES:
        known = "、".join(MEDIA_TYPES)
        raise BadInput("format_unknown", f"格式只有 {known}。", f"Formats are {known}.", field="format")
    if format == "jpg":
        from siyu.growth.pictures.as_png import jpeg_of

        return jpeg_of(page, per_inch)
    return written(page, format)


def page_of(draft: Draft, pictures: Pictures, link: str, face: Face) -> Page:
    """The shapes, the lowest first: ground, words, portrait, and the code on its own light plate above all."""
    size, layout = SIZES[draft.size], draft.layout
    shapes: list[Shape] = []
    if pictures.ground is not None:
        shapes.append(Photo(pictures.ground, 0, 0, size.width, size.height))
    for line in (layout.title, layout.name):
        if line is not None:
            shapes += _words(line, face.name)
    if layout.portrait is not None:
        shapes += _portrait(layout.portrait, face)
    code = layout.code
    shapes.append(code_at(link, code.x, code.y, code.side, scheme(draft.colours), pictures.logo))
    return Page(size.width, size.height, draft.paper, shapes, draft.name)


def called(name: str, pattern: str = "") -> str:
    """A name as a poster shows it: one line, without what the font lacks; a friend where nothing is left of it."""
    plain = " ".join(drawable(" ".join(name.split())).split())
    if not plain:
        return "好友" if _HAN.search(pattern) or not pattern.replace(NAME, "").strip() else "A friend"
    return plain if len(plain) <= NAME_SHOWN_MAX else plain[: NAME_SHOWN_MAX - 1].rstrip() + "…"


def _words(line: Line, name: str) -> list[Shape]:
    """In the middle of their box, from top to bottom."""
    text = line.text.replace(NAME, called(name, line.text)) if NAME in line.text else line.text
    lines, em = fitted(text, line.width, line.height, line.size)
    if not lines:
        return []
    top = line.y + max(line.height - len(lines) * em * LINE, 0) / 2
    return [Words(lines, line.x, top, line.width, em, line.colour, line.align, line.bold)]


def _portrait(place: Square, face: Face) -> list[Shape]:
    """Their picture in a circle; without one the first sign of their name, or the outline of a person."""
    x, y, side = place.x, place.y, place.side
    if face.picture is not None:
        return [Photo(face.picture, x, y, side, side, "round")]
    plate = Fill(x, y, side, side, PLATE, side / 2)
    first = called(face.name)[:1] if drawable(face.name).strip() else ""
    if first:
        em = side * 0.5
        return [plate, Words([first], x, y + (side - em * LINE) / 2, side, em, SILHOUETTE, "center", bold=True)]
    head = Fill(x + side * 0.36, y + side * 0.2, side * 0.28, side * 0.28, SILHOUETTE, side * 0.14)
    return [plate, head, Fill(x + side * 0.24, y + side * 0.54, side * 0.52, side * 0.26, SILHOUETTE, side * 0.13)]


# -- pictures from outside, made ready ----------------------------------------------------------------------


@lru_cache(maxsize=4)
def ready_ground(content: bytes, size: Size, paper: str) -> bytes:
    """A background as it is printed: filling the paper at 300 dots to the inch, JPEG, nothing else of the file left.
    Raises :class:`BadInput` at ``background``."""
    from PIL import Image, ImageOps

    from siyu.growth.pictures.colours import rgb
    from siyu.growth.pictures.safe import opened

    whole = (dots(size.width), dots(size.height))
    fitting = ImageOps.fit(opened(content, "background"), whole, Image.Resampling.LANCZOS)
    ground = Image.new("RGB", whole, rgb(paper))
    ground.paste(fitting, (0, 0), fitting)
    return _jpeg(ground, GROUND_QUALITY)


def ready_logo(content: bytes) -> bytes:
    """A logo no larger than a code needs. Raises :class:`BadInput` at ``logo``."""
    from siyu.growth.pictures.safe import opened

    logo = opened(content, "logo")
    logo.thumbnail((LOGO_PIXELS, LOGO_PIXELS))
    kept = BytesIO()
    logo.save(kept, "PNG")
    return kept.getvalue()


def ready_portrait(content: bytes, pixels_max: int = PIXELS_MAX) -> bytes:
    """A portrait as it is kept: a small square JPEG from its middle. Raises :class:`BadInput` at ``picture``."""
    from PIL import Image, ImageOps

    from siyu.growth.pictures.safe import opened

    whole = (PORTRAIT_PIXELS, PORTRAIT_PIXELS)
    fitting = ImageOps.fit(opened(content, "picture", pixels_max), whole, Image.Resampling.LANCZOS)
    portrait = Image.new("RGB", whole, (255, 255, 255))
    portrait.paste(fitting, (0, 0), fitting)
    return _jpeg(portrait, PORTRAIT_QUALITY)


def _jpeg(picture: Image, quality: int) -> bytes:
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=quality)
    return kept.getvalue()
