"""What is kept of sending and of service goes: with the person who is erased, and with time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks
from siyu.channels.wecom.service.tables import wecom_kf_chats, wecom_kf_messages
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.storage import Stores, sent

SENDS_KEPT = timedelta(days=62)
"""Longer than a month, of which the platform counts messages; what became of them stays in the events."""
SERVICE_KEPT = timedelta(days=365)
SETTLED = ("sent", "refused", "withdrawn")
ROWS_A_TURN = 5_000
JOB = "forget_old_wecom"


def forget_customer(conn: Connection, known: Sequence[tuple[str, str]]) -> None:
    """Forget what somebody who is erased wrote to service, and to whom what was sent. Open tasks end by themselves."""
    asked = sent(conn, id=(sa.Text, [value for kind, value in known if kind == "external_userid"]))
    theirs = sa.select(asked.c.id)
    chats = sa.select(wecom_kf_chats.c.id).where(wecom_kf_chats.c.external_userid.in_(theirs))
    conn.execute(sa.delete(wecom_kf_messages).where(wecom_kf_messages.c.chat.in_(chats)))
    conn.execute(sa.delete(wecom_kf_chats).where(wecom_kf_chats.c.external_userid.in_(theirs)))
    settled = wecom_sends.c.state.in_(SETTLED)
    conn.execute(sa.delete(wecom_sends).where(wecom_sends.c.external_userid.in_(theirs), settled))


@handles(JOB)
def forget_old(stores: Stores, job: Job) -> dict[str, Any]:
    """Drop settled messages and tasks after two months, and service conversations after a year, in small turns."""
    now, gone = stores.clock.now(), 0
    old_sends = sa.and_(wecom_sends.c.state.in_(SETTLED), wecom_sends.c.at < now - SENDS_KEPT)
    old_tasks = sa.and_(wecom_tasks.c.state == "done", wecom_tasks.c.called < now - SENDS_KEPT)
    old_messages = wecom_kf_messages.c.at < now - SERVICE_KEPT
    for key, old in (
        (wecom_sends.c.delivery_id, old_sends),
        (wecom_tasks.c.id, old_tasks),
        (wecom_kf_messages.c.id, old_messages),
    ):
        while count := _turn(stores, key, old):
            gone += count
            job.progress(gone)
    return {"gone": gone}


def _turn(stores: Stores, key: sa.Column[Any], old: sa.ColumnElement[bool]) -> int:
    some = sa.select(key).where(old).limit(ROWS_A_TURN).scalar_subquery()
    with stores.ledger.write() as conn:
        return conn.execute(sa.delete(key.table).where(key.in_(some))).rowcount


schedule(JOB, "57 4 * * *", JOB)
