"""Colours of a code, and whether a phone can tell them apart (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from siyu.storage import BadInput

CONTRAST_MIN = 4.5
"""Ratio of WCAG 2 (1.4.3): (lighter + .05) / (darker + .05)."""
APART_MIN = 0.55
"""Light's relative luminance minus dark's: the symbol contrast of grade B in ISO/IEC 15415."""
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Colours:
    """``#rrggbb`` each: of the modules, and of what lies around them."""

    dark: str = "#000000"
    light: str = "#ffffff"


PLAIN = Colours()
SCHEMES: Mapping[str, tuple[str, str, Colours]] = {
    "black": ("黑白", "Black on white", PLAIN),
    "teal": ("墨绿", "Deep teal", Colours("#0b5654", "#ffffff")),
    "navy": ("藏青", "Navy", Colours("#14305c", "#ffffff")),
    "wine": ("酒红", "Wine", Colours("#6d1030", "#fff7f2")),
    "kraft": ("牛皮纸", "Kraft paper", Colours("#2b1a0d", "#f0dcc0")),
}


def scheme(name: str) -> Colours:
    """Raises :class:`BadInput` for one that is not known."""
    if name not in SCHEMES:
        known = "、".join(SCHEMES)
        raise BadInput("colours_unknown", f"配色只有：{known}。", f"Colours are: {known}.", field="colours")
    return SCHEMES[name][2]


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green, blue from 0 to 255. Raises :class:`BadInput` for what is no ``#rrggbb``."""
    if not _HEX.fullmatch(colour.lower()):
        raise BadInput(
            "colour_unfit",
            "颜色写成 # 加六位十六进制，例如 #0b5654。",
            "A colour is # and six hexadecimal digits, for example #0b5654.",
            field="colours",
        )
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2, 0 to 1."""
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in _shares(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def check(colours: Colours) -> None:
    """Raise :class:`BadInput` where a scanner could fail: modules must be dark, and what is around them light."""
    dark, light = luminance(colours.dark), luminance(colours.light)
    if light - dark < APART_MIN or (light + 0.05) / (dark + 0.05) < CONTRAST_MIN:
        raise BadInput(
            "contrast_too_low",
            "两种颜色太接近，或码点比底色浅，手机可能扫不出。请让码点更深、底色更浅。",
            "The colours are too close, or the code is lighter than what is around it, so phones may fail to read it. "
            "Make the code darker or the background lighter.",
            field="colours",
        )


def _shares(colour: str) -> list[float]:
    return [each / 255 for each in rgb(colour)]
