"""What rewards forget of somebody who is erased: what staff wrote about them. Amounts stay under the number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.purses.tables import reward_steps, rewards


def forget_people(conn: Connection, at: datetime, nodes: Sequence[int]) -> None:
    """See :data:`siyu.people.erasure.ForgetNodes`."""
    del at
    mine = sa.select(rewards.c.id).where(rewards.c.person.in_(nodes))
    conn.execute(sa.update(reward_steps).where(reward_steps.c.reward.in_(mine)).values(why=""))
