"""What scripts forget of somebody who is erased: to whom they were said. That they were said stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.content.scripts.tables import content_sayings


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    conn.execute(sa.update(content_sayings).where(content_sayings.c.person.in_(nodes)).values(person=None))
