"""What official accounts and mini programs still allow: mass messages, answers while a window is open, consents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.allowances import Allowance, capped, of_these
from siyu.channels.wechat.tables import wechat_grants, wechat_users, wechat_windows
from siyu.channels.wechat.users import FOLLOWING, month_of

MASS = ("mass_month", "群发给粉丝", "Mass messages to followers")
ANSWERS = ("answers", "客服回复（有人刚来信）", "Answers to who has just written")
CONSENTS = ("consents", "订阅消息的同意", "Consents to subscription messages")
MASS_USUAL = 4


def of_official_account(
    conn: Connection,
    account: int,
    settings: Mapping[str, Any],
    now: datetime,
    only: Sequence[str] | None = None,
) -> list[Allowance]:
    """See :class:`~siyu.channels.allowances.Allowing`."""
    found = of_miniprogram(conn, account, settings, now, only)
    if settings.get("account_kind") == "subscription":
        return found
    each = int(settings.get("mass_quota") or MASS_USUAL)
    user = wechat_users.c
    had = sa.case((user.mass_month == month_of(now), user.mass_count), else_=0)
    query = sa.select(had, sa.func.count()).where(user.account == account, user.state == FOLLOWING)
    rows = conn.execute(of_these(conn, query, user.openid, only).group_by(had))
    by_times = dict(rows.tuples().all())
    return [capped(MASS, "month", each, sum(by_times.values()), by_times), *found]


def of_miniprogram(
    conn: Connection,
    account: int,
    settings: Mapping[str, Any],
    now: datetime,
    only: Sequence[str] | None = None,
) -> list[Allowance]:
    """See :class:`~siyu.channels.allowances.Allowing`."""
    window, grant = wechat_windows.c, wechat_grants.c
    mine = sa.and_(window.account == account, window.until > now, window.remaining > 0)
    left = sa.func.coalesce(sa.func.sum(window.remaining), 0)
    query = sa.select(sa.func.count(sa.distinct(window.openid)), left).where(mine)
    answerable, answers = conn.execute(of_these(conn, query, window.openid, only)).one()
    granted = sa.func.coalesce(sa.func.sum(grant.granted), 0)
    given = sa.select(sa.func.count(sa.distinct(grant.openid)), granted)
    agreed, consents = conn.execute(
        of_these(conn, given.where(grant.account == account, grant.granted > 0), grant.openid, only)
    ).one()
    return [
        Allowance(*ANSWERS, "now", None, answerable, answerable, 0, int(answers), mass=True),
        Allowance(*CONSENTS, "now", None, agreed, agreed, 0, int(consents), mass=True),
    ]
