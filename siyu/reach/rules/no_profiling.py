"""Whoever refused automated decisions isn't chosen by them for marketing (个人信息保护法, Art. 24)."""

from __future__ import annotations

from dataclasses import dataclass

from siyu.channels.protocol import Field
from siyu.reach.rules.base import Asked, Condition, Settings


@dataclass(frozen=True)
class NoProfiling:
    name: str = "no_profiling"
    zh: str = "拒绝自动化推荐"
    en: str = "Refused automated choice"
    reason_zh: str = "客户拒绝了自动化推荐，不按人群规则推送营销消息"
    reason_en: str = "The person refused automated choice: no marketing picked by rules"
    fields: tuple[Field, ...] = ()
    switchable: bool = False

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        return asked.people.c.no_profiling if asked.marketing else None

    def sentence(self, settings: Settings) -> tuple[str, str]:
        return (
            "客户拒绝自动化推荐后，不再按人群规则向其推送营销消息。",
            "Whoever refused automated choice gets no marketing picked by rules.",
        )

    def check(self, settings: Settings) -> None:
        return None
