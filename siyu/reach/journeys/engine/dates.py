"""Coming in by the calendar: birthdays and other dates of people, so many days after what they did, and schedules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from croniter import croniter

from siyu.audiences import queries as audiences
from siyu.audiences.compile import KEPT_PEOPLE
from siyu.audiences.conditions.did import filters_sql
from siyu.audiences.context import moment
from siyu.audiences.sql import Query, check_path
from siyu.jobs import preferences
from siyu.jobs.tables import cursors
from siyu.people.tables import people
from siyu.reach.journeys.engine.asking import Asking
from siyu.reach.journeys.engine.clock import on_clock
from siyu.reach.journeys.engine.crowd import Numbers
from siyu.reach.journeys.engine.entering import enter
from siyu.reach.journeys.engine.published import Published
from siyu.reach.journeys.triggers import BIRTHDAY, OnDate, OnSchedule
from siyu.reach.rules.quiet_hours import known_zone
from siyu.storage import Stores, insert_into
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.ledger import from_millis, to_millis

LOOK_EVERY = timedelta(minutes=1)
LOOK_BACK = timedelta(days=1)
"""After a longer stand-still, days before this bring nobody in any more."""


def bring_in(stores: Stores, published: Published) -> int:
    """Those whose moment lies between the last look and now; how many came. Looking twice brings nobody in twice."""
    trigger = published.document.trigger
    if not isinstance(trigger, OnDate | OnSchedule):
        return 0
    now = stores.clock.now()
    last = _last_look(stores, published.journey, now)
    if now - last < LOOK_EVERY:
        return 0
    came = 0
    for at, persons in called_between(stores, trigger, last, now):
        if len(persons):
            cause = f"{trigger.__struct_config__.tag}-{from_millis(at).isoformat()}"
            moments = np.full(len(persons), at)
            came += enter(stores, published, Asking(stores), persons, moments, [cause] * len(persons))
    _looked(stores, published.journey, now)
    return came


def called_between(
    stores: Stores, trigger: OnDate | OnSchedule, last: datetime, now: datetime
) -> Iterator[tuple[int, Numbers]]:
    """The moments (milliseconds) later than ``last`` and not later than ``now`` that bring somebody in, with whom; of
    several that a schedule has in between, the last."""
    if isinstance(trigger, OnSchedule):
        yield from _of_schedule(stores, trigger, last, now)
    else:
        yield from _of_dates(stores, trigger, last, now)


def _of_schedule(stores: Stores, trigger: OnSchedule, last: datetime, now: datetime) -> Iterator[tuple[int, Numbers]]:
    zone = preferences.timezone(stores)
    times = croniter(trigger.cron, last.astimezone(zone))
    latest: datetime | None = None
    while (at := times.get_next(datetime)) <= now:
        latest = at
    if latest is not None:  # of several that were slept through, the last
        yield to_millis(latest), audiences.members(stores, trigger.audience).astype(np.int64)


def _of_dates(stores: Stores, trigger: OnDate, last: datetime, now: datetime) -> Iterator[tuple[int, Numbers]]:
    usual = preferences.timezone(stores)
    for name, zone in _zones(stores, usual):
        for day in _days(trigger.clock, zone, last, now):
            at = on_clock(datetime.combine(day, time.fromisoformat(trigger.clock)), zone)
            yield at, _whose_date(stores, trigger, day - timedelta(days=trigger.days), zone, name)


def _days(clock: str, zone: ZoneInfo, last: datetime, now: datetime) -> Iterator[date]:
    """The days on which clocks of a zone showed ``clock`` later than ``last``, until ``now``."""
    day, end = last.astimezone(zone).date(), now.astimezone(zone).date()
    while day <= end:
        if to_millis(last) < on_clock(datetime.combine(day, time.fromisoformat(clock)), zone) <= to_millis(now):
            yield day
        day += timedelta(days=1)


def _zones(stores: Stores, usual: ZoneInfo) -> list[tuple[str | None, ZoneInfo]]:
    """The zones that profiles name, and the usual one for those that name none (or none that is known)."""
    with stores.ledger.read() as conn:
        named = conn.execute(sa.select(people.c.timezone).where(people.c.timezone.is_not(None)).distinct()).scalars()
        return [(None, usual), *((name, zone) for name in named if (zone := known_zone(name)) is not None)]


def _whose_date(stores: Stores, trigger: OnDate, day: date, zone: ZoneInfo, name: str | None) -> Numbers:
    """Kept persons of a zone whose date is this day."""
    query = Query(moment(stores))
    lives = "ifNull(toString(attributes.timezone.:String), '')"
    others = [other for other, _ in _zones(stores, zone) if other is not None]
    living = f"{lives} = {query.text(name)}" if name else f"NOT has({query.texts(others)}, {lives})"
    if trigger.after is not None:
        where = f" AND {filters_sql(query, trigger.after.where)}" if trigger.after.where else ""
        sql = (
            f"SELECT toInt64(who) AS who FROM (SELECT {PERSON} AS who, max(time) AS last FROM events "
            f"WHERE name = {query.text(trigger.after.event)}{where} GROUP BY who) "
            f"WHERE toDate(last, {query.text(zone.key)}) = {query.text(day.isoformat())} "
            f"AND who IN (SELECT person FROM {KEPT_PEOPLE} AND {living})"
        )
    else:
        sql = f"SELECT toInt64(person) AS who FROM {KEPT_PEOPLE} AND {living} AND {_falls(query, trigger, day)}"
    found = stores.events.arrow(sql, query.parameters, heavy=True)
    return found.column("who").to_numpy()


def _falls(query: Query, trigger: OnDate, day: date) -> str:
    """SQL: whether the attribute's date is this day, or its return. Who was born on 29 February has it on the 28th
    where there is no 29th."""
    if trigger.attribute == BIRTHDAY:
        written = "formatDateTime(birthday, '%Y-%m-%d')"
    else:
        check_path(trigger.attribute, "$.trigger.attribute")
        written = f"ifNull(toString(attributes.`{trigger.attribute}`.:String), '')"
    if not trigger.yearly:
        return f"startsWith({written}, {query.text(day.isoformat())})"
    days = [f"{day:%m-%d}"]
    if days == ["02-28"] and (day + timedelta(days=1)).day == 1:
        days.append("02-29")
    return f"substring({written}, 6, 5) IN ({', '.join(map(query.text, days))})"


def _last_look(stores: Stores, journey: int, now: datetime) -> datetime:
    with stores.ledger.read() as conn:
        place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == _cursor(journey))).scalar()
    if place is None:
        _looked(stores, journey, now)
        return now
    return max(from_millis(place), now - LOOK_BACK)


def _looked(stores: Stores, journey: int, now: datetime) -> None:
    with stores.ledger.write() as conn:
        place = to_millis(now)
        moved = insert_into(conn, cursors).values(name=_cursor(journey), place=place)
        conn.execute(moved.on_conflict_do_update(index_elements=["name"], set_={"place": place}))


def _cursor(journey: int) -> str:
    return f"journey-{journey}-dates"
