"""What campaigns forget of somebody who is erased: devices, orders that they might have
used, and what they wrote. Numbers stay, so figures stay true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.tables import campaign_tickets, contributions


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    mine = sa.update(contributions).where(contributions.c.person.in_(nodes))
    conn.execute(mine.values(device="", data={}))
    conn.execute(sa.delete(campaign_tickets).where(campaign_tickets.c.person.in_(nodes)))
