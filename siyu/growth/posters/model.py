"""What a poster is: its paper, and the places of code, portrait and words on it, in millimetres. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from siyu.growth.pictures.colours import rgb, scheme
from siyu.storage import BadInput

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in mm."""

NAME_CHARACTERS_MAX = 60
TEXT_CHARACTERS_MAX = 80
NAME = "{name}"
"""Stands in a line for the person's name."""
CODE_MM_MIN = 30.0
"""Three centimetres: what a phone reads from a hand's breadth, also with a logo."""
PORTRAIT_MM_MIN, WORDS_MM_MIN, WORDS_MM_MAX = 6.0, 1.6, 60.0


@dataclass(frozen=True, slots=True)
class Size:
    """Paper in mm; at 300 dots to the inch the phone's has 1063 × 1890 pixels."""

    zh: str
    en: str
    width: float
    height: float


SIZES: Mapping[str, Size] = {
    "phone": Size("手机海报 9:16", "Phone, 9:16", 90, 160),
    "square": Size("方图 1:1", "Square", 100, 100),
    "card": Size("名片 90 × 54 毫米", "Card, 90 × 54 mm", 90, 54),
    "a4": Size("A4 印刷", "A4 print", 210, 297),
}


class Square(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place of code or portrait: upper left corner and side, in mm."""

    x: float
    y: float
    side: float

    @property
    def box(self) -> Box:
        """Its edges."""
        return self.x, self.y, self.x + self.side, self.y + self.side


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words in a box of `width` × `height` mm: as large as `size` (an em in mm), smaller where they would not fit.
    `{name}` is the person's name. `colour`: `#rrggbb`."""

    text: str
    x: float
    y: float
    width: float
    height: float
    size: float
    colour: str = "#18262c"
    align: Literal["left", "center", "right"] = "center"
    bold: bool = False

    @property
    def box(self) -> Box:
        """Its edges."""
        return self.x, self.y, self.x + self.width, self.y + self.height


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where everything is. Only the code has to be there."""

    code: Square
    portrait: Square | None = None
    name: Line | None = None
    title: Line | None = None

    def places(self) -> dict[str, Box]:
        """Place → its box, of those that are there."""
        found = {"code": self.code, "portrait": self.portrait, "name": self.name, "title": self.title}
        return {key: each.box for key, each in found.items() if each is not None}


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A poster as somebody writes it. `size`: `phone`, `square`, `card` or `a4`. `background`, `logo`: the sha-256 of
    pictures among the media, empty for none; `paper`: the colour where there is no background; `colours` of the code:
    `black`, `teal`, `navy`, `wine` or `kraft`."""

    name: str
    layout: Layout
    size: str = "phone"
    background: str = ""
    paper: str = "#e4f1f0"
    colours: str = "black"
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Poster:
    """See the table; without its pictures."""

    id: int
    name: str
    size: str
    background: str
    paper: str
    colours: str
    logo: str
    layout: Layout
    archived: datetime | None
    created: datetime
    changed: datetime
    by: str

    @property
    def draft(self) -> Draft:
        """As it would be written."""
        return Draft(self.name, self.layout, self.size, self.background, self.paper, self.colours, self.logo)


STARTS: Mapping[str, Layout] = {
    "phone": Layout(
        Square(27, 104, 36),
        Square(36, 52, 18),
        Line("{name} 邀请您", 10, 73, 70, 10, 6),
        Line("新朋友有礼", 8, 18, 74, 22, 12, "#0b5654", bold=True),
    ),
    "square": Layout(
        Square(62, 62, 34),
        Square(8, 66, 16),
        Line("{name} 邀请您", 27, 68, 32, 12, 5, align="left"),
        Line("新朋友有礼", 8, 14, 84, 26, 12, "#0b5654", bold=True),
    ),
    "card": Layout(
        Square(56, 12, 30),
        Square(6, 28, 14),
        Line("{name} 邀请您", 22, 29, 32, 12, 4, align="left"),
        Line("新朋友有礼", 6, 8, 48, 14, 7, "#0b5654", "left", bold=True),
    ),
    "a4": Layout(
        Square(70, 190, 70),
        Square(85, 92, 40),
        Line("{name} 邀请您", 25, 138, 160, 22, 13),
        Line("新朋友有礼", 20, 32, 170, 44, 28, "#0b5654", bold=True),
    ),
}
"""Where a new poster begins."""


def checked(draft: Draft) -> Draft:
    """The draft, tidied. Raises :class:`BadInput` at the field: what lies off the paper, a code too small, anything on
    the code."""
    name = draft.name.strip()
    _require(0 < len(name) <= NAME_CHARACTERS_MAX, "name", f"请填写名称，最多 {NAME_CHARACTERS_MAX} 字。", "Name it.")
    _require(draft.size in SIZES, "size", f"尺寸只有：{'、'.join(SIZES)}。", f"Sizes are: {', '.join(SIZES)}.")
    scheme(draft.colours)
    named = _line("name", draft.layout.name)
    _require(
        named is None or NAME in named.text,
        "name.text",
        f"这一行要写上 {NAME}，出图时换成客户的名字。",
        f"This line has to hold {NAME}, which becomes the person's name.",
    )
    layout = Layout(draft.layout.code, draft.layout.portrait, named, _line("title", draft.layout.title))
    paper = _colour("paper", draft.paper)
    for place, box in layout.places().items():
        _on_paper(place, box, SIZES[draft.size])
    _require(
        layout.code.side >= CODE_MM_MIN,
        "code.side",
        f"码至少 {CODE_MM_MIN:.0f} 毫米见方，手机才扫得稳。",
        f"A code has at least {CODE_MM_MIN:.0f} mm a side, or phones may fail.",
    )
    portrait = layout.portrait
    _require(
        portrait is None or portrait.side >= PORTRAIT_MM_MIN,
        "portrait.side",
        f"头像至少 {PORTRAIT_MM_MIN:.0f} 毫米。",
        f"A portrait has at least {PORTRAIT_MM_MIN:.0f} mm.",
    )
    for place, box in layout.places().items():
        _require(
            place == "code" or not _touch(box, layout.code.box),
            f"{place}.x",
            "不能压在码上（含四周留白）。",
            "Nothing may lie on the code (with its margin).",
        )
    return msgspec.structs.replace(draft, name=name, paper=paper, layout=layout)


def _line(place: str, line: Line | None) -> Line | None:
    if line is None:
        return None
    text = " ".join(line.text.split())
    _require(
        0 < len(text) <= TEXT_CHARACTERS_MAX and text.isprintable(),
        f"{place}.text",
        f"请填写文字，最多 {TEXT_CHARACTERS_MAX} 字；不要这一行请清空。",
        f"Give it words, at most {TEXT_CHARACTERS_MAX} characters.",
    )
    fits = math.isfinite(line.size) and WORDS_MM_MIN <= line.size <= WORDS_MM_MAX
    low, high = f"{WORDS_MM_MIN:g}", f"{WORDS_MM_MAX:g}"
    _require(fits, f"{place}.size", f"字号 {low} 到 {high} 毫米。", f"Letters have {low} to {high} mm.")
    return msgspec.structs.replace(line, text=text, colour=_colour(f"{place}.colour", line.colour))


def _colour(field: str, colour: str) -> str:
    fit = colour.strip().lower()
    try:
        rgb(fit)
    except BadInput as error:
        raise BadInput(error.code, error.zh, error.en, field=field) from None
    return fit


def _on_paper(place: str, box: Box, size: Size) -> None:
    left, top, right, bottom = box
    real = all(math.isfinite(edge) for edge in box)
    _require(
        real and 0 <= left < right <= size.width + 1e-6,
        f"{place}.x",
        f"超出了纸面：宽 {size.width:g} 毫米。",
        f"Off the paper, which is {size.width:g} mm wide.",
    )
    _require(
        0 <= top < bottom <= size.height + 1e-6,
        f"{place}.y",
        f"超出了纸面：高 {size.height:g} 毫米。",
        f"Off the paper, which is {size.height:g} mm high.",
    )


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _require(fit: bool, field: str, zh: str, en: str) -> None:
    if not fit:
        raise BadInput("poster_field", zh, en, field=field)
