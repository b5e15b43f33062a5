"""Whoever asked to be erased is never written to."""

from __future__ import annotations

from dataclasses import dataclass

from siyu.channels.protocol import Field
from siyu.reach.rules.base import Asked, Condition, Settings


@dataclass(frozen=True)
class Erased:
    name: str = "erased"
    zh: str = "已删除的客户"
    en: str = "Erased people"
    reason_zh: str = "客户已要求删除个人信息"
    reason_en: str = "The person asked to be erased"
    fields: tuple[Field, ...] = ()
    switchable: bool = False

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        return asked.people.c.gone.is_not(None)

    def sentence(self, settings: Settings) -> tuple[str, str]:
        return "从不打扰已要求删除信息的客户。", "Whoever asked to be erased is never written to."

    def check(self, settings: Settings) -> None:
        return None
