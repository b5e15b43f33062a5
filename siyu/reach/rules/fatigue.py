"""Whoever is tired of being written to is let alone until they have rested, or have answered or bought again.

The score, its weights and its source: :func:`siyu.reach.fatigue.fatigue`. Off until the operator switches it on.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.people.tables import people
from siyu.reach.rules.base import Asked, Condition, Settings
from siyu.reach.tables import tired


@dataclass(frozen=True)
class Fatigue:
    name: str = "fatigue"
    zh: str = "疲劳度"
    en: str = "Fatigue"
    reason_zh: str = "近期打扰过多、回应太少，先让客户歇一歇"
    reason_en: str = "Written to more than they answer: left to rest"
    fields: tuple[Field, ...] = (
        Field("threshold", "number", "疲劳度达到多少就停", "Stop at a fatigue of", default=8, low=1, high=100),
        Field("half_life_days", "number", "几天淡忘一半", "Days to forget half", default=14, low=1, high=90),
        Field("sleeper_days", "number", "多少天没来算沉睡", "Asleep after days unseen", default=90, low=7, high=3650),
    )
    switchable: bool = True

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        if not asked.marketing:
            return None
        # From the list to the people, as with the do-not-disturb list.
        resting = (
            sa.select(people.c.kept)
            .join(tired, (tired.c.person + 0) == people.c.person)
            .where(tired.c.until > asked.now)
        )
        return asked.person.in_(resting)

    def sentence(self, settings: Settings) -> tuple[str, str]:
        threshold, half, asleep = (int(settings[each]) for each in ("threshold", "half_life_days", "sleeper_days"))
        return (
            f"疲劳度达到 {threshold} 就不再发营销消息：每条有用的加 1、促销加 2，打开、点击、回复、下单会减，"
            f"{half} 天淡忘一半；{asleep} 天没来的沉睡客户每条按 3 倍算。每小时更新。",
            f"No marketing at a fatigue of {threshold}: a useful message adds 1, one that sells 2; opening, clicking, "
            f"answering and buying take off; half is forgotten in {half} days. To sleepers ({asleep} days unseen) each "
            "counts three times. Worked out every hour.",
        )

    def check(self, settings: Settings) -> None:
        return None


FATIGUE = Fatigue()
