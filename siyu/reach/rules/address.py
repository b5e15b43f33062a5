"""A channel that needs an address can't reach whoever has none."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.reach.rules.base import Asked, Condition, Settings, addresses


@dataclass(frozen=True)
class Address:
    name: str = "no_address"
    zh: str = "可触达地址"
    en: str = "A way to reach"
    reason_zh: str = "没有该渠道的地址"
    reason_en: str = "No address for this channel"
    fields: tuple[Field, ...] = ()
    switchable: bool = False

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        if not asked.channel.address_kinds:
            return None
        has_one, _ = addresses(asked)
        return sa.not_(has_one)

    def sentence(self, settings: Settings) -> tuple[str, str]:
        return "没有该渠道地址的客户不占用发送名额。", "Whoever has no address for a channel is not counted as reached."

    def check(self, settings: Settings) -> None:
        return None
