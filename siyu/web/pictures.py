"""Grids of shaded cells as pictures (SVG): the retention triangle and the RFM grid, to be put into a report or a chat.

Drawn here, so that a picture needs no browser; the console turns one into a PNG where that is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from litestar.response import Response

from siyu.web.insight_words import shade

ACCENT, PAPER, INK, SOFT = (11, 107, 105), (255, 255, 255), "#18262c", "#5d6b73"
FONT = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',system-ui,sans-serif"
CELL_HEIGHT, GAP, MARGIN, HEAD = 46, 4, 24, 74
HAN_WIDTH, LATIN_WIDTH = 12.5, 7.2  # of a character at 12 pixels, a little more than it takes


@dataclass(frozen=True, slots=True)
class Cell:
    """``share`` (0 to 1) is the depth of its shade; ``open``: still running."""

    large: str
    small: str
    share: float
    open: bool = False


def grid(
    title: str,
    subtitle: str,
    across: Sequence[str],
    down: Sequence[Sequence[str]],
    cells: Sequence[Sequence[Cell | None]],
    *,
    cell_width: int = 74,
) -> str:
    """An SVG. ``down`` gives each row's texts before its cells (cohort and size); ``None`` leaves a place empty."""
    widths = [max(_width(row[place]) for row in down) + 18 for place in range(len(down[0]))] if down else []
    left = MARGIN + sum(widths)
    width = max(left + len(across) * (cell_width + GAP), MARGIN + _width(title) * 1.5, MARGIN + _width(subtitle))
    height = HEAD + 24 + len(down) * (CELL_HEIGHT + GAP) + MARGIN
    parts = [
        _text(MARGIN, 34, title, 18, INK, weight=600),
        _text(MARGIN, 56, subtitle, 12, SOFT),
        *(
            _text(left + place * (cell_width + GAP) + cell_width / 2, HEAD + 12, words, 12, SOFT, "middle")
            for place, words in enumerate(across)
        ),
    ]
    for number, (row, shaded) in enumerate(zip(down, cells, strict=True)):
        top = HEAD + 24 + number * (CELL_HEIGHT + GAP)
        start = float(MARGIN)
        for place, words in enumerate(row):
            end = start + widths[place] - 18
            where, anchor = (start, "start") if not place else (end, "end")
            parts.append(_text(where, top + CELL_HEIGHT / 2 + 4, words, 12, SOFT if place else INK, anchor))
            start += widths[place]
        for place, cell in enumerate(shaded):
            if cell is not None:
                parts.append(_cell(left + place * (cell_width + GAP), top, cell_width, cell))
    body = "".join(parts)
    size = f'width="{width + MARGIN:.0f}" height="{height}" viewBox="0 0 {width + MARGIN:.0f} {height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" role="img" aria-label="{escape(title)}">'
        f'<rect width="100%" height="100%" fill="rgb{PAPER}"/>{body}</svg>'
    )


def _cell(left: float, top: float, width: int, cell: Cell) -> str:
    percent, deep = shade(cell.share)
    mixed = tuple(round(paper + (accent - paper) * percent / 100) for accent, paper in zip(ACCENT, PAPER, strict=True))
    ink = "#fff" if deep else INK
    dashed = ' stroke="#5d6b73" stroke-dasharray="3 3"' if cell.open else ""
    middle = left + width / 2
    return (
        f'<rect x="{left:.1f}" y="{top}" width="{width}" height="{CELL_HEIGHT}" rx="5" fill="rgb{mixed}"{dashed}/>'
        + _text(middle, top + 20, cell.large, 13, ink, "middle", 600)
        + _text(middle, top + 37, cell.small, 11, ink, "middle")
    )


def _text(x: float, y: float, words: str, size: int, fill: str, anchor: str = "start", weight: int = 400) -> str:
    style = f'font-size="{size}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def _width(words: str) -> float:
    return sum(HAN_WIDTH if ord(sign) > 0x2E7F else LATIN_WIDTH for sign in words)


def svg_file(name: str, picture: str) -> Response[bytes]:
    """A picture as a download."""
    return Response(
        picture.encode(),
        media_type="image/svg+xml",
        headers={
            "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.svg",
            "cache-control": "no-store",
        },
    )
