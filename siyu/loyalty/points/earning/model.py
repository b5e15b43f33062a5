"""Rules of earning, as data, and what they give. Pure.

Rules add up: two rules that fit an order both give. What a rule gives for an order is rounded down to whole points,
once, for all lines that it is about; so a return takes back what the order would not have earned without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from siyu.loyalty.goods import Goods, Words

POINTS_MAX = 1_000_000
DAYS_MAX = 3_650

Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
Hundredths = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class When(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Days of the shop on which a rule gives (every day, where nothing is said)."""

    weekdays: Annotated[tuple[Weekday, ...], msgspec.Meta(max_length=7)] = ()
    """1: Monday."""
    days_of_month: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=31)], ...], msgspec.Meta(max_length=31)] = ()
    first: date | None = None
    last: date | None = None

    def on(self, day: date) -> bool:
        """Whether it gives on ``day``."""
        if (self.first is not None and day < self.first) or (self.last is not None and day > self.last):
            return False
        if not (self.weekdays or self.days_of_month):
            return True
        return day.isoweekday() in self.weekdays or day.day in self.days_of_month


class OrderRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="order"):
    """Points for what was paid and kept of an order: ``rate`` hundredths of a point a yuan (100: a point a yuan)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    rate: Hundredths = 100
    goods: Goods = msgspec.field(default_factory=Goods)
    when: When = msgspec.field(default_factory=When)
    tiers: Words = ()
    """Names of the tiers that it is for; everybody, where none is named."""
    order_points_max: Annotated[int, msgspec.Meta(ge=1, le=POINTS_MAX)] | None = None
    """It gives no more than this for one order."""

    def of_any_tier(self) -> OrderRule:
        """The same for everybody."""
        return msgspec.structs.replace(self, tiers=())


class EventRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="event"):
    """So many points whenever somebody does something, at most so often."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    event: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    points: Annotated[int, msgspec.Meta(ge=1, le=POINTS_MAX)]
    when: When = msgspec.field(default_factory=When)
    tiers: Words = ()
    times_a_day: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1
    times_ever: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None


Rule = OrderRule | EventRule
Ends = Literal["never", "after_days", "year_end"]


class Lasting(msgspec.Struct, frozen=True, kw_only=True):
    """How long points last: for ever, so many days, or to the end of the year after so many full years."""

    ends: Ends = "year_end"
    days: Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)] = 365
    full_years: Annotated[int, msgspec.Meta(ge=0, le=10)] = 1

    def until(self, earned: datetime, zone: ZoneInfo) -> datetime | None:
        """When points that were earned then end: always at a midnight of the shop."""
        day = earned.astimezone(zone).date()
        match self.ends:
            case "never":
                return None
            case "after_days":
                last = date.fromordinal(day.toordinal() + self.days + 1)
            case "year_end":
                last = date(day.year + self.full_years + 1, 1, 1)
        return datetime(last.year, last.month, last.day, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as earning sees it: the day it was paid (of the shop), the buyer's tier then, and its lines: sku,
    category, cents that were paid and not returned."""

    day: date
    tier: str
    lines: Sequence[tuple[str, str, int]]


def earned(rules: Mapping[int, OrderRule], order: Bought) -> dict[int, int]:
    """Rule → the points that it gives for an order; those that give none are left out."""
    found = {number: _given(rule, order) for number, rule in rules.items() if _fits(rule, order)}
    return {number: points for number, points in found.items() if points}


def less_returned(earnings: Sequence[tuple[datetime, dict[int, int]]], returns: Sequence[tuple[datetime, int]]) -> None:
    """Take off a buyer's earnings (when each order was paid, rule → points) what returns that name no order take back
    (when, points): each from the newest earnings before it, never more than there are."""
    standing: list[dict[int, int]] = []
    told = [(at, 0, place) for place, (at, _) in enumerate(earnings)]
    told += [(at, 1, place) for place, (at, _) in enumerate(returns)]
    for _, back, place in sorted(told):
        if not back:
            standing.append(earnings[place][1])
            continue
        rest = returns[place][1]
        while rest and standing:
            newest = standing[-1]
            for rule in sorted(newest, reverse=True):
                taken = min(rest, newest[rule])
                newest[rule] -= taken
                rest -= taken
            if not any(newest.values()):
                standing.pop()


def _fits(rule: OrderRule, order: Bought) -> bool:
    return rule.when.on(order.day) and (not rule.tiers or order.tier in rule.tiers)


def _given(rule: OrderRule, order: Bought) -> int:
    cents = sum(cents for sku, category, cents in order.lines if rule.goods.are(sku, category))
    points = cents * rule.rate // 10_000
    return points if rule.order_points_max is None else min(points, rule.order_points_max)
