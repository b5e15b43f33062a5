"""Words that stay in their box: the font, how wide words are, where lines break, how small they get.

The font is Noto Sans SC of a package that this one depends on, so a machine without Chinese fonts draws the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

LINE = 1.35
"""From line to line, in em."""
SIZE_MIN = 1.6
"""Millimetres: smaller is not read on paper."""
_MEASURED_AT = 100
_SHRINK = 0.92
CHARACTERS_MAX = 2_000
_PIECES = re.compile(r"[A-Za-z0-9@._%+#'’&:/-]+[,.!?;]*| +|.")
_NO_START = "，。！？、；：）》”’】…,.!?;:)]"


@lru_cache(maxsize=64)
def font(pixels: int) -> FreeTypeFont:
    """The font at this size."""
    from PIL import ImageFont
    from pylopdf_fonts_zh_cn import sans_path

    return ImageFont.truetype(str(sans_path()), pixels)


@lru_cache(maxsize=8_192)
def _known(sign: str) -> bool:
    if sign.isspace():
        return True
    if not sign.isprintable():
        return False
    return _seen(sign) != _seen("\uffff")


def _seen(sign: str) -> bytes:
    from PIL import Image, ImageDraw

    canvas = Image.new("L", (48, 48), 0)
    ImageDraw.Draw(canvas).text((4, 4), sign, fill=255, font=font(32))
    return canvas.tobytes()


def drawable(text: str) -> str:
    """Without what the font lacks (emoji in people's names, mostly) and without control characters."""
    return "".join(sign for sign in text[:CHARACTERS_MAX] if sign == "\n" or (sign >= " " and _known(sign)))


def width_of(text: str, size: float) -> float:
    """Of one line at this em, in the unit of ``size``."""
    return font(_MEASURED_AT).getlength(text) / _MEASURED_AT * size


def fitted(text: str, width: float, height: float, size: float) -> tuple[list[str], float]:
    """The lines and their em (mm) in a box of ``width`` × ``height`` mm: as large as asked, else smaller down to
    ``SIZE_MIN``, and then cut with “…”. An empty text has no lines."""
    text = drawable(text).strip()
    if not text:
        return [], size
    floor = min(SIZE_MIN, size, height / LINE)
    while True:
        lines = _broken(text, width, size)
        if len(lines) * size * LINE <= height + 1e-6 and all(width_of(line, size) <= width for line in lines):
            return lines, size
        if size <= floor:
            return _cut(lines, width, height, size), size
        size = max(size * _SHRINK, floor)


def _broken(text: str, width: float, size: float) -> list[str]:
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph, width, size):
            if line and width_of((line + piece).rstrip(), size) > width and piece not in _NO_START:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return lines


def _pieces(paragraph: str, width: float, size: float) -> list[str]:
    """Words and single Chinese signs; a word wider than the box goes sign by sign."""
    found: list[str] = []
    for piece in _PIECES.findall(paragraph):
        found += [piece] if width_of(piece, size) <= width else list(piece)
    return found


def _cut(lines: list[str], width: float, height: float, size: float) -> list[str]:
    room = max(int((height + 1e-6) / (size * LINE)), 1)
    kept = lines[:room]
    if len(lines) > room:
        kept[-1] += "…"
    return [_shortened(line, width, size) for line in kept]


def _shortened(line: str, width: float, size: float) -> str:
    if width_of(line, size) <= width:
        return line
    line = line.rstrip("…")
    while line and width_of(line + "…", size) > width:
        line = line[:-1]
    return line + "…" if line else ""
