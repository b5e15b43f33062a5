"""Frequency caps: at most so many marketing messages to one person in so many days, over everything and by channel.

While messages are written, those that wait count as well as those sent, so that a broadcast doesn't promise what
another has taken. Just before sending, only what was sent (or is on its way) in the days before counts: that check
is what keeps the promise, whatever was paused or delayed in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.people.tables import people
from siyu.reach.rules.base import Asked, Condition, Settings
from siyu.reach.tables import outbox

SENT = ("claimed", "attempted", "handed", "accepted", "unknown")


def _fields(messages: int) -> tuple[Field, ...]:
    return (
        Field("messages", "number", "最多条数", "Messages, at most", default=messages, low=0, high=100),
        Field("days", "number", "在多少天内", "In so many days", default=7, low=1, high=365),
    )


def messages_since(
    person: sa.ColumnElement[int], since: datetime, message: sa.ColumnElement[int] | None, channel: str | None = None
) -> sa.Select[tuple[int]]:
    """SQL: how many marketing messages of a person (all nodes) count after a moment.

    With ``message``, only what was truly sent counts, and not that message itself; without, also what waits.
    """
    node = people.alias()
    earlier = outbox.alias()
    count = (
        sa.select(sa.func.count())
        .select_from(node.join(earlier, earlier.c.person == node.c.person))
        .where(node.c.kept == person, earlier.c.counted > since, earlier.c.kind == "marketing")
    )
    if message is not None:
        count = count.where(earlier.c.id != message, earlier.c.state.in_(SENT))
    return count if channel is None else count.where(earlier.c.channel == channel)


@dataclass(frozen=True)
class Cap:
    """``by_channel``: by each channel alone; else over every channel together."""

    name: str
    zh: str
    en: str
    reason_zh: str
    reason_en: str
    fields: tuple[Field, ...]
    by_channel: bool
    switchable: bool = True

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        if not asked.marketing:
            return None
        most: int = settings["messages"]
        since = asked.now - timedelta(days=settings["days"])
        message = asked.people.c.message if asked.stage == "claim" else None
        count = messages_since(asked.person, since, message, asked.channel.name if self.by_channel else None)
        # Who had few in the longest time had no more in a shorter one: most people are done with that.
        return sa.and_(asked.people.c.recent >= most, count.scalar_subquery() >= most)

    def sentence(self, settings: Settings) -> tuple[str, str]:
        messages, days = settings["messages"], settings["days"]
        if self.by_channel:
            return (
                f"每位客户 {days} 天内在同一渠道最多收到 {messages} 条营销消息。",
                f"At most {messages} marketing messages to one person in {days} days by any one channel.",
            )
        return (
            f"每位客户 {days} 天内最多收到 {messages} 条营销消息（所有渠道合计）。",
            f"At most {messages} marketing messages to one person in {days} days, over all channels.",
        )

    def check(self, settings: Settings) -> None:
        return None


CAP = Cap(
    name="cap",
    zh="总频次上限",
    en="Cap over everything",
    reason_zh="已达营销消息总频次上限",
    reason_en="Has had as many marketing messages as the cap allows",
    fields=_fields(4),
    by_channel=False,
)
CHANNEL_CAP = Cap(
    name="cap_channel",
    zh="单渠道频次上限",
    en="Cap by channel",
    reason_zh="已达该渠道的频次上限",
    reason_en="Has had as many messages by this channel as its cap allows",
    fields=_fields(3),
    by_channel=True,
)
