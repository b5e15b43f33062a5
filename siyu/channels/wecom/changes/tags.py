"""The company's tags: made, changed, deleted, reordered (C.4). Names are not told, so the library is read."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.platform.callbacks import Callback
from siyu.channels.platform.documents import text
from siyu.channels.platform.news import News
from siyu.channels.wecom.changes.family import Family, change_of, needing
from siyu.channels.wecom.tables import wecom_tags
from siyu.channels.wecom.wanted import want

EVENT = "change_external_tag"


def apply(conn: Connection, account: int, callbacks: Sequence[Callback]) -> list[News]:
    """What is deleted is gone at once (a group with all of its tags); of anything else the library is read again."""
    tag = wecom_tags.c
    for each in callbacks:
        if change_of(each) != "delete":
            want(conn, account, "tags", each.time)
            continue
        what = tag.group if text(each.fields, "TagType") == "tag_group" else tag.id
        gone = sa.and_(tag.account == account, what == text(each.fields, "Id"), tag.told <= each.time)
        conn.execute(sa.update(wecom_tags).where(gone).values(gone=each.time, told=each.time))
    return []


FAMILY = Family({**needing(EVENT, ("create", "update", "delete"), "Id"), **needing(EVENT, ("shuffle",))}, apply)
