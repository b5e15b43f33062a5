"""A page as SVG. Words are words, in the viewer's font; photos are inside the file, so nothing is fetched."""

from __future__ import annotations

import base64
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

from siyu.growth.pictures.as_png import framed, logo_of, opaque
from siyu.growth.pictures.lettering import LINE, width_of
from siyu.growth.pictures.shapes import Code, Fill, Page, Photo, Words

if TYPE_CHECKING:
    from PIL.Image import Image

FONTS = "'Noto Sans SC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
_BASELINE = 0.5 + 0.36
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}


def svg_of(page: Page) -> bytes:
    """As large on paper as it says (mm)."""
    width, height = _number(page.width), _number(page.height)
    body = "".join(_drawn(shape) for shape in page.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(page.title)}"><rect width="{width}" height="{height}" fill="{page.paper}"/>'
        f"{body}</svg>"
    ).encode()


def _drawn(shape: Fill | Code | Photo | Words) -> str:
    if isinstance(shape, Fill):
        return _fill(shape)
    if isinstance(shape, Code):
        return _code(shape)
    if isinstance(shape, Photo):
        return _image(framed(shape), shape.x, shape.y, shape.width, shape.height)
    return _words(shape)


def _fill(fill: Fill) -> str:
    radius = f' rx="{_number(fill.radius)}"' if fill.radius else ""
    return f'<rect {_place(fill.x, fill.y, fill.width, fill.height)}{radius} fill="{fill.colour}"/>'


def _code(code: Code) -> str:
    scale = code.side / code.across
    path = "".join(f"M{column} {row}h{many}v1h-{many}z" for column, row, many in code.runs())
    parts = [
        f'<rect {_place(code.x, code.y, code.side, code.side)} fill="{code.light}"/>',
        f'<path transform="translate({_number(code.x)} {_number(code.y)}) scale({scale:.6f})" d="{path}" '
        f'fill="{code.dark}" shape-rendering="crispEdges"/>',
    ]
    if code.logo is not None:
        begin, many = code.plate()
        x, y, side = code.x + begin * scale, code.y + begin * scale, many * scale
        parts.append(f'<rect {_place(x, y, side, side)} fill="{code.light}"/>')
        parts.append(_image(logo_of(code, side - scale), x + scale / 2, y + scale / 2, side - scale, side - scale))
    return "".join(parts)


def _words(words: Words) -> str:
    step = words.size * LINE
    x = {"left": words.x, "center": words.x + words.width / 2, "right": words.x + words.width}[words.align]
    first = words.y + (step - words.size) / 2 + words.size * _BASELINE
    weight = ' font-weight="700"' if words.bold else ""
    lines = "".join(
        f'<text x="{_number(x)}" y="{_number(first + step * number)}"{_held(line, words)}>{escape(line)}</text>'
        for number, line in enumerate(words.lines)
    )
    style = f'font-size="{_number(words.size)}" fill="{words.colour}" text-anchor="{_ANCHORS[words.align]}"{weight}'
    return f'<g font-family="{FONTS}" {style}>{lines}</g>'


def _held(line: str, words: Words) -> str:
    """A line that fills most of its box is told its length: another font may not push it out."""
    wide = width_of(line, words.size)
    return f' textLength="{_number(wide)}" lengthAdjust="spacingAndGlyphs"' if wide > words.width * 0.8 else ""


def _image(picture: Image, x: float, y: float, width: float, height: float) -> str:
    kept = BytesIO()
    whole = opaque(picture)
    if whole:
        picture.convert("RGB").save(kept, "JPEG", quality=90)
    else:
        picture.save(kept, "PNG")
    data = base64.b64encode(kept.getvalue()).decode()
    kind = "jpeg" if whole else "png"
    return f'<image {_place(x, y, width, height)} href="data:image/{kind};base64,{data}"/>'


def _place(x: float, y: float, width: float, height: float) -> str:
    return f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
