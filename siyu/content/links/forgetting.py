"""What content links forget of somebody who is erased: how they read. That a link passed through somebody stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.content.links.tables import content_hops, content_reads


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    theirs = sa.select(content_hops.c.id).where(content_hops.c.person.in_(nodes))
    conn.execute(sa.delete(content_reads).where(content_reads.c.hop.in_(theirs)))
    gone = {"message": 0, "opens": 0, "alerted": None}
    conn.execute(sa.update(content_hops).where(content_hops.c.person.in_(nodes)).values(gone))
