"""What leads forget of somebody who is erased: all they wrote. That there was a lead stays, so figures hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.leads.tables import lead_looks, leads
from siyu.growth.visitors.tables import visitor_devices


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`; before whose a device is is forgotten."""
    del at
    theirs = leads.c.person.in_(nodes)
    mine = sa.select(visitor_devices.c.device).where(visitor_devices.c.person.in_(nodes))
    used = sa.select(leads.c.device).where(theirs)
    conn.execute(sa.delete(lead_looks).where(sa.or_(lead_looks.c.device.in_(mine), lead_looks.c.device.in_(used))))
    gone = {"name": "", "wish": "", "city": "", "more": {}, "device": "", "network": "", "note": "", "order": ""}
    conn.execute(sa.update(leads).where(theirs).values(gone))
