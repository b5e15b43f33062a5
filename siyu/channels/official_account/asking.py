"""Asks for what is read in the background (see ``reading.py``)."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from siyu.jobs import enqueue

READ_JOB, LIST_JOB = "read_wechat_users", "list_wechat_followers"


def ask_to_read(conn: Connection, account: int) -> None:
    """Have those read of whom something new is known; one job an account, however often it is asked for."""
    enqueue(conn, READ_JOB, {"account": account}, key=f"{READ_JOB}-{account}", again=True)


def ask_to_list(conn: Connection, account: int) -> int:
    """Have the whole list of followers read; the job's number."""
    return enqueue(conn, LIST_JOB, {"account": account}, key=f"{LIST_JOB}-{account}")
