"""What a device was given goes with its person; what the person was given stays, by number, so that figures hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.codes.tables import scan_places
from siyu.growth.visitors.tables import visitor_devices


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`; before whose a device is is forgotten."""
    mine = sa.select(sa.literal("d") + visitor_devices.c.device).where(visitor_devices.c.person.in_(nodes))
    conn.execute(sa.delete(scan_places).where(scan_places.c.who.in_(mine)))
