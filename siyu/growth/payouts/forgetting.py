"""What payouts forget of somebody who is erased: at which open id they were paid. The bill and its amount stay: they
are the books. What has not been paid yet is not paid any more by itself: staff decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.payouts.tables import payouts
from siyu.growth.purses.tables import rewards


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    mine = payouts.c.reward.in_(sa.select(rewards.c.id).where(rewards.c.person.in_(nodes)))
    waits = payouts.c.state == "intended"
    conn.execute(sa.update(payouts).where(mine, waits).values(state="withdrawn", changed=at, next=None))
    conn.execute(sa.update(payouts).where(mine).values(openid="", said="", package=""))
