"""The shop's own caps on what is said to many at once: posts to a group, and moments. They count apart from messages to
one person, and in a week that slides: the last seven days, from any moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.wecom.moments.tables import wecom_moments
from siyu.jobs import preferences
from siyu.jobs.preferences import Preference, register
from siyu.storage import Conflict

WEEK = timedelta(days=7)
GROUP_POSTS_WEEK, MOMENTS_WEEK = "group_posts_week", "moments_week"
USUAL = 4
GONE = ("refused", "cancelled")

register(
    Preference(
        GROUP_POSTS_WEEK,
        USUAL,
        "每个群 7 天内最多几次群发",
        "Posts to one group in 7 days, at most",
        "0 到 100，0 为只按平台的限制；与一对一消息分开计。超出的群这次不发。",
        "0 to 100; 0: only the platform's limits. Counted apart from messages to one person. A group with "
        "as many is left out.",
        check=lambda value: 0 <= value <= 100,
        group="guard",
        permission="guard.write",
    )
)
register(
    Preference(
        MOMENTS_WEEK,
        USUAL,
        "同一批客户 7 天内最多几条企业朋友圈",
        "Moments to the same customers in 7 days, at most",
        "0 到 100，0 为不限；与一对一消息分开计。按标签发的，标签不相交的不算同一批客户。",
        "0 to 100; 0: no limit. Counted apart from messages to one person. Moments for customers of other tags do not "
        "count.",
        check=lambda value: 0 <= value <= 100,
        group="guard",
        permission="guard.write",
    )
)


def require_room_for_moment(conn: Connection, account: int, tags: Sequence[str], now: datetime) -> None:
    """Raise :class:`Conflict` where the customers of these tags (none: all of them) are shown enough this week."""
    most = int(preferences.get(conn, MOMENTS_WEEK))
    if not most:
        return
    mine = sa.and_(wecom_moments.c.account == account, wecom_moments.c.at > now - WEEK)
    rows = conn.execute(sa.select(wecom_moments.c.tags).where(mine, wecom_moments.c.state.not_in(GONE))).scalars()
    had = sum(not tags or not each or not set(tags).isdisjoint(each) for each in rows)
    if had >= most:
        raise Conflict(
            "moments_enough",
            f"这批客户 7 天内已有 {had} 条朋友圈，达到上限 {most} 条。过几天再发，或在「分寸」里调整。",
            f"These customers have {had} moments in 7 days, as many as your cap of {most} allows. Post later, or "
            "change the cap in the guard's settings.",
            had=had,
            most=most,
        )
