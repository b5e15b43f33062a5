"""Whose a device is goes with the person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.tables import campaign_visits
from siyu.growth.visitors.tables import visitor_devices, visitor_posts


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    mine = sa.select(visitor_devices.c.device).where(visitor_devices.c.person.in_(nodes))
    conn.execute(sa.delete(campaign_visits).where(campaign_visits.c.device.in_(mine)))
    conn.execute(sa.delete(visitor_posts).where(visitor_posts.c.device.in_(mine)))
    conn.execute(sa.delete(visitor_devices).where(visitor_devices.c.person.in_(nodes)))
