"""What came of leads: who bought afterwards, who was not answered in time, who did not buy.

Each is told once, as an event of the person (``lead_converted``, ``lead_late``, ``lead_lapsed``), which journeys and
audiences go on with.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from siyu.growth.leads.floods import forget_marks
from siyu.growth.leads.reading import ANSWERED, JOINED
from siyu.growth.leads.sending import tell
from siyu.growth.leads.tables import lead_forms, leads
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.people.families import members_of
from siyu.people.moments import aware
from siyu.people.tables import people
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import Stores, sent
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.ledger import Instant

JOB = "follow_leads"
LEADS_A_STEP = 2_000
AFTER_LAPSE_DAYS = 90
"""Who buys so long after it was told that they had not is still one who bought."""


@handles(JOB)
def follow(stores: Stores, job: Job) -> dict[str, Any]:
    """Look once at every open lead that may still change."""
    converted = seen = 0
    while step := _step(stores, seen):
        seen = step[-1].id
        converted += _convert(stores, step)
        job.progress(converted)
    late, lapsed = _tell_late(stores), _tell_lapsed(stores)
    with stores.ledger.write() as conn:
        forget_marks(conn, stores.clock.now())
    return {"converted": converted, "late": late, "lapsed": lapsed}


def _step(stores: Stores, after: int) -> Sequence[Any]:
    """The next open leads whose orders still count."""
    last = stores.clock.now() - timedelta(days=AFTER_LAPSE_DAYS)
    over = sa.or_(leads.c.lapsed.is_(None), leads.c.lapsed > sa.literal(last, Instant))
    query = (
        sa.select(leads.c.id, leads.c.person, leads.c.at, people.c.kept, lead_forms.c.name)
        .select_from(JOINED)
        .where(leads.c.id > after, leads.c.stage == "open", leads.c.converted.is_(None), over)
    )
    with stores.ledger.read() as conn:
        return conn.execute(query.order_by(leads.c.id).limit(LEADS_A_STEP)).all()


def _convert(stores: Stores, step: Sequence[Any]) -> int:
    with stores.ledger.read() as conn:
        families = members_of(conn, sorted({row.kept for row in step}))
    kept_of = {node: kept for kept, nodes in families.items() for node in nodes}
    orders: dict[int, list[tuple[datetime, str, int]]] = {}
    rows = stores.events.rows(
        f"SELECT {PERSON} AS kept, time, `order`, amount FROM events WHERE name = 'order_paid' "
        "AND person IN {nodes:Array(UInt32)} AND time >= {since:DateTime64(3, 'UTC')} ORDER BY time, message_id",
        {"nodes": sorted(kept_of), "since": min(row.at for row in step)},
        heavy=True,
    )
    for kept, at, order, amount in rows:
        orders.setdefault(int(kept), []).append((aware(at), str(order), int((amount or 0) * 100)))
    first = {row.id: next((each for each in orders.get(row.kept, ()) if each[0] >= row.at), None) for row in step}
    bought = [(row, order) for row in step if (order := first[row.id]) is not None]
    if not bought:
        return 0
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        new: list[tuple[int, int, dict[str, object]]] = []
        for row, (at, order, cents) in bought:
            which = sa.and_(leads.c.id == row.id, leads.c.converted.is_(None), leads.c.stage == "open")
            if conn.execute(sa.update(leads).where(which).values(converted=at, order=order, cents=cents)).rowcount:
                new.append((row.id, row.person, {"form": row.name, "lead": row.id, "order_id": order, "cents": cents}))
        tell(conn, "lead_converted", now, new)
    return len(new)


def _tell_late(stores: Stores) -> int:
    """Those whose clock ran out with nobody having answered."""
    now = stores.clock.now()
    unanswered = sa.and_(ANSWERED.is_(None), sa.or_(staff_tasks.c.state.is_(None), staff_tasks.c.state != "cancelled"))
    due = sa.and_(leads.c.stage == "open", leads.c.late.is_(None), leads.c.due < now, leads.c.converted.is_(None))
    return _tell(stores, now, "lead_late", "late", sa.and_(due, leads.c.lapsed.is_(None), unanswered))


def _tell_lapsed(stores: Stores) -> int:
    """Those who did not buy within their form's days."""
    now = stores.clock.now()
    day_ms = 86_400_000
    at = sa.type_coerce(leads.c.at, sa.BigInteger) + sa.cast(lead_forms.c.lapse_days, sa.BigInteger) * day_ms
    over = at < int(now.timestamp() * 1000)
    open_ = sa.and_(leads.c.stage == "open", leads.c.lapsed.is_(None), leads.c.converted.is_(None))
    return _tell(stores, now, "lead_lapsed", "lapsed", sa.and_(open_, over))


def _tell(stores: Stores, now: datetime, name: str, column: str, which: sa.ColumnElement[bool]) -> int:
    """Mark and tell them, by steps; how many."""
    query = (
        sa.select(leads.c.id, leads.c.person, lead_forms.c.name, staff_tasks.c.holder)
        .select_from(JOINED)
        .where(which)
        .order_by(leads.c.id)
        .limit(LEADS_A_STEP)
    )
    told = 0
    while True:
        with stores.ledger.write() as conn:
            rows = conn.execute(query).all()
            if not rows:
                return told
            asked = sa.select(sent(conn, id=(sa.BigInteger, [row.id for row in rows])).c.id)
            conn.execute(sa.update(leads).where(leads.c.id.in_(asked)).values({column: now}))
            properties = [
                (row.id, row.person, {"form": row.name, "lead": row.id, "staff": row.holder or ""}) for row in rows
            ]
            tell(conn, name, now, properties)
        told += len(rows)


schedule(JOB, "*/5 * * * *", JOB)
