"""What an owner sets for the whole installation, at first run or later: a typed registry with defaults.

Other rooms add their own with :func:`register`; the settings page and the reference are made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.jobs.tables import settings
from siyu.storage import BadInput, NotFound, Stores, insert_into

TEXT_CHARACTERS_MAX = 500


@dataclass(frozen=True)
class Preference:
    """One thing that can be set. ``check`` says whether a value of the default's type is acceptable."""

    name: str
    default: str | int | bool
    zh: str
    en: str
    help_zh: str
    help_en: str
    check: Callable[[Any], bool] = lambda value: True
    choices: Mapping[str, tuple[str, str]] | None = None  # value → (Chinese, English)
    group: str = "shop"  # of GROUPS: where the settings page shows it
    permission: str = "settings.write"  # who may change it; the edges ask


GROUPS: Mapping[str, tuple[str, str]] = {
    "shop": ("店铺", "Shop"),
    "guard": ("分寸", "The guard"),
    "points": ("积分", "Points"),
    "keeping": ("保留多久", "How long things are kept"),
    "network": ("网络安全", "Network safety"),
}
"""The parts of the settings page, in order."""


_registry: dict[str, Preference] = {}


def register(preference: Preference) -> Preference:
    """Make a preference known. Its name has to be free."""
    if _registry.setdefault(preference.name, preference) is not preference:
        raise ValueError(f"two preferences named {preference.name!r}")
    return preference


def all_preferences() -> list[Preference]:
    return list(_registry.values())


_VALUE = sa.select(settings.c.value).where(settings.c.name == sa.bindparam("asked"))


def get(source: Stores | Connection, name: str) -> Any:
    """The value of one preference, or its default."""
    preference = _registry[name]
    with _reading(source) as conn:
        row = conn.execute(_VALUE, {"asked": name}).one_or_none()
    return preference.default if row is None else row.value


def values(source: Stores | Connection) -> dict[str, Any]:
    """Every preference's value, in the order in which they were registered."""
    with _reading(source) as conn:
        rows = conn.execute(sa.select(settings.c.name, settings.c.value).where(settings.c.name.in_(list(_registry))))
        stored: dict[str, Any] = {row.name: row.value for row in rows}
    return {each.name: stored.get(each.name, each.default) for each in _registry.values()}


def put(conn: Connection, name: str, value: Any, *, at: datetime, by: str) -> None:
    """Set one preference. Raises :class:`NotFound` for an unknown name, :class:`BadInput` for an unfit value."""
    preference = _registry.get(name)
    if preference is None:
        raise NotFound("preference_unknown", f"没有名为 {name} 的设置。", f"There is no preference named {name}.")
    _require_fit(preference, value)
    row = {"value": value, "changed": at, "by": by}
    conn.execute(
        insert_into(conn, settings)
        .values(name=name, **row)
        .on_conflict_do_update(index_elements=[settings.c.name], set_=row)
    )


def parse(name: str, text: str) -> str | int | bool:
    """A value as it was typed, as the type of the preference's default; unfit text stays, for ``put`` to refuse."""
    preference = _registry.get(name)
    kind = str if preference is None else type(preference.default)
    if kind is bool:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower(), text)
    if kind is int and text.removeprefix("-").isdecimal():
        return int(text)
    return text


def check(wishes: Mapping[str, Any]) -> None:
    """Refuse values that don't fit, without setting any. Raises as :func:`put`."""
    for name, value in wishes.items():
        _require_fit(_registry[name], value)


def timezone(source: Stores | Connection) -> ZoneInfo:
    """The zone in which days begin, reports are made and schedules run."""
    return ZoneInfo(get(source, "timezone"))


def is_timezone(name: str) -> bool:
    """Whether the time zone data knows this name (``Asia/Shanghai``)."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _reading(source: Stores | Connection) -> AbstractContextManager[Connection]:
    return source.ledger.read() if isinstance(source, Stores) else nullcontext(source)


def _require_fit(preference: Preference, value: Any) -> None:
    fits = type(value) is type(preference.default)
    if isinstance(value, str):
        fits = fits and len(value) <= TEXT_CHARACTERS_MAX
    if preference.choices is not None:
        fits = fits and value in preference.choices
    if not (fits and preference.check(value)):
        raise BadInput(
            "preference_unfit",
            f"“{preference.zh}”的值不合适。{preference.help_zh}",
            f"This value does not fit “{preference.en}”. {preference.help_en}",
            field=preference.name,
        )


def _between(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: low <= value <= high


register(
    Preference(
        "shop_name",
        "我的店铺",
        "店铺名称",
        "Shop name",
        "显示在页面顶部和消息里。",
        "Shown on every page and in messages.",
        check=lambda value: bool(value.strip()) and len(value) <= 60,
    )
)
register(
    Preference(
        "timezone",
        "Asia/Shanghai",
        "时区",
        "Time zone",
        "一天从何时算起；例如 Asia/Shanghai。",
        "Where a day begins; for example Asia/Shanghai.",
        check=is_timezone,
    )
)
register(
    Preference(
        "currency",
        "CNY",
        "货币",
        "Currency",
        "三个大写字母；只改变显示，不换算。",
        "Three capital letters; changes how money is shown, converts nothing.",
        check=lambda value: len(value) == 3 and value.isascii() and value.isalpha() and value.isupper(),
    )
)
register(
    Preference(
        "language",
        "zh",
        "默认语言",
        "Language",
        "新员工看到的语言。",
        "What new staff see at first.",
        choices={"zh": ("中文", "Chinese"), "en": ("英文", "English")},
    )
)
register(
    Preference(
        "inbox_days",
        30,
        "原始数据保留天数",
        "Days that raw intake is kept",
        "1 到 3650；之后删除收到的原文，事件仍在；隔离的数据一同删除。",
        "1 to 3650; then the bodies as received go, the events stay. What was set aside goes with them.",
        check=_between(1, 3650),
        group="keeping",
    )
)
register(
    Preference(
        "jobs_days",
        90,
        "任务记录保留天数",
        "Days that ended jobs are kept",
        "1 到 3650。",
        "1 to 3650.",
        check=_between(1, 3650),
        group="keeping",
    )
)
register(
    Preference(
        "call_this_machine",
        True,
        "允许访问本机服务",
        "May call this very machine",
        "渠道（Webhook、邮件服务器）可以是与私域装在同一台机器上的程序。",
        "A channel (webhook, mail server) may be a program on the machine that Siyu runs on.",
        group="network",
        permission="owners.write",
    )
)
register(
    Preference(
        "call_private_networks",
        False,
        "允许访问内网地址",
        "May call private networks",
        "渠道可以是 10.x、172.16.x、192.168.x 这样的内网服务。打开后，能建渠道账号的人就能让本机访问内网，请确认可信。"
        "云主机的元数据地址始终禁止。",
        "A channel may be a service inside your network (10.x, 172.16.x, 192.168.x). Whoever may set up channel "
        "accounts can then make this server call into it. A cloud's metadata address stays forbidden.",
        group="network",
        permission="owners.write",
    )
)
