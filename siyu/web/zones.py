"""Time zones as people say them: 北京时间（UTC+8）for Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from siyu.jobs.preferences import is_timezone
from siyu.web.current import current, t

COMMON: Mapping[str, tuple[str, str]] = {
    "Asia/Shanghai": ("北京时间", "Beijing"),
    "Asia/Hong_Kong": ("香港", "Hong Kong"),
    "Asia/Taipei": ("台北", "Taipei"),
    "Asia/Singapore": ("新加坡", "Singapore"),
    "Asia/Tokyo": ("东京", "Tokyo"),
    "Asia/Seoul": ("首尔", "Seoul"),
    "Asia/Bangkok": ("曼谷", "Bangkok"),
    "Asia/Dubai": ("迪拜", "Dubai"),
    "Australia/Sydney": ("悉尼", "Sydney"),
    "Europe/London": ("伦敦", "London"),
    "Europe/Paris": ("巴黎", "Paris"),
    "America/New_York": ("纽约", "New York"),
    "America/Los_Angeles": ("洛杉矶", "Los Angeles"),
    "UTC": ("世界协调时", "Universal time"),
}
"""The zones that are offered first, in this order."""


def offset(name: str, at: datetime) -> str:
    """How far a zone is from UTC at a moment: ``UTC+8``, ``UTC-3:30``, ``UTC``."""
    apart = at.astimezone(ZoneInfo(name)).utcoffset() or timedelta()
    minutes = int(apart.total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}{f':{rest:02}' if rest else ''}"


def zone_words(name: str) -> str:
    """``北京时间（UTC+8）``; a zone that nobody named keeps its own name; what is no zone at all stands as it is."""
    if not is_timezone(name):
        return name
    said = t(*COMMON[name]) if name in COMMON else name.replace("_", " ")
    apart = offset(name, current().stores.clock.now())
    return t(f"{said}（{apart}）", f"{said} ({apart})")


def zone_choices(*first: str) -> list[tuple[str, str]]:
    """Value and words of the common zones; ``first`` stand before them."""
    return [(name, zone_words(name)) for name in dict.fromkeys((*filter(None, first), *COMMON))]


@cache
def zones_besides() -> list[str]:
    """Every other zone of the world that goes by a place."""
    return sorted(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
        and name not in COMMON
    )  # fmt: skip
