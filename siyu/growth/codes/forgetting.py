"""Whose a device is goes with the person; what they were given stays, by number, so that figures hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.codes.tables import scan_devices, scan_places


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    mine = sa.select(sa.literal("d") + scan_devices.c.device).where(scan_devices.c.person.in_(nodes))
    conn.execute(sa.delete(scan_places).where(scan_places.c.who.in_(mine)))
    conn.execute(sa.delete(scan_devices).where(scan_devices.c.person.in_(nodes)))
