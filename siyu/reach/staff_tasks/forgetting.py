"""What tasks forget of somebody who is erased: notes about them. What is still to do for them is cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.reach.staff_tasks.model import UNDONE
from siyu.reach.staff_tasks.tables import staff_tasks


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    mine = staff_tasks.c.person.in_(nodes)
    undone = sa.update(staff_tasks).where(mine, staff_tasks.c.state.in_(UNDONE))
    conn.execute(undone.values(state="cancelled", ended=at, ended_by="system", why="erased"))
    conn.execute(sa.update(staff_tasks).where(mine).values(note=""))
