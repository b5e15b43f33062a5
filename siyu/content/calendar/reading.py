"""Reading the calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from siyu.content.calendar.model import DAYS_MAX, Draft, OwnDay, Plan
from siyu.content.calendar.tables import content_days, content_plans
from siyu.jobs import preferences
from siyu.storage import BadInput, NotFound, Stores
from siyu.storage.ledger import to_millis

PLANS_MAX = 5_000
_DRAFT = tuple(Draft.__dataclass_fields__)


def plans_between(stores: Stores, first: date, last: date) -> list[Plan]:
    """By day, then in the order in which they were made."""
    if (last - first).days > DAYS_MAX:
        zh, en = f"一次最多看 {DAYS_MAX} 天。", f"At most {DAYS_MAX} days at once."
        raise BadInput("calendar_days", zh, en, field="last")
    query = (
        sa.select(content_plans)
        .where(content_plans.c.removed.is_(None), content_plans.c.day.between(first, last))
        .order_by(content_plans.c.day, content_plans.c.id)
        .limit(PLANS_MAX)
    )
    with stores.ledger.read() as conn:
        return [_plan(row) for row in conn.execute(query).mappings()]


def get_plan(stores: Stores, number: int) -> Plan:
    """Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return plan_in(conn, number)


def plan_in(conn: Connection, number: int) -> Plan:
    """As :func:`get_plan`; also one that was taken out."""
    row = conn.execute(sa.select(content_plans).where(content_plans.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFound("plan_unknown", "日历里没有这条计划。", "There is no such plan in the calendar.")
    return _plan(row)


def own_days(stores: Stores) -> list[OwnDay]:
    """The shop's own days, by date."""
    query = sa.select(content_days).order_by(content_days.c.day, content_days.c.id)
    with stores.ledger.read() as conn:
        return [OwnDay(row.id, row.day, row.name, row.yearly) for row in conn.execute(query)]


def sent_by_day(stores: Stores, first: date, last: date) -> dict[date, tuple[int, int]]:
    """Day → broadcasts and messages that really arrived, by the shop's own clock."""
    zone = preferences.timezone(stores)
    rows = stores.events.rows(
        "SELECT toDate(time, {zone:String}) AS day, uniqExact(ifNull(properties.broadcast.:Int64, 0)), count() "
        "FROM events WHERE name = 'message_accepted' AND time >= fromUnixTimestamp64Milli({since:Int64}) "
        "AND time < fromUnixTimestamp64Milli({until:Int64}) GROUP BY day",
        {"zone": str(zone), "since": _begins(first, zone), "until": _begins(last + timedelta(days=1), zone)},
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def _begins(day: date, zone: Any) -> int:
    return to_millis(datetime.combine(day, time(), zone))


def _plan(row: RowMapping) -> Plan:
    draft = Draft(**{name: row[name] for name in _DRAFT})
    return Plan(row["id"], draft, row["done"], row["removed"] is not None, row["by"])
