"""What has to be read because a callback says that it changed: noted here, read by a job (``syncing``)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom.tables import wecom_reads
from siyu.jobs import enqueue
from siyu.storage import insert_into

REREAD = "wecom_reread"
SETTLES = timedelta(seconds=3)
"""A callback comes before the platform shows the change (document 92130), and its time has no parts of a second: only
what is asked for this much later is sure to hold the change."""


def settled(at: datetime) -> datetime:
    """From when on a reading holds what a callback told at ``at``."""
    return at + SETTLES


def want(conn: Connection, account: int, what: str, at: datetime) -> None:
    """A whole list has to be read again: it changed at ``at``."""
    table = wecom_reads
    since = settled(at)
    wanted = insert_into(conn, table).values(account=account, what=what, of="", wanted=since)
    older = sa.or_(table.c.wanted.is_(None), table.c.wanted < since)
    conn.execute(
        wanted.on_conflict_do_update(index_elements=["account", "what", "of"], set_={"wanted": since}, where=older)
    )
    call_for_reading(conn, account, at)


def call_for_reading(conn: Connection, account: int, at: datetime) -> None:
    """Have what is noted read soon; asked many times it is one job."""
    enqueue(conn, REREAD, {"account": account}, now=at, key=f"{REREAD}:{account}", due=settled(at), again=True)
