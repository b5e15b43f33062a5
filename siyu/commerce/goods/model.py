"""What goods are, and how what somebody tells of them is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from siyu.storage import BadInput

KEY_CHARACTERS_MAX = 255
NAME_CHARACTERS_MAX = 120
CATEGORY_CHARACTERS_MAX = 255
SUITS_CHARACTERS_MAX = 200
ADDRESS_CHARACTERS_MAX = 1_000
CENTS_MAX = 10**13
CYCLE_DAYS_MAX = 1_100
BATCH_MAX = 1_000
"""Goods told at once."""

CAME: Mapping[str, tuple[str, str]] = {
    "staff": ("员工录入", "By staff"),
    "api": ("接口", "By API"),
    "file": ("文件导入", "From a file"),
    "orders": ("订单中见过", "Seen in orders"),
}
FIELDS: Mapping[str, tuple[str, str]] = {
    "name": ("名称", "Name"),
    "category": ("类目", "Category"),
    "cents": ("价格", "Price"),
    "cycle_days": ("使用周期（天）", "Lasts (days)"),
    "suits": ("适合谁", "For whom"),
    "picture": ("图片地址", "Picture"),
    "url": ("购买地址", "Where it is sold"),
    "on_sale": ("在售", "On sale"),
}
"""What is told of goods beside their key."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Good:
    """One of what is sold. ``hand``: fields that staff wrote; ``cycle_*``: what orders say of how long it lasts."""

    id: int
    key: str
    name: str
    category: str
    cents: int | None
    cycle_days: int | None
    suits: str
    picture: str
    url: str
    on_sale: bool
    came: str
    hand: list[str]
    ordered: datetime | None
    cycle_seen: int | None
    cycle_low: int | None
    cycle_high: int | None
    cycle_people: int
    cycle_at: datetime | None
    created: datetime
    changed: datetime
    by: str

    @property
    def title(self) -> str:
        """What to call it: its number where it has no name."""
        return self.name or self.key

    @property
    def lasts(self) -> int | None:
        """How many days one lasts: as staff or the shop say, else as orders show."""
        return self.cycle_days or self.cycle_seen


def checked_key(value: Any, where: str = "key") -> str:
    """The shop's own number of it. Raises :class:`BadInput`."""
    text = _text(value, KEY_CHARACTERS_MAX, where)
    if not text:
        raise BadInput("goods_key", "请填写商品编号。", "The shop's number of it is missing.", field=where)
    return text


def checked(given: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Fields as they are kept; a field that is not given stays out. Raises :class:`BadInput` naming the field."""
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise _bad(f"{where}{unknown[0]}", "没有这个字段", "there is no such field")
    return {name: _READ[name](value, f"{where}{name}") for name, value in given.items()}


def _text(value: Any, most: int, where: str) -> str:
    text = "" if value is None else value
    if not isinstance(text, str):
        raise _bad(where, "须为文字", "must be a text")
    text = _CONTROL.sub(" ", text).strip()
    if len(text) > most:
        raise _bad(where, f"不超过 {most} 字", f"at most {most} characters")
    return text


def _whole(value: Any, low: int, high: int, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _bad(where, f"须为 {low} 到 {high} 的整数", f"must be a whole number from {low} to {high}")
    return value


def checked_address(value: Any, where: str) -> str:
    """An address on the web, or "". Raises :class:`BadInput`."""
    text = _text(value, ADDRESS_CHARACTERS_MAX, where)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
        fits = fits and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits or any(each.isspace() for each in text):
        raise _bad(where, "须以 https:// 开头的网址", "must be an address that begins with https://")
    return text


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _bad(where, "须为是或否", "must be true or false")
    return value


_READ: Mapping[str, Any] = {
    "name": lambda value, where: _text(value, NAME_CHARACTERS_MAX, where),
    "category": lambda value, where: _text(value, CATEGORY_CHARACTERS_MAX, where),
    "cents": lambda value, where: _whole(value, 0, CENTS_MAX, where),
    "cycle_days": lambda value, where: _whole(value, 1, CYCLE_DAYS_MAX, where),
    "suits": lambda value, where: _text(value, SUITS_CHARACTERS_MAX, where),
    "picture": checked_address,
    "url": checked_address,
    "on_sale": _flag,
}


def _bad(field: str, zh: str, en: str) -> BadInput:
    name = field.rpartition(".")[2]
    words = FIELDS.get(name, (field, field))
    return BadInput("goods_field", f"{words[0]}：{zh}。", f"{words[1]}: {en}.", field=field)
