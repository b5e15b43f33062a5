"""What Douyin still allows: private messages to whom a window is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.allowances import Allowance, of_these
from siyu.channels.douyin.tables import douyin_windows
from siyu.channels.douyin.windows import SCENES

ANSWERS = ("answers", "私信（有人刚来信或允许接收）", "Private messages to who has just written or allowed them")


def allowances(
    conn: Connection,
    account: int,
    settings: Mapping[str, Any],
    now: datetime,
    only: Sequence[str] | None = None,
) -> list[Allowance]:
    """See :class:`~siyu.channels.allowances.Allowing`."""
    window = douyin_windows.c
    most = sa.case(*((window.scene == name, scene.messages) for name, scene in SCENES.items()), else_=0)
    mine = sa.and_(window.account == account, window.until > now, window.opened <= now, window.used < most)
    left, used = (sa.func.coalesce(sa.func.sum(each), 0) for each in (most - window.used, window.used))
    query = sa.select(sa.func.count(sa.distinct(window.open_id)), left, used).where(mine)
    people, messages, gone = conn.execute(of_these(conn, query, window.open_id, only)).one()
    return [Allowance(*ANSWERS, "now", None, people, people, int(gone), int(messages), mass=True)]
