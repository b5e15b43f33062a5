"""Time as a report sees it: whole days of a zone. The store keeps UTC; days, weeks and months are the zone's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from siyu.storage import BadInput
from siyu.storage.ledger import to_millis

DAYS_MAX = 36_600
"""A hundred years: a longer period is a slip of the pen."""

Unit = Literal["day", "week", "month"]
UNITS: tuple[Unit, ...] = ("day", "week", "month")

_START: dict[Unit, str] = {
    "day": "toDate({time}, {zone})",
    "week": "toMonday({time}, {zone})",
    "month": "toStartOfMonth({time}, {zone})",
}


def checked_zone(name: str) -> str:
    """The name of a known IANA zone, or :class:`BadInput`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            "unknown_timezone",
            f"没有名为“{name[:60]}”的时区。请用 Asia/Shanghai、Europe/London 这样的名称。",
            f"There is no time zone {name[:60]!r}. Use a name such as Asia/Shanghai or Europe/London.",
            field="timezone",
        ) from error
    return name


def midnight(day: date, zone: str) -> datetime:
    """The first moment of a day in a zone, in UTC. Where clocks skip midnight, the moment they skip it."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def aware(moment: datetime) -> datetime:
    """A moment as the event log answers it: UTC without saying so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day_of(moment: datetime, zone: str) -> date:
    """The day on which a moment falls in a zone."""
    return aware(moment).astimezone(ZoneInfo(zone)).date()


def bucket(unit: Unit, zone: str, column: str = "time") -> str:
    """SQL: the first day (a ``Date``) of the zone's day, week (from Monday) or month that holds a moment.

    ``zone`` was checked by :func:`checked_zone`, so it holds no quote.
    """
    return _START[unit].format(time=column, zone=f"'{zone}'")


def bucket_of(day: date, unit: Unit) -> date:
    """The same as :func:`bucket`, of a day."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def steps_between(first: date, later: date, unit: Unit) -> int:
    """How many units lie between two starts of units."""
    if unit == "month":
        return (later.year - first.year) * 12 + later.month - first.month
    return (later - first).days // (7 if unit == "week" else 1)


def step(start: date, unit: Unit, count: int) -> date:
    """The start ``count`` units after a start of one."""
    if unit == "month":
        months = start.year * 12 + start.month - 1 + count
        return date(months // 12, months % 12 + 1, 1)
    return start + timedelta(days=count * (7 if unit == "week" else 1))


@dataclass(frozen=True, slots=True)
class Period:
    """From the start of ``first`` to the end of ``last``, both days of ``zone``."""

    first: date
    last: date
    zone: str

    def __post_init__(self) -> None:
        checked_zone(self.zone)
        if self.last < self.first:
            raise BadInput(
                "period_reversed",
                f"结束日期 {self.last} 早于开始日期 {self.first}。",
                f"The period ends ({self.last}) before it begins ({self.first}).",
                field="to",
            )
        if self.days > DAYS_MAX or self.first.year < 1971 or self.last.year > 2148:
            raise BadInput(
                "period_too_long",
                "时间范围须在 1971 年至 2148 年之间，且不超过一百年。",
                "A period lies between 1971 and 2148 and spans at most a hundred years.",
                field="from",
            )

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return midnight(self.last + timedelta(days=1), self.zone)

    def before(self) -> Period:
        """What it is compared with: as many days just before; whole months before whole months."""
        next_day = self.last + timedelta(days=1)
        if self.first.day == 1 and next_day.day == 1:
            months = steps_between(self.first, next_day, "month")
            return Period(step(self.first, "month", -months), self.first - timedelta(days=1), self.zone)
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone)

    def tail(self, days: int) -> Period:
        """Its last ``days`` days (reaching back before its first day where it is shorter)."""
        return Period(self.last - timedelta(days=days - 1), self.last, self.zone)

    def moved(self, days: int) -> Period:
        step_days = timedelta(days=days)
        return Period(self.first + step_days, self.last + step_days, self.zone)

    def fitting_unit(self) -> Unit:
        """The unit whose points a chart of this period can carry."""
        return "day" if self.days <= 92 else "week" if self.days <= 400 else "month"


def at(moment: datetime) -> str:
    """SQL: a moment as a constant that the partition key can be compared with."""
    return f"fromUnixTimestamp64Milli({to_millis(moment)})"


def within(start: datetime, end: datetime, column: str = "time") -> str:
    """SQL: the moment lies in [start, end)."""
    return f"({column} >= {at(start)} AND {column} < {at(end)})"


PRESETS: dict[str, tuple[str, str]] = {
    "today": ("今天", "Today"),
    "7d": ("近 7 天", "Last 7 days"),
    "30d": ("近 30 天", "Last 30 days"),
    "90d": ("近 90 天", "Last 90 days"),
    "month": ("本月", "This month"),
    "last_month": ("上月", "Last month"),
    "365d": ("近一年", "Last year"),
    "all": ("全部", "All time"),
}


def preset(name: str, today: date, zone: str, oldest: date | None = None) -> Period:
    """A period by its short name, seen from ``today``; ``all`` begins at ``oldest``."""
    if name == "all":
        return Period(min(oldest or today, today), today, zone)
    if name == "month":
        return Period(today.replace(day=1), today, zone)
    if name == "last_month":
        last = today.replace(day=1) - timedelta(days=1)
        return Period(last.replace(day=1), last, zone)
    days = {"today": 1, "7d": 7, "30d": 30, "90d": 90, "365d": 365}.get(name)
    if days is None:
        raise BadInput(
            "unknown_period",
            f"没有名为“{name[:40]}”的时间范围，可用：{'、'.join(PRESETS)}。",
            f"There is no period {name[:40]!r}; there are {', '.join(PRESETS)}.",
            field="period",
        )
    return Period(today - timedelta(days=days - 1), today, zone)
