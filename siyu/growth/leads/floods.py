"""Forms that are sent by a flood: how many leads a network may leave a day, and a form may get within an hour.

Whoever invents a number each time is one device and one person to nobody, but has few networks. Of an address a mark
is kept, from which it can't be read, for a month. Who is turned away sees a friendly page; how many were is a figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.leads.doing import close_in
from siyu.growth.leads.model import Limits
from siyu.growth.leads.tables import lead_refusals, leads
from siyu.reach.staff_tasks.tables import staff_tasks
from siyu.storage import Conflict, NotFound, Stores, insert_into

Reason = Literal["device", "network", "form"]
REASONS: dict[Reason, tuple[str, str]] = {
    "device": ("同一台设备一天内提交太多", "Too many from one device in a day"),
    "network": ("同一网络一天内提交太多", "Too many from one network in a day"),
    "form": ("整张表单一小时内提交太多", "Too many by the form within an hour"),
}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MARKS_KEPT = timedelta(days=30)
CLOSED_AT_ONCE = 500


class Flooded(Conflict):
    """Turned away; ``reason`` says for which limit."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(
            "lead_often",
            *{
                "device": ("今天提交得太多了，请明天再来。", "Too many for today: come back tomorrow."),
                "network": (
                    "您所在的网络今天提交得太多了。换用手机流量再试，或直接联系门店。",
                    "Too many from your network today. Try again on mobile data, or ask the shop.",
                ),
                "form": (
                    "现在提交的人太多，请一小时后再来，或直接联系门店。",
                    "Too many people at once. Come back in an hour, or ask the shop.",
                ),
            }[reason],
        )
        self.reason: Reason = reason


def check(conn: Connection, form: int, limits: Limits, now: datetime, device: str, network: str) -> None:
    """Raises :class:`Flooded`. ``network``: the mark of an address, "" where none is known."""
    of_form = leads.c.form == form
    if device and _many(conn, of_form, leads.c.device == device, leads.c.at > now - DAY) >= limits.device_day:
        raise Flooded("device")
    if network and limits.network_day:
        there = (of_form, leads.c.network == network, leads.c.at > now - DAY)
        if _many(conn, *there) >= limits.network_day:
            raise Flooded("network")
    if limits.form_hour and _many(conn, of_form, leads.c.at > now - HOUR) >= limits.form_hour:
        raise Flooded("form")


def _many(conn: Connection, *which: sa.ColumnElement[bool]) -> int:
    return conn.execute(sa.select(sa.func.count()).where(*which)).scalar_one()


def turned_away(stores: Stores, form: int, reason: Reason) -> None:
    """Count one, of this hour; not where it would have to wait for another writer: a flood waits for nobody."""
    hour = stores.clock.now().replace(minute=0, second=0, microsecond=0)
    with stores.ledger.write_unless_busy() as conn:
        if conn is not None:
            adding = insert_into(conn, lead_refusals).values(form=form, hour=hour, reason=reason, many=1)
            more = {"many": lead_refusals.c.many + 1}
            conn.execute(adding.on_conflict_do_update(index_elements=["form", "hour", "reason"], set_=more))


def refused_of(stores: Stores, form: int, since: datetime, until: datetime) -> dict[Reason, int]:
    """Reason → how many were turned away, at least."""
    table = lead_refusals.c
    query = sa.select(table.reason, sa.func.sum(table.many)).where(
        table.form == form, table.hour >= since, table.hour < until
    )
    with stores.ledger.read() as conn:
        return {reason: int(many) for reason, many in conn.execute(query.group_by(table.reason)) if reason in REASONS}


def beside(stores: Stores, lead: int) -> Sequence[int]:
    """The open leads that came by the same form from the same network within a day of this one, it among them, which
    nobody has answered. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        return _beside(conn, lead)


def drop_all(stores: Stores, by: str, lead: int) -> list[int]:
    """They were none, all of :func:`beside`: seats are free, tasks are taken back; which. Raises :class:`NotFound`."""
    now = stores.clock.now()
    with stores.ledger.write() as conn:
        found = _beside(conn, lead)
        for each in found:
            close_in(conn, by, each, "dropped", now)
        return found


def _beside(conn: Connection, lead: int) -> list[int]:
    row = conn.execute(sa.select(leads.c.form, leads.c.network, leads.c.at).where(leads.c.id == lead)).one_or_none()
    if row is None:
        raise NotFound("lead_not_found", f"没有编号为 {lead} 的线索。", f"There is no lead {lead}.")
    if not row.network:
        return []
    answered = sa.and_(staff_tasks.c.state == "done", staff_tasks.c.ended.is_not(None))
    query = (
        sa.select(leads.c.id)
        .outerjoin(staff_tasks, staff_tasks.c.id == leads.c.task)
        .where(leads.c.form == row.form, leads.c.network == row.network, leads.c.stage == "open")
        .where(leads.c.at > row.at - DAY, leads.c.at < row.at + DAY, leads.c.converted.is_(None))
        .where(sa.not_(sa.func.coalesce(answered, sa.false())))
        .order_by(leads.c.id)
        .limit(CLOSED_AT_ONCE)
    )
    return list(conn.execute(query).scalars())


def forget_marks(conn: Connection, now: datetime) -> int:
    """Of addresses no mark is kept for longer than a month."""
    old = sa.and_(leads.c.network != "", leads.c.at < now - MARKS_KEPT)
    return conn.execute(sa.update(leads).where(old).values(network="")).rowcount
