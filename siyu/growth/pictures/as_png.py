"""A page as PNG, and photos made ready for every writer."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from siyu.growth.pictures.colours import rgb
from siyu.growth.pictures.lettering import LINE, font
from siyu.growth.pictures.safe import opened
from siyu.growth.pictures.shapes import DOTS, Code, Fill, Page, Photo, Words, dots

if TYPE_CHECKING:
    from PIL.Image import Image

BOLD = 0.022
"""Of an em: how much bolder bold is, on each side."""
QUALITY = 88
"""Of a JPEG."""


def png_of(page: Page, per_inch: int = DOTS) -> bytes:
    """With its size on paper (pHYs), so that it prints at its millimetres."""
    kept = BytesIO()
    painted(page, per_inch).save(kept, "PNG", dpi=(per_inch, per_inch))
    return kept.getvalue()


def jpeg_of(page: Page, per_inch: int = DOTS) -> bytes:
    """The same, smaller where a photo lies below; sharp enough for its codes."""
    kept = BytesIO()
    painted(page, per_inch).save(kept, "JPEG", quality=QUALITY, subsampling=0, dpi=(per_inch, per_inch))
    return kept.getvalue()


def painted(page: Page, per_inch: int = DOTS) -> Image:
    """The pixels, RGB."""
    from PIL import Image

    canvas = Image.new("RGB", (dots(page.width, per_inch), dots(page.height, per_inch)), rgb(page.paper))
    for shape in page.shapes:
        if isinstance(shape, Fill):
            _fill(canvas, shape, per_inch)
        elif isinstance(shape, Code):
            _code(canvas, shape, per_inch)
        elif isinstance(shape, Photo):
            ready = framed(shape, per_inch)
            canvas.paste(ready, (dots(shape.x, per_inch), dots(shape.y, per_inch)), ready)
        else:
            mask = lettered(shape, per_inch)
            canvas.paste(rgb(shape.colour), (dots(shape.x, per_inch), dots(shape.y, per_inch)), mask)
    return canvas


def framed(photo: Photo, per_inch: int = DOTS) -> Image:
    """Cut and scaled to its frame, RGBA."""
    from PIL import Image, ImageDraw, ImageOps

    size = (max(dots(photo.width, per_inch), 1), max(dots(photo.height, per_inch), 1))
    picture = opened(photo.content)
    if photo.fit == "contain":
        small = ImageOps.contain(picture, size, Image.Resampling.LANCZOS)
        frame = Image.new("RGBA", size, (255, 255, 255, 0))
        frame.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
        return frame
    frame = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    if photo.fit == "round":
        mask = Image.new("L", (size[0] * 2, size[1] * 2), 0)
        ImageDraw.Draw(mask).ellipse((0, 0, size[0] * 2 - 1, size[1] * 2 - 1), fill=255)
        alpha = mask.resize(size, Image.Resampling.LANCZOS)
        seen = Image.new("RGBA", size, (255, 255, 255, 0))
        seen.paste(frame, (0, 0), alpha)
        return seen
    return frame


def opaque(picture: Image) -> bool:
    """Whether nothing of it lets through what is below."""
    return picture.getchannel("A").getextrema() == (255, 255)


def lettered(words: Words, per_inch: int = DOTS) -> Image:
    """The lines as a mask (L), as wide as their box; a line never leaves it."""
    from PIL import Image, ImageDraw

    em = max(dots(words.size, per_inch), 1)
    step = words.size * LINE
    size = (max(dots(words.width, per_inch), 1), max(dots(step * len(words.lines), per_inch), 1))
    mask = Image.new("L", size, 0)
    pen = ImageDraw.Draw(mask)
    letters = font(em)
    stroke = round(em * BOLD) if words.bold else 0
    for number, line in enumerate(words.lines):
        over = size[0] - letters.getlength(line)
        left = {"left": 0.0, "center": over / 2, "right": over}[words.align]
        middle = dots(step * (number + 0.5), per_inch)
        pen.text((left, middle), line, fill=255, font=letters, anchor="lm", stroke_width=stroke)
    return mask


def logo_of(code: Code, side: float, per_inch: int = DOTS) -> Image:
    """The logo, whole, for a square of ``side`` mm."""
    assert code.logo is not None
    return framed(Photo(code.logo, 0, 0, side, side, "contain"), per_inch)


def _fill(canvas: Image, fill: Fill, per_inch: int) -> None:
    from PIL import ImageDraw

    left, top = dots(fill.x, per_inch), dots(fill.y, per_inch)
    right, bottom = dots(fill.x + fill.width, per_inch) - 1, dots(fill.y + fill.height, per_inch) - 1
    if right < left or bottom < top:
        return
    radius = dots(min(fill.radius, fill.width / 2, fill.height / 2), per_inch)
    ImageDraw.Draw(canvas).rounded_rectangle((left, top, right, bottom), radius=radius, fill=rgb(fill.colour))


def _code(canvas: Image, code: Code, per_inch: int) -> None:
    """Every module has the same whole number of pixels; what is over becomes quiet zone."""
    from PIL import ImageDraw

    _fill(canvas, Fill(code.x, code.y, code.side, code.side, code.light), per_inch)
    pen: Any = ImageDraw.Draw(canvas)
    wide = dots(code.side, per_inch)
    module = max(wide // code.across, 1)
    spare = (wide - module * code.across) // 2
    left, top = dots(code.x, per_inch) + spare, dots(code.y, per_inch) + spare
    dark = rgb(code.dark)
    for column, row, many in code.runs():
        x, y = left + column * module, top + row * module
        pen.rectangle((x, y, x + many * module - 1, y + module - 1), fill=dark)
    if code.logo is not None:
        begin, side = code.plate()
        x, y, full = left + round(begin * module), top + round(begin * module), round(side * module)
        pen.rectangle((x, y, x + full - 1, y + full - 1), fill=rgb(code.light))
        edge = module // 2
        from PIL import Image, ImageOps

        logo = ImageOps.contain(opened(code.logo, "logo"), (full - 2 * edge, full - 2 * edge), Image.Resampling.LANCZOS)
        canvas.paste(logo, (x + (full - logo.width) // 2, y + (full - logo.height) // 2), logo)
