"""What a page holds, in millimetres from its upper left corner; the writers (png, svg, pdf) draw the same shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

DOTS = 300
"""Per inch: what a print shop asks for."""
INCH_MM = 25.4
QUIET = 4
"""Modules left free on every side (ISO/IEC 18004)."""
LOGO_SHARE = 0.22
"""Of the code's side: 5% of its area, where level H can lose 30% of its words."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One plane of colour. ``radius`` of its corners."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Code:
    """``modules[row][column]`` is 1 where it is dark, without the quiet zone; ``side`` is with it. ``logo``: a PNG or
    JPEG, drawn in the middle on a plate of the light colour."""

    modules: Sequence[bytes]
    x: float
    y: float
    side: float
    dark: str
    light: str
    logo: bytes | None = None

    @property
    def across(self) -> int:
        """Modules on a side, with the quiet zone."""
        return len(self.modules) + 2 * QUIET

    def plate(self) -> tuple[float, float]:
        """Of the logo, in modules: where it begins (in both directions, with the quiet zone) and its side. It covers
        whole modules and lies in the very middle."""
        many = len(self.modules)
        side = int(many * LOGO_SHARE)
        side -= (many - side) % 2  # an odd code has an odd plate
        return QUIET + (many - side) / 2, side

    def runs(self) -> list[tuple[int, int, int]]:
        """Dark modules as strips: column, row, length (with the quiet zone counted in)."""
        found: list[tuple[int, int, int]] = []
        for row, line in enumerate(self.modules):
            start = 0
            while start < len(line):
                if not line[start]:
                    start += 1
                    continue
                end = start
                while end < len(line) and line[end]:
                    end += 1
                found.append((start + QUIET, row + QUIET, end - start))
                start = end
        return found


@dataclass(frozen=True, slots=True)
class Photo:
    """A PNG or JPEG in a frame: *cover* fills it and loses what is over, *contain* shows all of it, *round* is cover
    in a circle (or ellipse)."""

    content: bytes
    x: float
    y: float
    width: float
    height: float
    fit: Literal["cover", "contain", "round"] = "cover"


@dataclass(frozen=True, slots=True)
class Words:
    """Lines that were fitted before (:mod:`lettering`): ``size`` is an em, ``y`` the upper edge of the first line."""

    lines: Sequence[str]
    x: float
    y: float
    width: float
    size: float
    colour: str
    align: Literal["left", "center", "right"] = "left"
    bold: bool = False


Shape = Fill | Code | Photo | Words


@dataclass(frozen=True, slots=True)
class Page:
    """One picture: its size in mm, its paper, and what lies on it, the first lowest."""

    width: float
    height: float
    paper: str
    shapes: Sequence[Shape]
    title: str = ""


def dots(mm: float, per_inch: int = DOTS) -> int:
    """Millimetres as pixels."""
    return round(mm / INCH_MM * per_inch)
