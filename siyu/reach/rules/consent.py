"""Consent by purpose and channel. Marketing needs it given (消费者权益保护法 Art. 29, 广告法 Art. 43); service messages
go unless refused. A refusal for the channel or for all of them ("any") wins over a consent for the other."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.people.tables import consents
from siyu.reach.rules.base import Asked, Condition, Settings

ANY = "any"


@dataclass(frozen=True)
class Consent:
    name: str = "consent"
    zh: str = "同意"
    en: str = "Consent"
    reason_zh: str = "没有对该渠道的有效同意"
    reason_en: str = "No valid consent for this channel"
    fields: tuple[Field, ...] = ()
    switchable: bool = False

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        # 1 where all that was said is yes, 0 where something was no, null where nothing was said. The channel is looked
        # at only then: one look-up a person instead of one a channel.
        said = sa.case((consents.c.channel.in_([asked.channel.name, ANY]), sa.cast(consents.c.given, sa.Integer)))
        answer = (
            sa.select(sa.func.min(said))
            .where(consents.c.person == asked.person, consents.c.purpose == asked.kind)
            .scalar_subquery()
        )
        return sa.func.coalesce(answer, 0 if asked.marketing else 1) == 0

    def sentence(self, settings: Settings) -> tuple[str, str]:
        return (
            "营销消息须客户对该渠道（或全部渠道）明确同意；服务消息在客户拒绝后不再发送。",
            "Marketing needs consent for the channel (or for all); service messages stop once refused.",
        )

    def check(self, settings: Settings) -> None:
        return None
