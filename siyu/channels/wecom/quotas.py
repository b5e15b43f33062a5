"""How many mass messages a customer may get: the platform's own limits, kept as data, spoken as bars.

A customer may get as many a month as the month has days, of all members together; an administrator may tighten it to
one a day (D.5). Counted are days and months in Beijing, as the platform does; a message counts from when it is handed
over, because the platform takes it from the customer's share when it is confirmed.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from siyu.channels.protocol import Bar
from siyu.channels.wecom.advisers import is_friend
from siyu.channels.wecom.sending_tables import wecom_sends

ZONE = ZoneInfo("Asia/Shanghai")
DAY_MAX, MONTH_MAX = "customer_day_max", "customer_month_max"
DAYS_OF_THE_MONTH = 0
"""As a setting: as many as the month has days."""
COUNTING = ("gathered", "handed", "sent")


def day_begins(now: datetime) -> datetime:
    """The midnight before, in Beijing."""
    return now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def month_begins(now: datetime) -> datetime:
    return day_begins(now).replace(day=1)


def next_day(now: datetime) -> datetime:
    return day_begins(now) + timedelta(days=1)


def next_month(now: datetime) -> datetime:
    return month_begins(now) + timedelta(days=days_in_month(now))


def days_in_month(now: datetime) -> int:
    local = now.astimezone(ZONE)
    return calendar.monthrange(local.year, local.month)[1]


def month_max(settings: Mapping[str, Any], now: datetime) -> int:
    """Messages a customer may get in the month of ``now``."""
    return int(settings.get(MONTH_MAX) or DAYS_OF_THE_MONTH) or days_in_month(now)


def day_max(settings: Mapping[str, Any]) -> int:
    return int(settings.get(DAY_MAX) or 1)


def bars(account: int, settings: Mapping[str, Any]) -> tuple[Bar, ...]:
    """What the platform would refuse now."""
    return (
        Bar("wecom_no_adviser", lambda customer, now: sa.not_(is_friend(account, customer))),
        Bar(
            "wecom_quota_day",
            lambda customer, now: _had(account, customer, day_begins(now)) >= day_max(settings),
            next_day,
        ),
        Bar(
            "wecom_quota_month",
            lambda customer, now: _had(account, customer, month_begins(now)) >= month_max(settings, now),
            next_month,
        ),
    )


def _had(account: int, customer: sa.ColumnElement[str], since: datetime) -> sa.ScalarSelect[int]:
    sends = wecom_sends.alias()
    return (
        sa.select(sa.func.count())
        .where(
            sends.c.account == account,
            sends.c.external_userid == customer,
            sends.c.at >= since - timedelta(milliseconds=1),
            sends.c.state.in_(COUNTING),
        )
        .scalar_subquery()
    )
