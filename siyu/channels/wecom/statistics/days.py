"""Days as the platform has them: Beijing's, today's not yet whole, half a year of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from siyu.channels.wecom.quotas import ZONE

DAYS_MAX = 180
"""So far back the platform remembers."""
SPAN_DAYS = 30
"""Of one call."""
AGAIN_DAYS = 3
"""Every night the last days are read again: the platform still amends them. ☆"""
FIRST_DAYS = 30
"""Of an account that was never read."""


def last_whole(now: datetime) -> date:
    """Yesterday in Beijing."""
    return now.astimezone(ZONE).date() - timedelta(days=1)


def seconds(day: date) -> int:
    """Its midnight in Beijing, as the platform writes it."""
    return int(datetime.combine(day, time(), ZONE).timestamp())


def day_told(stat_time: object) -> str:
    """The day of a row of the platform's, 2026-11-22."""
    return datetime.fromtimestamp(int(str(stat_time)), ZONE).date().isoformat()


def each_day(first: date, last: date) -> Iterator[date]:
    for place in range((last - first).days + 1):
        yield first + timedelta(days=place)


def spans(first: date, last: date) -> Iterator[tuple[date, date]]:
    """First and last day of each call that these days take."""
    while first <= last:
        end = min(first + timedelta(days=SPAN_DAYS - 1), last)
        yield first, end
        first = end + timedelta(days=1)


def many_spans(first: date, last: date) -> int:
    return -(-((last - first).days + 1) // SPAN_DAYS)
