"""Plans and days of the calendar. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

CHANNELS: Mapping[str, tuple[str, str]] = {
    "broadcast": ("群发", "Broadcast"),
    "group_post": ("社群", "Group post"),
    "moment": ("朋友圈", "Moment"),
    "article": ("公众号", "Article"),
    "live": ("直播", "Live show"),
}
"""Where a plan is to go out."""

TITLE_CHARACTERS_MAX = 80
BRIEF_CHARACTERS_MAX = 500
PLANS_A_DAY_MAX = 30
DAYS_MAX = 400

MarkKind = Literal["lunar", "public", "shopping", "own", "rest", "work"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as it is written. The classes are those of a piece; where ``piece`` is given they are the piece's."""

    day: date
    channel: str
    title: str
    brief: str = ""
    piece: int | None = None
    tone: str = "useful"
    pillar: str = "brand"
    lasting: str = "evergreen"
    question: str = "what_i_get"
    value: str = "knowledge"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. ``done``: what became of it, ``broadcast:12``."""

    id: int
    draft: Draft
    done: str = ""
    removed: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a day is: a festival, a shopping day, the shop's own, a day off, a weekend that is worked."""

    day: date
    kind: MarkKind
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day of the shop's own; ``yearly``: every year."""

    id: int
    day: date
    name: str
    yearly: bool
