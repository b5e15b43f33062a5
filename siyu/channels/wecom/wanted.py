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
"""A callback comes before the platform shows the change (document 92130)."""


def want(conn: Connection, account: int, what: str, at: datetime) -> None:
    """A whole list has to be read again: it changed at ``at``."""
    table = wecom_reads
    wanted = insert_into(conn, table).values(account=account, what=what, of="", wanted=at)
    older = sa.or_(table.c.wanted.is_(None), table.c.wanted < at)
    conn.execute(
        wanted.on_conflict_do_update(index_elements=["account", "what", "of"], set_={"wanted": at}, where=older)
    )
    call_for_reading(conn, account, at)


def call_for_reading(conn: Connection, account: int, at: datetime) -> None:
    """Have what is noted read soon; asked many times it is one job."""
    enqueue(conn, REREAD, {"account": account}, now=at, key=f"{REREAD}:{account}", due=at + SETTLES, again=True)
