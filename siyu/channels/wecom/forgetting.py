"""What is kept of sending, service, links, hand-overs and moments goes: with the person who is erased, and with time.

The mirror stays (``tables.py``): it is what the platform says of its own id, and by it a sync knows that it has told of
somebody before, so that who was erased does not come back. What a platform lists anew (who came by a link, whom a
moment reached) is read anew as long as it lists it; nobody here is known by that id any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom.acquisition.tables import wecom_link_customers
from siyu.channels.wecom.moments.tables import wecom_moment_people, wecom_moments
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks
from siyu.channels.wecom.service.tables import wecom_kf_chats, wecom_kf_messages
from siyu.channels.wecom.transfers.tables import wecom_handover_items, wecom_unassigned
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.storage import Stores, sent

SENDS_KEPT = timedelta(days=62)
"""Longer than a month, of which the platform counts messages; what became of them stays in the events."""
SERVICE_KEPT = timedelta(days=365)
HANDOVERS_KEPT = timedelta(days=365)
"""Longer than the 90 days of which the platform counts hand-overs."""
MOMENTS_KEPT = timedelta(days=365)
"""Whom a moment met; the moment itself stays."""
SETTLED = ("sent", "refused", "withdrawn")
ROWS_A_TURN = 5_000
JOB = "forget_old_wecom"


def forget_customer(conn: Connection, known: Sequence[tuple[str, str]]) -> None:
    """Forget what somebody who is erased wrote to service, to whom what was sent, how they came, to whom they were
    handed over and which moments they met. Open tasks end by themselves; a hand-over that was not called is not."""
    asked = sent(conn, id=(sa.Text, [value for kind, value in known if kind == "external_userid"]))
    theirs = sa.select(asked.c.id)
    chats = sa.select(wecom_kf_chats.c.id).where(wecom_kf_chats.c.external_userid.in_(theirs))
    conn.execute(sa.delete(wecom_kf_messages).where(wecom_kf_messages.c.chat.in_(chats)))
    conn.execute(sa.delete(wecom_kf_chats).where(wecom_kf_chats.c.external_userid.in_(theirs)))
    settled = wecom_sends.c.state.in_(SETTLED)
    conn.execute(sa.delete(wecom_sends).where(wecom_sends.c.external_userid.in_(theirs), settled))
    handed_over = sa.and_(wecom_handover_items.c.kind == "customer", wecom_handover_items.c.item.in_(theirs))
    conn.execute(sa.delete(wecom_handover_items).where(handed_over))
    for table in (wecom_unassigned, wecom_link_customers, wecom_moment_people):
        conn.execute(sa.delete(table).where(table.c.external_userid.in_(theirs)))


@handles(JOB)
def forget_old(stores: Stores, job: Job) -> dict[str, Any]:
    """Drop settled messages and tasks after two months; service conversations, settled hand-overs and whom moments met
    after a year; in small turns."""
    now, gone = stores.clock.now(), 0
    old_sends = sa.and_(wecom_sends.c.state.in_(SETTLED), wecom_sends.c.at < now - SENDS_KEPT)
    old_tasks = sa.and_(wecom_tasks.c.state == "done", wecom_tasks.c.called < now - SENDS_KEPT)
    old_messages = wecom_kf_messages.c.at < now - SERVICE_KEPT
    old_items = wecom_handover_items.c.settled < now - HANDOVERS_KEPT
    old_moments = sa.select(wecom_moments.c.id).where(wecom_moments.c.at < now - MOMENTS_KEPT)
    for table, old in (
        (wecom_sends, old_sends),
        (wecom_tasks, old_tasks),
        (wecom_kf_messages, old_messages),
        (wecom_handover_items, old_items),
        (wecom_moment_people, wecom_moment_people.c.moment.in_(old_moments)),
    ):
        while count := _turn(stores, table, old):
            gone += count
            job.progress(gone)
    return {"gone": gone}


def _turn(stores: Stores, table: sa.Table, old: sa.ColumnElement[bool]) -> int:
    keys = list(table.primary_key.columns)
    some = sa.select(*keys).where(old).limit(ROWS_A_TURN)
    these = sa.tuple_(*keys).in_(some) if len(keys) > 1 else keys[0].in_(some.scalar_subquery())
    with stores.ledger.write() as conn:
        return conn.execute(sa.delete(table).where(these)).rowcount


schedule(JOB, "57 4 * * *", JOB)
