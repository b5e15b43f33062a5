"""No marketing to people under 18 (未成年人网络保护条例, Art. 24)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.people.projection import ADULT_YEARS
from siyu.reach.rules.base import Asked, Condition, Settings

UNKNOWN_YEAR = "0002"
"""A birthday of which only month and day are known has the year 0001."""


@dataclass(frozen=True)
class Minors:
    name: str = "minor"
    zh: str = "未成年人保护"
    en: str = "Minors"
    reason_zh: str = "未成年人，不发送营销消息"
    reason_en: str = "Under 18: no marketing"
    fields: tuple[Field, ...] = ()
    switchable: bool = False

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        if not asked.marketing:
            return None
        day = asked.now.date()
        grown = f"{day.year - ADULT_YEARS:04d}-{day.month:02d}-{day.day:02d}"
        birthday = asked.people.c.birthday
        return sa.or_(asked.people.c.minor, sa.and_(birthday > grown, birthday > UNKNOWN_YEAR))

    def sentence(self, settings: Settings) -> tuple[str, str]:
        return "不向未满 18 岁的客户发送营销消息。", "People under 18 get no marketing."

    def check(self, settings: Settings) -> None:
        return None
