"""Which groups a post may reach now: the platform's own limits, kept as data (D.5).

A group may get as many mass messages a month as the month has days; an administrator may tighten it. Counted are days
and months in Beijing; a post counts from when it is gathered for its owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.channels.wecom.group_posts.tables import wecom_group_post_items as items
from siyu.channels.wecom.quotas import day_begins, days_in_month, month_begins
from siyu.channels.wecom.tables import wecom_groups, wecom_members
from siyu.channels.wecom.weekly import WEEK

GROUP_DAY_MAX, GROUP_MONTH_MAX, GROUP_TASK_MAX = "group_day_max", "group_month_max", "group_task_max"
TASK_GROUPS_USUAL = 2_000
COUNTING = ("gathered", "handed", "sent")

REASONS: Mapping[str, tuple[str, str]] = {
    "group_gone": ("群已解散，或还没有同步到", "The group is dismissed, or was not read yet"),
    "group_no_owner": ("群主已离职或没有群主", "The owner has left, or there is none"),
    "group_quota_day": ("今天的群发次数已用完", "Has had as many mass messages as a day allows"),
    "group_quota_month": ("本月的群发次数已用完", "Has had as many mass messages as the month allows"),
    "group_week": ("7 天内的群发已达本店上限", "Has had as many mass messages in 7 days as your own cap allows"),
    "group_not_reachable": ("企业微信：不能群发到这个群", "WeCom: this group can't be sent to"),
    "group_quota_used": ("企业微信：这个群接收群发的次数已用完", "WeCom: the group's mass messages are used up"),
    "wecom_not_confirmed": ("群主未在期限内确认", "The owner did not confirm it in time"),
    "wecom_medium_gone": ("素材已删除，任务没有创建", "A medium is gone; no task was made"),
    "wecom_task_refused": ("企业微信拒绝了群发任务", "WeCom refused the task"),
}
"""Why a group did not get a post, in words."""


def month_max(settings: Mapping[str, Any], now: datetime) -> int:
    """Posts a group may get in the month of ``now``."""
    return int(settings.get(GROUP_MONTH_MAX) or 0) or days_in_month(now)


def day_max(settings: Mapping[str, Any]) -> int:
    return int(settings.get(GROUP_DAY_MAX) or 1)


def task_max(settings: Mapping[str, Any]) -> int:
    """Groups in one task."""
    return int(settings.get(GROUP_TASK_MAX) or TASK_GROUPS_USUAL)


def held_because(
    account: int,
    settings: Mapping[str, Any],
    now: datetime,
    chat: sa.ColumnElement[str],
    week_max: int,
    post: int = 0,
) -> sa.ColumnElement[Any]:
    """SQL: the first reason for which a group may not be posted to now, null where there is none. What ``post`` itself
    takes does not count. ``week_max``: the shop's own cap (:mod:`siyu.channels.wecom.weekly`); 0: none."""
    there = sa.exists().where(
        wecom_groups.c.account == account, wecom_groups.c.chat_id == chat, wecom_groups.c.dismissed.is_(None)
    )
    weekly = [(_had(account, chat, now - WEEK, post) >= week_max, "group_week")] if week_max else []
    return sa.case(
        (sa.not_(there), "group_gone"),
        (sa.not_(_owned(account, chat)), "group_no_owner"),
        (_had(account, chat, day_begins(now), post) >= day_max(settings), "group_quota_day"),
        (_had(account, chat, month_begins(now), post) >= month_max(settings, now), "group_quota_month"),
        *weekly,
        else_=sa.null(),
    )


def owner_of(account: int, chat: sa.ColumnElement[str]) -> sa.ScalarSelect[str]:
    """SQL: who owns a group, as last read."""
    group = wecom_groups.c
    return sa.select(group.owner).where(group.account == account, group.chat_id == chat).scalar_subquery()


def _owned(account: int, chat: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The owner is not known to have left."""
    group, member = wecom_groups.c, wecom_members.alias().c
    left = sa.exists().where(member.account == account, member.userid == group.owner, member.gone.is_not(None))
    return sa.exists().where(group.account == account, group.chat_id == chat, group.owner != "", sa.not_(left))


def _had(account: int, chat: sa.ColumnElement[str], since: datetime, post: int) -> sa.ScalarSelect[int]:
    other = items.alias()
    mine = sa.and_(other.c.account == account, other.c.chat_id == chat, other.c.at >= since, other.c.post != post)
    counted = other.c.state.in_(COUNTING)
    return sa.select(sa.func.count()).select_from(other).where(mine, counted).scalar_subquery()


def used(account: int, chat: sa.ColumnElement[str], now: datetime) -> tuple[sa.ScalarSelect[int], sa.ScalarSelect[int]]:
    """SQL: how many a group had today and this month."""
    return _had(account, chat, day_begins(now), 0), _had(account, chat, month_begins(now), 0)
