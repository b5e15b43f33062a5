"""What the platform itself would refuse: not following any more, a closed window, no consent left, a used-up quota.

Not a rule that anybody sets: the channel says it of an account and a piece of content (``About.bars``).
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from siyu.channels.protocol import About
from siyu.reach.rules.base import Asked, Condition, addresses


def barred(asked: Asked) -> list[tuple[Condition, sa.ColumnElement[str]]]:
    """Each bar's condition with its reason: it holds for a person when it holds for every address they have."""
    found: list[tuple[Condition, sa.ColumnElement[str]]] = []
    for bar in asked.channel.bars:
        has_one, address = addresses(asked)
        open_address = has_one.where(sa.not_(bar.holds(address, asked.now)))
        found.append((sa.not_(open_address), sa.literal(bar.reason)))
    return found


def passing(channel: About, now: datetime) -> dict[str, datetime]:
    """The bars that end by themselves, and when: what they stop now waits until then."""
    return {bar.reason: bar.until(now) for bar in channel.bars if bar.until is not None}
