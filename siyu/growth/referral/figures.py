"""K and what belongs to it, by day, from the event log alone.

Of each day: *newcomers* are persons first seen that day; *K* is how many people these brought within
:data:`WINDOW_DAYS` days of coming themselves, per newcomer (a cohort's figure, so it is *open* until those days are
over). *brought* are those who came that day by somebody, *inviters* those who brought them, *invitations* what was sent
out, *cycle* the median time from an inviter's own coming to a friend's, *cost* the money granted less what was taken
back that day, per person brought. A fact that is older than what is known of its inviter is in no cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from siyu.growth.period import moments_of, span_of, today
from siyu.jobs import preferences
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON

WINDOW_DAYS = 7
_WINDOW_MS = WINDOW_DAYS * 86_400_000
_CYCLE = "properties.`cycle_ms`.:Int64"

_INVITER = "properties.`inviter`.:Int64"

_BY_DAY = f"""
SELECT toDate(time, {{zone:String}}) AS day,
    countIf(name = 'brought') AS brought,
    groupBitmapIf(toUInt32(assumeNotNull({_INVITER})), name = 'brought' AND {_INVITER} IS NOT NULL) AS inviters,
    countIf(name = 'invited') AS invitations,
    quantileIf(0.5)({_CYCLE}, name = 'brought' AND {_CYCLE} IS NOT NULL) AS cycle,
    countIf(name = 'brought' AND {_CYCLE} IS NOT NULL) AS cycles,
    sumIf(properties.`cents`.:Int64, name = 'reward_granted') AS granted,
    sumIf(properties.`cents`.:Int64, name = 'reward_taken_back') AS back
FROM events
WHERE name IN ('brought', 'invited', 'reward_granted', 'reward_taken_back') AND time >= {{first:DateTime64(3, 'UTC')}}
    AND time < {{last:DateTime64(3, 'UTC')}}
GROUP BY day WITH ROLLUP
"""
"""And all days together, which is 1970's. Inviters as a bitmap and added up from days: of ten million who were brought,
a set counted them in 4.7 s, and all days' in 1.6 s more, where this takes .5 s (measured)."""
_WHOLE = date(1970, 1, 1)
_COHORTS = f"""
SELECT toDate(addMilliseconds(time, -{_CYCLE}), {{zone:String}}) AS day, count() AS brought
FROM events
WHERE name = 'brought' AND {_CYCLE} BETWEEN 0 AND {_WINDOW_MS} AND time >= {{first:DateTime64(3, 'UTC')}}
    AND time < {{after:DateTime64(3, 'UTC')}}
GROUP BY day
"""
_NEWCOMERS = f"""
SELECT toDate(first_time, {{zone:String}}) AS day, count() AS newcomers
FROM person_stats FINAL
WHERE first_time >= {{first:DateTime64(3, 'UTC')}} AND first_time < {{last:DateTime64(3, 'UTC')}}
    AND {PERSON} = person
GROUP BY day
"""


@dataclass(frozen=True, slots=True)
class KDay:
    """One day. See the module for the words; None where a figure is not defined (nobody to divide by)."""

    day: date
    newcomers: int
    by_newcomers: int  # brought by that day's newcomers within the window
    open: bool
    brought: int
    inviters: int
    invitations: int
    cycle_hours: float | None
    cents: int

    @property
    def k(self) -> float | None:
        return self.by_newcomers / self.newcomers if self.newcomers else None

    @property
    def conversion(self) -> float | None:
        return self.brought / self.invitations if self.invitations else None

    @property
    def cost_cents(self) -> float | None:
        return self.cents / self.brought if self.brought else None


@dataclass(frozen=True, slots=True)
class KFigures:
    """A period: every day of it, and in all. ``total.k`` is of the days that are not open any more."""

    first: date
    last: date
    days: list[KDay]
    total: KDay


def k_by_day(stores: Stores, first: date | None = None, last: date | None = None) -> KFigures:
    """Every day of the period in the installation's zone; the last 30 where nothing is said. Raises
    :class:`BadInput`."""
    zone = preferences.timezone(stores)
    first, last = span_of(stores, first, last)
    since, until = moments_of(stores, first, last)
    moments = {"first": since, "last": until, "after": until + timedelta(days=WINDOW_DAYS)}
    given: dict[str, Any] = {"zone": zone.key}
    given |= {name: f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for name, at in moments.items()}
    now = today(stores)
    acts = {row[0]: row[1:] for row in stores.events.rows(_BY_DAY, given)}
    cohorts = dict(stores.events.rows(_COHORTS, given))
    newcomers = dict(stores.events.rows(_NEWCOMERS, given))
    none = (0, 0, 0, 0, 0, 0, 0)
    days: list[KDay] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        its_own = int(newcomers.get(day, 0)), int(cohorts.get(day, 0))
        days.append(_day(day, *its_own, day + timedelta(days=WINDOW_DAYS) >= now, acts.get(day, none)))
    over = [each for each in days if not each.open]
    sums = sum(each.newcomers for each in over), sum(each.by_newcomers for each in over)
    return KFigures(first, last, days, _day(first, *sums, False, acts.get(_WHOLE, none)))


def _day(day: date, newcomers: int, by_newcomers: int, still_open: bool, acts: Sequence[Any]) -> KDay:
    brought, inviters, invitations, cycle, cycles, granted, back = acts
    return KDay(
        day,
        newcomers=newcomers,
        by_newcomers=by_newcomers,
        open=still_open,
        brought=int(brought),
        inviters=int(inviters),
        invitations=int(invitations),
        cycle_hours=cycle / 3_600_000 if cycles else None,
        cents=int(granted or 0) - int(back or 0),
    )
