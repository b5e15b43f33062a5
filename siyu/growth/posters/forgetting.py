"""How somebody was shown on posters goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.posters.tables import poster_faces


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    conn.execute(sa.delete(poster_faces).where(poster_faces.c.person.in_(nodes)))
