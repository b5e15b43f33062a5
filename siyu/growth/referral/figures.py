"""K and what belongs to it, by day, from the event log alone.

Of each day: *newcomers* are persons first seen that day; *K* is how many people these brought within
:data:`WINDOW_DAYS` days of coming themselves, per newcomer (a cohort's figure, so it is *open* until those days are
over). *brought* are those who came that day by somebody, *inviters* those who brought them, *invitations* what was sent
out, *cycle* the median time from an inviter's own coming to a friend's, *cost* the money granted less what was taken
back that day, per person brought. A fact that is older than what is known of its inviter is in no cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from siyu.jobs import preferences
from siyu.storage import BadInput, Stores
from siyu.storage.eventlog_schema import NEVER, PERSON

DAYS, DAYS_MAX = 30, 400
WINDOW_DAYS = 7
_WINDOW_MS = WINDOW_DAYS * 86_400_000
_CYCLE = "properties.`cycle_ms`.:Int64"

_BY_DAY = f"""
SELECT toDate(time, {{zone:String}}) AS day,
    countIf(name = 'brought') AS brought,
    uniqExactIf(properties.`inviter`.:Int64, name = 'brought') AS inviters,
    countIf(name = 'invited') AS invitations,
    quantileIf(0.5)({_CYCLE}, name = 'brought' AND {_CYCLE} IS NOT NULL) AS cycle,
    countIf(name = 'brought' AND {_CYCLE} IS NOT NULL) AS cycles,
    sumIf(properties.`cents`.:Int64, name = 'reward_granted') AS granted,
    sumIf(properties.`cents`.:Int64, name = 'reward_taken_back') AS back
FROM events
WHERE name IN ('brought', 'invited', 'reward_granted', 'reward_taken_back') AND time >= {{first:DateTime64(3, 'UTC')}}
    AND time < {{last:DateTime64(3, 'UTC')}}
GROUP BY day
"""
_WHOLE = f"""
SELECT uniqExact(properties.`inviter`.:Int64), quantileIf(0.5)({_CYCLE}, {_CYCLE} IS NOT NULL),
    countIf({_CYCLE} IS NOT NULL)
FROM events
WHERE name = 'brought' AND time >= {{first:DateTime64(3, 'UTC')}} AND time < {{last:DateTime64(3, 'UTC')}}
"""
_COHORTS = f"""
SELECT toDate(addMilliseconds(time, -{_CYCLE}), {{zone:String}}) AS day, count() AS brought
FROM events
WHERE name = 'brought' AND {_CYCLE} BETWEEN 0 AND {_WINDOW_MS} AND time >= {{first:DateTime64(3, 'UTC')}}
    AND time < {{after:DateTime64(3, 'UTC')}}
GROUP BY day
"""
_NEWCOMERS = f"""
SELECT toDate(came, {{zone:String}}) AS day, count() AS newcomers
FROM (
    SELECT person, min(first_time) AS came FROM person_stats
    WHERE first_time < {NEVER} GROUP BY person
)
WHERE came >= {{first:DateTime64(3, 'UTC')}} AND came < {{last:DateTime64(3, 'UTC')}}
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
    today = stores.clock.now().astimezone(zone).date()
    last = last or today
    first = first or last - timedelta(days=DAYS - 1)
    if not 0 <= (last - first).days < DAYS_MAX or not 1970 < first.year <= last.year < 2200:
        raise BadInput(
            "period_unfit", f"时间段须为 1 到 {DAYS_MAX} 天。", f"A period has 1 to {DAYS_MAX} days.", field="first"
        )
    moments = {
        "first": datetime.combine(first, time(), zone),
        "last": datetime.combine(last + timedelta(days=1), time(), zone),
        "after": datetime.combine(last + timedelta(days=1 + WINDOW_DAYS), time(), zone),
    }
    given: dict[str, Any] = {"zone": zone.key}
    given |= {name: f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for name, at in moments.items()}
    acts = {row[0]: row for row in stores.events.rows(_BY_DAY, given)}
    cohorts = dict(stores.events.rows(_COHORTS, given))
    newcomers = dict(stores.events.rows(_NEWCOMERS, given))
    days: list[KDay] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        _, brought, inviters, invitations, cycle, cycles, granted, back = acts.get(day, (day, 0, 0, 0, 0, 0, 0, 0))
        days.append(
            KDay(
                day,
                newcomers=int(newcomers.get(day, 0)),
                by_newcomers=int(cohorts.get(day, 0)),
                open=day + timedelta(days=WINDOW_DAYS) >= today,
                brought=int(brought),
                inviters=int(inviters),
                invitations=int(invitations),
                cycle_hours=cycle / 3_600_000 if cycles else None,
                cents=int(granted or 0) - int(back or 0),
            )
        )
    return KFigures(first, last, days, _total(stores, days, given))


def _total(stores: Stores, days: list[KDay], given: dict[str, Any]) -> KDay:
    over = [each for each in days if not each.open]
    (row,) = stores.events.rows(_WHOLE, given)
    inviters, cycle, cycles = row
    return KDay(
        days[0].day,
        newcomers=sum(each.newcomers for each in over),
        by_newcomers=sum(each.by_newcomers for each in over),
        open=False,
        brought=sum(each.brought for each in days),
        inviters=int(inviters),
        invitations=sum(each.invitations for each in days),
        cycle_hours=cycle / 3_600_000 if cycles else None,
        cents=sum(each.cents for each in days),
    )
