"""What happens in customer groups, as news. Pure, but for :func:`told_without_code`.

A callback says that somebody came by a code, and only reading the group says by which. So who came by one is told by
that reading, seconds later; where it can't tell any more (they left, the group is no more), without the code.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.news import News
from siyu.channels.wecom.tables import wecom_group_members
from siyu.storage import sent

BY_CODE = 3
SCENES = {1: "invited", 2: "invitation_link", BY_CODE: "code"}


def is_customer(member: str) -> bool:
    """Whether somebody in a group is a customer, by the form of the id (D.0)."""
    return member[:2] in ("wm", "wo") and len(member) >= 20


def joined_key(account: int, chat_id: str, member: str, joined: datetime) -> str:
    """Of a joining that no callback tells: the same whenever it is told."""
    return f"wecom:{account}:joined:{chat_id}:{member}:{int(joined.timestamp())}"


def joined_news(chat_id: str, member: str, at: datetime, key: str, scene: int | None, state: str) -> News:
    """A customer joined; ``state`` of the code that led there, where it was one of ours."""
    properties: dict[str, Any] = {"group_id": chat_id}
    if scene in SCENES:
        properties["join_scene"] = SCENES[scene]
    if state:
        properties["channel_state"] = state
    return News("group_joined", at, (("external_userid", member),), key, properties)


def left_news(chat_id: str, member: str, at: datetime, key: str, by_others: bool | None) -> News:
    """A customer left, or was taken out; None: not known which."""
    properties: dict[str, Any] = {"group_id": chat_id}
    if by_others is not None:
        properties["removed"] = by_others
    return News("group_left", at, (("external_userid", member),), key, properties)


def told_without_code(conn: Connection, account: int, chats: Sequence[str]) -> list[News]:
    """Who came by a code into groups that can't be read any more."""
    if not chats:
        return []
    seat = wecom_group_members
    gone = sent(conn, chat_id=(sa.Text, list(chats)))
    waiting = sa.and_(seat.c.account == account, seat.c.chat_id.in_(sa.select(gone.c.chat_id)), seat.c.untold)
    found = conn.execute(sa.select(seat.c.chat_id, seat.c.member, seat.c.joined, seat.c.told).where(waiting)).all()
    conn.execute(sa.update(seat).where(waiting).values(untold=False))
    return [_without_code(account, row.chat_id, row.member, row.joined or row.told) for row in found]


def _without_code(account: int, chat_id: str, member: str, joined: datetime) -> News:
    return joined_news(chat_id, member, joined, joined_key(account, chat_id, member, joined), BY_CODE, "")
