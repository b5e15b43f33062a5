"""What WeCom still allows: mass messages to customers and groups, new friends by paid links (D.5, D.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.allowances import Allowance, capped, of_these
from siyu.channels.wecom import quotas
from siyu.channels.wecom.acquisition.tables import wecom_quotas
from siyu.channels.wecom.advisers import FRIEND
from siyu.channels.wecom.group_posts import limits
from siyu.channels.wecom.group_posts.tables import wecom_group_post_items, wecom_group_tasks
from siyu.channels.wecom.sending_tables import wecom_sends, wecom_tasks
from siyu.channels.wecom.tables import wecom_contacts, wecom_groups, wecom_members

CUSTOMERS_DAY = ("customers_today", "群发给客户", "Mass messages to customers")
CUSTOMERS_MONTH = ("customers_month", "群发给客户", "Mass messages to customers")
GROUPS_DAY = ("groups_today", "群发到客户群", "Mass messages to groups")
GROUPS_MONTH = ("groups_month", "群发到客户群", "Mass messages to groups")
LINKS = ("links", "获客链接带来的新好友", "New friends by acquisition links")
MEMBERS_MAX = 500


@dataclass(frozen=True, slots=True)
class MemberUse:
    """What a member is asked to send this month: customers and groups, and tasks that wait for a tap."""

    userid: str
    name: str
    customers: int
    groups: int
    waiting: int


def allowances(
    conn: Connection,
    account: int,
    settings: Mapping[str, Any],
    now: datetime,
    only: Sequence[str] | None = None,
) -> list[Allowance]:
    """See :class:`~siyu.channels.allowances.Allowing`; of single customers nothing is said of groups or links."""
    friends = _friends(conn, account, only)
    day, month = quotas.day_begins(now), quotas.month_begins(now)
    today, lately = (_had(conn, wecom_sends.c.external_userid, account, since, only) for since in (day, month))
    found = [
        capped(CUSTOMERS_DAY, "today", quotas.day_max(settings), friends, today),
        capped(CUSTOMERS_MONTH, "month", quotas.month_max(settings, now), friends, lately),
    ]
    return found if only is not None else [*found, *_of_groups(conn, account, settings, now), *_of_links(conn, account)]


def by_member(conn: Connection, account: int, now: datetime) -> list[MemberUse]:
    """Members with something to send this month, those who wait for most first; 500 at most."""
    since = quotas.month_begins(now)
    customers = _by_sender(conn, wecom_sends, account, since, quotas.COUNTING)
    groups = _by_sender(conn, wecom_group_post_items, account, since, limits.COUNTING)
    waiting: dict[str, int] = {}
    for table in (wecom_tasks, wecom_group_tasks):
        mine = sa.and_(table.c.account == account, table.c.state == "waiting")
        for userid, many in conn.execute(
            sa.select(table.c.sender, sa.func.count()).where(mine).group_by(table.c.sender)
        ):
            waiting[userid] = waiting.get(userid, 0) + many
    named = sa.select(wecom_members.c.userid, wecom_members.c.name).where(wecom_members.c.account == account)
    names = dict(conn.execute(named).tuples().all())
    senders = sorted({*customers, *groups, *waiting}, key=lambda each: (-waiting.get(each, 0), each))
    return [
        MemberUse(each, names.get(each) or each, customers.get(each, 0), groups.get(each, 0), waiting.get(each, 0))
        for each in senders[:MEMBERS_MAX]
    ]


def _friends(conn: Connection, account: int, only: Sequence[str] | None) -> int:
    table = wecom_contacts.c
    query = sa.select(sa.func.count(sa.distinct(table.external_userid)))
    query = query.where(table.account == account, table.state == FRIEND)
    return int(conn.execute(of_these(conn, query, table.external_userid, only)).scalar_one())


def _had(
    conn: Connection, receiver: sa.Column[str], account: int, since: datetime, only: Sequence[str] | None = None
) -> dict[int, int]:
    """Receivers by how many they had since."""
    table = receiver.table.c
    one = sa.select(sa.func.count().label("times")).where(
        table.account == account, table.at >= since, table.state.in_(quotas.COUNTING)
    )
    each = of_these(conn, one, receiver, only).group_by(receiver).subquery()
    rows = conn.execute(sa.select(each.c.times, sa.func.count()).group_by(each.c.times))
    return dict(rows.tuples().all())


def _of_groups(conn: Connection, account: int, settings: Mapping[str, Any], now: datetime) -> list[Allowance]:
    there = sa.and_(wecom_groups.c.account == account, wecom_groups.c.dismissed.is_(None))
    groups = int(conn.execute(sa.select(sa.func.count()).select_from(wecom_groups).where(there)).scalar_one())
    if not groups:
        return []
    chat = wecom_group_post_items.c.chat_id
    today, month = (
        _had(conn, chat, account, quotas.day_begins(now)),
        _had(conn, chat, account, quotas.month_begins(now)),
    )
    return [
        capped(GROUPS_DAY, "today", limits.day_max(settings), groups, today, mass=False),
        capped(GROUPS_MONTH, "month", limits.month_max(settings, now), groups, month, mass=False),
    ]


def _of_links(conn: Connection, account: int) -> list[Allowance]:
    row = conn.execute(sa.select(wecom_quotas).where(wecom_quotas.c.account == account)).one_or_none()
    if row is None:
        return []
    return [Allowance(*LINKS, "paid", None, row.total, row.balance, row.total - row.balance, row.balance)]


def _by_sender(
    conn: Connection, table: sa.Table, account: int, since: datetime, states: Sequence[str]
) -> dict[str, int]:
    mine = sa.and_(table.c.account == account, table.c.at >= since, table.c.state.in_(states))
    rows = conn.execute(sa.select(table.c.sender, sa.func.count()).where(mine).group_by(table.c.sender))
    return dict(rows.tuples().all())
