"""When somebody is erased, what official accounts and mini programs told of them goes too."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.tables import accounts
from siyu.channels.wechat.tables import (
    wechat_grants,
    wechat_results,
    wechat_sends,
    wechat_tag_changes,
    wechat_tag_marks,
    wechat_users,
    wechat_windows,
)
from siyu.storage import sent

CHANNEL_OF = {"openid": "official_account", "mp_openid": "miniprogram"}
TABLES = (
    wechat_users,
    wechat_windows,
    wechat_grants,
    wechat_sends,
    wechat_results,
    wechat_tag_changes,
    wechat_tag_marks,
)


def forget_people(conn: Connection, known: Iterable[tuple[str, str]]) -> None:
    """``known``: identifiers of one person (kind, value), of which ``openid:<app>`` and ``mp_openid:<app>`` matter."""
    openids: dict[tuple[str, str], list[str]] = {}
    for kind, value in known:
        name, _, app_id = kind.partition(":")
        if name in CHANNEL_OF:
            openids.setdefault((CHANNEL_OF[name], app_id), []).append(value)
    if not openids:
        return
    rows = conn.execute(sa.select(accounts.c.id, accounts.c.channel, accounts.c.settings))
    for row in rows.all():
        theirs = openids.get((row.channel, str(row.settings.get("app_id"))))
        if theirs:
            asked = sent(conn, openid=(sa.Text, theirs))
            for table in TABLES:
                mine = sa.and_(table.c.account == row.id, table.c.openid.in_(sa.select(asked.c.openid)))
                conn.execute(sa.delete(table).where(mine))
