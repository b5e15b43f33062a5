"""Who has just complained, or left a channel, hears nothing that sells for a while, by any channel.

A complaint puts them on the do-not-disturb list as well; the cool-down goes on when staff take them off it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.people.tables import people
from siyu.reach.rules.base import Asked, Condition, Settings
from siyu.reach.tables import cool_downs


@dataclass(frozen=True)
class CoolDown:
    name: str = "cool_down"
    zh: str = "投诉和退订后的冷静期"
    en: str = "Cool-down after a complaint or unsubscription"
    reason_zh: str = "刚投诉或退订过，冷静期内不打扰"
    reason_en: str = "Complained or unsubscribed lately: left in peace for a while"
    fields: tuple[Field, ...] = (
        Field("complaint_days", "number", "投诉后多少天", "Days after a complaint", default=30, low=0, high=3650),
        Field(
            "unsubscribed_days", "number", "退订后多少天", "Days after an unsubscription", default=7, low=0, high=3650
        ),
    )
    switchable: bool = True

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        if not asked.marketing:
            return None
        complained = asked.now - timedelta(days=int(settings["complaint_days"]))
        left = asked.now - timedelta(days=int(settings["unsubscribed_days"]))
        # As with the do-not-disturb list: short, so it is read once a statement, from the list to the people.
        cooling = (
            sa.select(people.c.kept)
            .join(cool_downs, (cool_downs.c.person + 0) == people.c.person)
            .where(cool_downs.c.at > min(complained, left))
            .where(
                sa.or_(
                    sa.and_(cool_downs.c.cause == "complained", cool_downs.c.at > complained),
                    sa.and_(cool_downs.c.cause == "unsubscribed", cool_downs.c.at > left),
                )
            )
        )
        return asked.person.in_(cooling)

    def sentence(self, settings: Settings) -> tuple[str, str]:
        complaint, left = int(settings["complaint_days"]), int(settings["unsubscribed_days"])
        return (
            f"客户投诉后 {complaint} 天内、从某个渠道退订后 {left} 天内，任何渠道都不再发营销消息。",
            f"No marketing by any channel for {complaint} days after a complaint, and for {left} days after somebody "
            "unsubscribed from one.",
        )

    def check(self, settings: Settings) -> None:
        return None
