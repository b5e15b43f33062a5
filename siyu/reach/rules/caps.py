"""Frequency caps: at most so many messages of a kind, tone and channel to one person in so many days, whoever sends.

What was sent (or is on its way, or may have arrived) in the days before counts for all. Of what still waits:

- while messages are written, those of the same or a higher rank, so that a broadcast doesn't promise what another has
  taken, and the less important one's place is the more important one's;
- just before sending, those of a higher rank whose sender is not paused: the last place is kept for them.

The second check is what keeps the promise, whatever was paused or delayed in between.

Two caps are always there (``CAP``, ``CHANNEL_CAP``); the operator adds others, each a row of ``guard_rules`` named
``cap_<number>``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from siyu.channels.protocol import Field
from siyu.people.consents import CHANNELS
from siyu.people.tables import people
from siyu.reach.arrived import SENT, may_have_arrived
from siyu.reach.model import ACTIVE, KINDS
from siyu.reach.rules.base import Asked, Condition, Settings
from siyu.reach.tables import broadcasts, outbox

ANY, EACH, PROMOTIONAL = "any", "each", "promotional"
OWN_NAME = re.compile(r"cap_(\d{1,9})")


def _numbers(messages: int) -> tuple[Field, ...]:
    return (
        Field("messages", "number", "最多条数", "Messages, at most", default=messages, low=0, high=100),
        Field("days", "number", "在多少天内", "In so many days", default=7, low=1, high=365),
    )


OWN_FIELDS = (
    Field(
        "kind",
        "choice",
        "哪些消息",
        "Which messages",
        default="marketing",
        choices=(*((name, *words) for name, words in KINDS.items()), (ANY, "营销和服务", "Both kinds")),
    ),
    Field(
        "channel",
        "choice",
        "哪些渠道",
        "By which channels",
        default=ANY,
        choices=(
            (ANY, "所有渠道合计", "All together"),
            (EACH, "每个渠道分别计", "Each on its own"),
            *((name, *words) for name, words in CHANNELS.items() if name != ANY),
        ),
    ),
    Field(
        "tone",
        "choice",
        "内容性质",
        "Of which tone",
        default=ANY,
        choices=((ANY, "不限", "Any"), (PROMOTIONAL, "只限促销", "Promotional only")),
    ),
    *_numbers(2),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a cap says. ``kind``: marketing, service or any; ``channel``: any (together), each (on its own) or one's
    name; ``tone``: any or promotional. Of the messages that it concerns, at most ``messages`` in any ``days``."""

    kind: str
    channel: str
    tone: str
    messages: int
    days: int

    def concerns(self, kind: str, channel: str) -> bool:
        return self.kind in (kind, ANY) and self.channel in (channel, ANY, EACH)


@dataclass(frozen=True, slots=True)
class Beside:
    """For a message of which ``rank`` others are counted; ``message``: its number, once it is written."""

    rank: sa.ColumnElement[int] | int
    message: sa.ColumnElement[int] | None = None

    def counts(self, earlier: sa.FromClause) -> sa.ColumnElement[bool]:
        """SQL: whether a row of the outbox that has its time in a cap's days takes a place."""
        arrived = sa.or_(earlier.c.state.in_(SENT), may_have_arrived(earlier))
        if self.message is None:
            return sa.or_(earlier.c.priority >= self.rank, arrived)
        sender = broadcasts.alias()
        going = sa.exists().where(sender.c.id == earlier.c.broadcast, sender.c.state.in_(ACTIVE))
        waits = sa.and_(earlier.c.state == "due", earlier.c.priority > self.rank, going)
        return sa.and_(earlier.c.id != self.message, sa.or_(arrived, waits))


_NODE, _EARLIER = people.alias(), outbox.alias()
"""Made once: a chunk asks for its caps time after time, and an alias has a column object for every column."""


def messages_since(
    person: sa.ColumnElement[int],
    since: datetime,
    beside: Beside,
    *,
    kind: str = ANY,
    channel: str | None = None,
    tone: str = ANY,
) -> sa.Select[tuple[int]]:
    """SQL: how many messages of a person (all nodes) count after a moment."""
    node, earlier = _NODE, _EARLIER
    count = (
        sa.select(sa.func.count())
        .select_from(node.join(earlier, earlier.c.person == node.c.person))
        .where(node.c.kept == person, earlier.c.counted > since, beside.counts(earlier))
    )
    if kind != ANY:
        count = count.where(earlier.c.kind == kind)
    if channel is not None:
        count = count.where(earlier.c.channel == channel)
    return count if tone == ANY else count.where(earlier.c.tone == tone)


@dataclass(frozen=True)
class Cap:
    """``fixed``: what of it can't be set."""

    name: str
    zh: str
    en: str
    reason_zh: str
    reason_en: str
    fields: tuple[Field, ...] = OWN_FIELDS
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
    switchable: bool = True

    def limit(self, settings: Settings) -> Limit:
        """What it says as it is set."""
        words = {name: str(self.fixed.get(name) or settings[name]) for name in ("kind", "channel", "tone")}
        return Limit(**words, messages=int(settings["messages"]), days=int(settings["days"]))

    def holds(self, asked: Asked, settings: Settings) -> Condition | None:
        limit = self.limit(settings)
        useful = limit.tone == PROMOTIONAL and asked.tone == "useful"
        if useful or not limit.concerns(asked.kind, asked.channel.name):
            return None
        beside = Beside(asked.people.c.rank, asked.people.c.message if asked.stage == "claim" else None)
        count = messages_since(
            asked.person,
            asked.now - timedelta(days=limit.days),
            beside,
            kind=limit.kind,
            channel=None if limit.channel == ANY else asked.channel.name,
            tone=limit.tone,
        )
        # Who had few in the longest time had no more in a shorter one: most people are done with that.
        most = limit.messages
        full = sa.and_(asked.people.c.recent >= most, count.scalar_subquery() >= most)
        if limit.tone == PROMOTIONAL and asked.tone is None:
            return sa.and_(asked.people.c.tone == PROMOTIONAL, full)
        return full

    def sentence(self, settings: Settings) -> tuple[str, str]:
        limit = self.limit(settings)
        zh_kind = {"marketing": "营销消息", "service": "服务消息", ANY: "消息（营销和服务合计）"}[limit.kind]
        en_kind = {"marketing": "marketing messages", "service": "service messages", ANY: "messages"}[limit.kind]
        zh_tone, en_tone = ("促销类", "promotional ") if limit.tone == PROMOTIONAL else ("", "")
        days, most, en_by = limit.days, limit.messages, _by(limit.channel)
        if limit.channel == ANY:
            zh = f"每位客户 {days} 天内最多收到 {most} 条{zh_tone}{zh_kind}（所有渠道合计）。"
        elif limit.channel == EACH:
            zh = f"每位客户 {days} 天内在同一渠道最多收到 {most} 条{zh_tone}{zh_kind}。"
        else:
            name = CHANNELS.get(limit.channel, (limit.channel, ""))[0]
            zh = f"每位客户 {days} 天内通过{name}最多收到 {most} 条{zh_tone}{zh_kind}。"
        return zh, f"At most {most} {en_tone}{en_kind} to one person in {days} days{en_by}."

    def check(self, settings: Settings) -> None:
        return None


def _by(channel: str) -> str:
    if channel == ANY:
        return ", over all channels"
    return " by any one channel" if channel == EACH else f" by {CHANNELS.get(channel, ('', channel))[1]}"


def own_cap(number: int) -> Cap:
    """A cap that the operator made."""
    return Cap(
        name=f"cap_{number}",
        zh=f"自定义上限 {number}",
        en=f"Cap {number}",
        reason_zh=f"已达自定义上限 {number}",
        reason_en=f"Has had as many messages as cap {number} allows",
    )


def own_number(name: str) -> int | None:
    """The number of a cap that the operator made, by its name; None for any other."""
    found = OWN_NAME.fullmatch(name)
    return int(found[1]) if found else None


CAP = Cap(
    name="cap",
    zh="总频次上限",
    en="Cap over everything",
    reason_zh="已达营销消息总频次上限",
    reason_en="Has had as many marketing messages as the cap allows",
    fields=_numbers(4),
    fixed={"kind": "marketing", "channel": ANY, "tone": ANY},
)
CHANNEL_CAP = Cap(
    name="cap_channel",
    zh="单渠道频次上限",
    en="Cap by channel",
    reason_zh="已达该渠道的频次上限",
    reason_en="Has had as many messages by this channel as its cap allows",
    fields=_numbers(3),
    fixed={"kind": "marketing", "channel": EACH, "tone": ANY},
)
