"""What care forgets of somebody who is erased: that they were thought of. The budget stays spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.care.tables import care_gifts


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    conn.execute(sa.delete(care_gifts).where(care_gifts.c.person.in_(nodes)))
