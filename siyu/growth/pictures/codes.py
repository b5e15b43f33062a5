"""Any link as a code: the picture alone (``picture_of``), or on a sheet with a caption (``print_of``)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from siyu.growth.pictures.colours import PLAIN, Colours, check
from siyu.growth.pictures.lettering import fitted
from siyu.growth.pictures.shapes import DOTS, INCH_MM, QUIET, Code, Page, Shape, Words
from siyu.storage import BadInput

Format = Literal["png", "svg", "pdf"]
MEDIA_TYPES: Mapping[str, str] = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
LINK_CHARACTERS_MAX = 600
MODULE_DOTS_MIN = 4
"""At 300 to the inch: a module of 0.34 mm, which phones read from a hand's breadth."""
SIZE_MM_MIN, SIZE_MM_MAX = 10.0, 1_000.0
PIXELS_MAX = 36_000_000
CAPTION_CHARACTERS_MAX = 120
_SCHEMES = ("http", "https", "weixin", "alipays", "tel", "mailto")
_RESERVED = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A print size: the paper and the code on it, in mm. ``words``: an em of the caption."""

    zh: str
    en: str
    width: float
    height: float
    code: float
    words: float


SHEETS: Mapping[str, Sheet] = {
    "parcel": Sheet("包裹卡 3 厘米", "Parcel card, 3 cm", 30, 38, 30, 3.2),
    "counter": Sheet("台卡 8 厘米", "Counter stand, 8 cm", 80, 98, 80, 7),
    "a4": Sheet("A4 海报", "A4", 210, 297, 150, 14),
    "a3": Sheet("A3 海报", "A3", 297, 420, 210, 20),
}


def as_printed(link: str) -> str:
    """The link as it stands in the code: ASCII, with what is not ASCII percent-encoded. Raises :class:`BadInput`."""
    link = link.strip()
    try:
        parts = urlsplit(link)
        host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    except ValueError:  # UnicodeError is one
        parts, host = urlsplit(""), ""
    spaced = re.search(r"[\s\x00-\x1f\x7f]", link)
    if parts.scheme not in _SCHEMES or spaced or (parts.scheme.startswith("http") and not host):
        raise BadInput(
            "link_unfit",
            "请填写完整的链接，以 https:// 或 http:// 开头，中间没有空格。",
            "Give a whole link that begins with https:// or http:// and has no spaces.",
            field="link",
        )
    try:
        plain = urlunsplit(parts._replace(netloc=host)) if host != parts.netloc else link
        made = quote(plain, safe=_RESERVED + "".join(map(chr, range(0x21, 0x7F))))
    except UnicodeEncodeError:
        raise BadInput(
            "link_unfit", "链接里有无法编码的字符。", "The link has a broken character.", field="link"
        ) from None
    if len(made) > LINK_CHARACTERS_MAX:
        raise BadInput(
            "link_too_long",
            f"链接最多 {LINK_CHARACTERS_MAX} 个字符（中文编码后按 9 个算）。请先换成短链接。",
            f"A link has at most {LINK_CHARACTERS_MAX} characters (a Chinese one counts as 9). Shorten it first.",
            field="link",
        )
    return made


def code_at(link: str, x: float, y: float, side: float, colours: Colours = PLAIN, logo: bytes | None = None) -> Code:
    """The code of a link as a shape of ``side`` mm, quiet zone included. With a logo it is of level H (30% may be
    lost), else Q (25%). Raises :class:`BadInput`: link, contrast, or too much for the size."""
    import segno

    check(colours)
    made = segno.make(as_printed(link), error="h" if logo else "q", micro=False, boost_error=False)
    modules = [bytes(row) for row in made.matrix]
    least = math.ceil((len(modules) + 2 * QUIET) * MODULE_DOTS_MIN / DOTS * INCH_MM)
    if side < least:
        raise BadInput(
            "code_too_small",
            f"链接太长，这个尺寸下码点太密，手机可能扫不出。请把链接改短，或至少印 {least} 毫米。",
            f"With so long a link the code is too dense at this size. Shorten it, or print it at {least} mm at least.",
            field="size_mm",
        )
    return Code(modules, x, y, side, colours.dark, colours.light, logo)


def picture_of(
    link: str,
    *,
    logo: bytes | None = None,
    size_mm: float = 30.0,
    format: Format = "png",
    colours: Colours = PLAIN,
) -> bytes:
    """A square picture of the code, ``size_mm`` wide with its quiet zone, 300 dots to the inch where it has dots.

    ``logo``: a PNG or JPEG as somebody gave it. Raises :class:`BadInput` at ``link``, ``logo``, ``size_mm``,
    ``colours`` or ``format``.
    """
    _check_size(size_mm)
    code = code_at(link, 0, 0, size_mm, colours, _checked(logo))
    return written(Page(size_mm, size_mm, colours.light, [code], "QR"), format)


def print_of(
    link: str,
    sheet: str,
    *,
    caption: str = "",
    logo: bytes | None = None,
    format: Format = "pdf",
    colours: Colours = PLAIN,
) -> bytes:
    """The code on a sheet of :data:`SHEETS`, its caption below. Raises :class:`BadInput`."""
    if sheet not in SHEETS:
        known = "、".join(SHEETS)
        raise BadInput("sheet_unknown", f"印刷尺寸只有：{known}。", f"Print sizes are: {known}.", field="sheet")
    return written(sheet_of(link, SHEETS[sheet], caption, _checked(logo), colours), format)


def sheet_of(link: str, size: Sheet, caption: str, logo: bytes | None, colours: Colours) -> Page:
    """Code and caption together in the middle of the paper."""
    if len(caption) > CAPTION_CHARACTERS_MAX:
        raise BadInput(
            "caption_too_long",
            f"说明最多 {CAPTION_CHARACTERS_MAX} 字。",
            f"A caption has at most {CAPTION_CHARACTERS_MAX} characters.",
            field="caption",
        )
    room = min(size.height - size.code, size.words * 1.35 * 3)
    top = (size.height - size.code - room) / 2
    left = (size.width - size.code) / 2
    shapes: list[Shape] = [code_at(link, left, top, size.code, colours, logo)]
    edge = size.code / 15
    lines, em = fitted(caption, size.code - 2 * edge, room, size.words)
    if lines:
        shapes.append(
            Words(lines, left + edge, top + size.code, size.code - 2 * edge, em, colours.dark, "center", bold=True)
        )
    return Page(size.width, size.height, colours.light, shapes, caption or "QR")


def written(page: Page, format: str) -> bytes:
    """A page in one of the three formats. Raises :class:`BadInput` for another."""
    if format == "svg":
        from siyu.growth.pictures.as_svg import svg_of

        return svg_of(page)
    if format == "pdf":
        from siyu.growth.pictures.as_pdf import pdf_of

        return pdf_of(page)
    if format == "png":
        from siyu.growth.pictures.as_png import png_of

        if (page.width / INCH_MM * DOTS) * (page.height / INCH_MM * DOTS) > PIXELS_MAX:
            raise BadInput(
                "picture_too_many_pixels",
                "这么大的 PNG 放不下：请用 PDF 或 SVG（矢量，不限大小）。",
                "Too large for a PNG: take PDF or SVG, which have no pixels.",
                field="format",
            )
        return png_of(page)
    raise BadInput("format_unknown", "格式只有 png、svg、pdf。", "Formats are png, svg and pdf.", field="format")


def _checked(logo: bytes | None) -> bytes | None:
    from siyu.growth.pictures.safe import opened

    if logo is not None:
        opened(logo, "logo")
    return logo


def _check_size(size_mm: float) -> None:
    if not SIZE_MM_MIN <= size_mm <= SIZE_MM_MAX:
        raise BadInput(
            "size_unfit",
            f"边长 {SIZE_MM_MIN:.0f} 到 {SIZE_MM_MAX:.0f} 毫米。",
            f"A side has {SIZE_MM_MIN:.0f} to {SIZE_MM_MAX:.0f} mm.",
            field="size_mm",
        )
