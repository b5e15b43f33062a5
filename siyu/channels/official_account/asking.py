"""Asks for what is read in the background (see ``reading.py``)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wechat.tables import wechat_users
from siyu.channels.wechat.users import FOLLOWING
from siyu.jobs import enqueue

READ_JOB, LIST_JOB = "read_wechat_users", "list_wechat_followers"


def ask_to_read(conn: Connection, account: int) -> None:
    """Have those read of whom something new is known; one job an account, however often it is asked for."""
    enqueue(conn, READ_JOB, {"account": account}, key=f"{READ_JOB}-{account}", again=True)


def ask_to_read_again(conn: Connection, account: int) -> int:
    """Have the list and everybody on it read anew; the job's number."""
    following = sa.and_(wechat_users.c.account == account, wechat_users.c.state == FOLLOWING)
    conn.execute(sa.update(wechat_users).where(following).values(stale=True))
    return ask_to_list(conn, account)


def ask_to_list(conn: Connection, account: int) -> int:
    """Have the whole list of followers read; the job's number."""
    return enqueue(conn, LIST_JOB, {"account": account}, key=f"{LIST_JOB}-{account}")
