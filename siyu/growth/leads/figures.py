"""Of forms: devices that looked, leads sent in, answered in time, converted by an order; by day, by who answers.

Answered in time are counted of those whose clock is over or who were answered; dropped leads and cancelled bookings
count as sent in and as nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from siyu.growth.leads import reading
from siyu.growth.leads.reading import ANSWERED, JOINED
from siyu.growth.leads.tables import lead_looks, leads
from siyu.growth.period import DAYS, moments_of
from siyu.jobs import preferences
from siyu.reach.staff_tasks import holders
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import Stores


@dataclass(frozen=True, slots=True)
class Count:
    """Of some leads. ``due``: answered, or past their clock; ``in_time``: of these, answered by it."""

    sent: int = 0
    answered: int = 0
    due: int = 0
    in_time: int = 0
    converted: int = 0
    cents: int = 0

    @property
    def in_time_share(self) -> float | None:
        return self.in_time / self.due if self.due else None

    @property
    def converted_share(self) -> float | None:
        return self.converted / self.sent if self.sent else None


@dataclass(frozen=True, slots=True)
class FormFigures:
    """Of one form in a period; ``looked``: devices that saw it for the first time; ``days``: day → sent in."""

    first: date
    last: date
    looked: int
    whole: Count
    holders: Sequence[tuple[str, str, Count]]
    days: Sequence[tuple[date, int]]


def counts_of(stores: Stores, forms: Sequence[int]) -> dict[int, tuple[int, Count]]:
    """Form → devices that looked and leads, of the last 30 days."""
    since = stores.clock.now() - timedelta(days=DAYS)
    which = leads.c.form.in_(list(forms)), leads.c.at >= since
    query = sa.select(leads.c.form, *_counted(stores.clock.now())).select_from(JOINED).where(*which)
    looks = sa.select(lead_looks.c.form, sa.func.count()).where(
        lead_looks.c.form.in_(list(forms)), lead_looks.c.at >= since
    )
    with stores.ledger.read() as conn:
        counts = {row[0]: _count(row[1:]) for row in conn.execute(query.group_by(leads.c.form))}
        looked = dict(conn.execute(looks.group_by(lead_looks.c.form)).tuples().all())
    return {form: (looked.get(form, 0), counts.get(form, Count())) for form in forms}


def figures_of(stores: Stores, form: int, first: date, last: date) -> FormFigures:
    """Raises :class:`~siyu.storage.NotFound`."""
    reading.get_form(stores, form)
    zone = preferences.timezone(stores)
    since, until = moments_of(stores, first, last)
    which = (leads.c.form == form, leads.c.at >= since, leads.c.at < until)
    now = stores.clock.now()
    holder = sa.func.coalesce(staff_tasks.c.holder, "")
    by_holder = sa.select(holder, *_counted(now)).select_from(JOINED).where(*which).group_by(holder)
    looks = sa.select(sa.func.count()).where(
        lead_looks.c.form == form, lead_looks.c.at >= since, lead_looks.c.at < until
    )
    with stores.ledger.read() as conn:
        whole = _count(conn.execute(sa.select(*_counted(now)).select_from(JOINED).where(*which)).one())
        lines = [(row[0], _count(row[1:])) for row in conn.execute(by_holder)]
        names = holders.names_of(conn, [each for each, _ in lines if each])
        looked = conn.execute(looks).scalar_one()
        moments = conn.execute(sa.select(leads.c.at).where(*which)).scalars()
        by_day: dict[date, int] = {}
        for at in moments:
            day = at.astimezone(zone).date()
            by_day[day] = by_day.get(day, 0) + 1
    lines.sort(key=lambda line: (-line[1].sent, line[0]))
    days = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    told = [(each, names.get(each, ""), count) for each, count in lines]
    return FormFigures(first, last, looked, whole, told, [(day, by_day.get(day, 0)) for day in days])


def to_answer(now: datetime) -> sa.Select[tuple[int]]:
    """How many open leads nobody has answered by their time."""
    which = (leads.c.stage == "open", leads.c.due < now, leads.c.converted.is_(None), ANSWERED.is_(None))
    return sa.select(sa.func.count()).select_from(JOINED).where(*which, leads.c.lapsed.is_(None))


def _counted(now: datetime) -> list[sa.ColumnElement[Any]]:
    open_ = leads.c.stage == "open"
    answered = sa.and_(open_, ANSWERED.is_not(None))
    due = sa.and_(open_, sa.or_(ANSWERED.is_not(None), leads.c.due < now))
    in_time = sa.and_(answered, leads.c.due >= ANSWERED)
    bought = sa.and_(open_, leads.c.converted.is_not(None))
    numbers = [sa.func.sum(sa.case((which, 1), else_=0)) for which in (answered, due, in_time, bought)]
    return [sa.func.count(), *numbers, sa.func.sum(sa.case((bought, leads.c.cents), else_=0))]


def _count(row: Sequence[Any]) -> Count:
    return Count(*(int(value or 0) for value in row))
