"""What running journeys send a day through each account, as they did lately: what stands beside whatever else is meant
to be sent in the same days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from siyu.channels.allowances import Allowance
from siyu.channels.tables import accounts
from siyu.jobs import preferences
from siyu.reach import quotas
from siyu.reach.journeys.tables import journeys
from siyu.reach.tables import broadcasts
from siyu.storage import Stores

DAYS = 14
RUNNING = ("running", "closing")

_ACCEPTED = """
SELECT ifNull(properties.broadcast.:Int64, 0) AS sender, ifNull(properties.channel.:String, '') AS channel, count()
FROM events
WHERE name = 'message_accepted' AND time >= {since:DateTime64(3)} AND properties.journey.:Int64 IS NOT NULL
GROUP BY sender, channel
"""


def of_journeys(stores: Stores, besides: int | None = None) -> dict[int, float]:
    """Messages a day by account, of all journeys that run, or of all but one: over the last :data:`DAYS`, or since a
    journey's messages began to be sent where that is later (a day at least)."""
    now = stores.clock.now()
    rows = stores.events.rows(_ACCEPTED, {"since": now - timedelta(days=DAYS)})
    if not rows:
        return {}
    sender = broadcasts.c
    query = (
        sa.select(sender.id, sender.channels, sender.started)
        .join(journeys, journeys.c.id == sender.journey)
        .where(sender.state == "standing", journeys.c.state.in_(RUNNING))
    )
    if besides is not None:
        query = query.where(journeys.c.id != besides)
    with stores.ledger.read() as conn:
        running = {row.id: row for row in conn.execute(query)}
        channel_of = dict(conn.execute(sa.select(accounts.c.id, accounts.c.channel)).tuples().all())
    found: dict[int, float] = {}
    for number, channel, many in rows:
        row = running.get(number)
        chosen = () if row is None else [each for each in row.channels if channel_of.get(each) == channel]
        if row is None or not chosen:
            continue
        days = min(max((now - (row.started or now)) / timedelta(days=1), 1.0), float(DAYS))
        found[chosen[0]] = found.get(chosen[0], 0.0) + many / days
    return found


@dataclass(frozen=True, slots=True)
class Room:
    """A limit of a platform beside what a broadcast would take of it at once (``need``) and what running journeys take
    until its period ends (``beside``); ``enough``: what is ``left`` holds both."""

    account: int
    name: str
    allowance: Allowance
    need: int
    beside: int

    @property
    def left(self) -> int:
        return self.allowance.left

    @property
    def enough(self) -> bool:
        return self.need + self.beside <= self.left


def room_for(stores: Stores, messages: Mapping[int, int], at: datetime | None = None) -> list[Room]:
    """The limits of the day and of the month ``at`` a moment (now) that these messages (by account) would use up. Only
    of accounts of which running journeys send too: the guard has counted what the messages alone would find."""
    moment = at or stores.clock.now()
    daily = of_journeys(stores)
    ours = [account for account in messages if daily.get(account)]
    return [
        Room(each.account, each.name, allowance, messages[each.account], round(daily[each.account] * days))
        for each in (quotas.standing(stores, ours, moment) if ours else ())
        for allowance in each.allowances
        if allowance.mass and (days := _days_left(stores, allowance.period, moment))
    ]


def _days_left(stores: Stores, period: str, moment: datetime) -> int:
    """Days of the period that are not over then, that day among them; 0 for one that is neither a day nor a month."""
    today = moment.astimezone(preferences.timezone(stores)).date()
    if period == "today":
        return 1
    if period != "month":
        return 0
    first_of_next = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (first_of_next - today).days
