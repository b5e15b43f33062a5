"""Links that lead to the shop, their marks, and the steps of a path. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from siyu.channels import marks
from siyu.commerce.goods.model import checked_address
from siyu.storage import BadInput

NAME_CHARACTERS_MAX = 60
PLACE_CHARACTERS_MAX = 120
WORD_CHARACTERS_MAX = 60
LASTS = timedelta(days=60)
"""A personal mark names its person for so long; then the link leads to the public price."""
HOLD = timedelta(hours=24)
"""Who went to the shop keeps their part of the stock for so long."""
WINDOW = timedelta(days=7)
"""An order without a code is of the last claim for the same goods by the same person within this."""

PURPOSE = "g"
_PACKED = struct.Struct(">IQQI")  # link, node, message, day
_WHOLE = 2**31

PLACES: Mapping[str, tuple[str, str]] = {
    "": ("一对一、群发、旅程", "Messages, one to one"),
    "live": ("一场直播", "A live show"),
    "group": ("一个群", "A group"),
}
STAGES: Mapping[str, tuple[str, str]] = {"on": ("启用", "On"), "off": ("停用", "Off")}

Stage = Literal["on", "off"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the path, and the events that show it."""

    name: str
    zh: str
    en: str
    events: tuple[str, ...]


STEPS = (
    Step("message", "消息", "message", ("message_accepted", "offer_sent")),
    Step("delivered", "送达", "delivered", ("message_delivered",)),
    Step("opened", "打开", "opened", ("message_opened", "message_clicked", "offer_opened")),
    Step("seen", "看到优惠", "offer seen", ("offer_seen",)),
    Step("went", "去往店铺", "went to shop", ("offer_went",)),
    Step("ordered", "下单", "ordered", ("offer_ordered",)),
    Step("paid", "付款", "paid", ("offer_paid",)),
    Step("returned", "退货", "returned", ("offer_returned",)),
)
"""In order. Whoever came to a later step passed those before: a platform silent on delivery hides nobody."""


@dataclass(frozen=True, slots=True)
class OrderLink:
    """A link for one product. ``place_kind`` and ``place``: where it is put up."""

    id: int
    name: str
    good: int
    place_kind: str
    place: str
    channel: str
    staff: str
    url: str
    mini_app: str
    mini_page: str
    ends: datetime | None
    stage: Stage
    created: datetime
    changed: datetime
    by: str

    def shut(self, now: datetime) -> bool:
        """Whether it leads nowhere any more."""
        return self.stage == "off" or (self.ends is not None and now >= self.ends)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes of a link."""

    name: str
    good: int
    place_kind: str = ""
    place: str = ""
    channel: str = ""
    staff: str = ""
    url: str = ""
    mini_app: str = ""
    mini_page: str = ""
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """What a mark says: the link, for whom (a node; 0: for everybody), in which message (0: none); ``old``: it names
    nobody any more."""

    link: int
    person: int
    message: int
    old: bool = False

    @property
    def trail(self) -> str:
        """The name of the path of whom it was made for."""
        return trail(self.link, self.person, self.message)


def trail(link: int, person: int, message: int) -> str:
    """The name of one path: a link, who goes it, by which message."""
    return f"{link}.{person}.{message}"


def mark_of(key: bytes, link: int, person: int = 0, message: int = 0, now: datetime | None = None) -> str:
    """The mark of a link: for everybody, or (with ``now``) for one person in one message."""
    day = now.date().toordinal() if person and now is not None else 0
    return marks.made(key, PURPOSE, _PACKED.pack(link, person, message, day))


def read(key: bytes, mark: str, now: datetime) -> Named | None:
    """What a mark says; None where it was not made here, or was changed."""
    packed = marks.read(key, PURPOSE, mark, _PACKED.size)
    if packed is None:
        return None
    link, person, message, day = _PACKED.unpack(packed)
    old = bool(person) and now.date().toordinal() - day > LASTS.days
    return Named(link, person, message, old)


def checked(draft: Draft) -> Draft:
    """As it is kept. Raises :class:`BadInput` by field."""
    name, place = draft.name.strip(), draft.place.strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX:
        raise _bad("name", f"名称须 1 到 {NAME_CHARACTERS_MAX} 字", f"A name has 1 to {NAME_CHARACTERS_MAX} characters")
    if draft.place_kind not in PLACES:
        raise _bad("place_kind", "请从列表中选择", "Choose from the list")
    if bool(draft.place_kind) != bool(place) or len(place) > PLACE_CHARACTERS_MAX:
        raise _bad("place", "直播或群须写名称或编号，其他不填", "A show or group needs its name or id; others none")
    for field in ("channel", "staff", "mini_app"):
        if len(getattr(draft, field)) > WORD_CHARACTERS_MAX:
            raise _bad(field, f"不超过 {WORD_CHARACTERS_MAX} 字", f"At most {WORD_CHARACTERS_MAX} characters")
    page = draft.mini_page.strip()
    if bool(page) != bool(draft.mini_app.strip()) or len(page) > PLACE_CHARACTERS_MAX or "?" in page or "#" in page:
        raise _bad(
            "mini_page",
            "小程序卡片须同时填 AppID 与页面路径（不带参数）",
            "A card needs its appid and its page, without parameters",
        )
    return Draft(
        name,
        draft.good,
        draft.place_kind,
        place,
        draft.channel.strip(),
        draft.staff.strip(),
        checked_address(draft.url, "url"),
        draft.mini_app.strip(),
        page,
        draft.ends,
    )


def _bad(field: str, zh: str, en: str) -> BadInput:
    return BadInput("link_field", f"{zh}。", f"{en}.", field=field)
