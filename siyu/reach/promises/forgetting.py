"""What promises forget of somebody who is erased: what was said. That there was one stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.reach.promises.tables import promises


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    conn.execute(sa.update(promises).where(promises.c.person.in_(nodes)).values(words="—", order=""))
