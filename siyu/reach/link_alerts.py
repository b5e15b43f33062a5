"""An adviser is told, by a task, that a customer of theirs just opened a link."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from siyu.content.links.model import ContentLink
from siyu.reach.limits import TITLE_CHARACTERS_MAX
from siyu.reach.staff_tasks import giving, holders
from siyu.reach.staff_tasks.model import Wish

BY = "content_link"
WITHIN = timedelta(hours=2)


def tell(conn: Connection, now: datetime, node: int, link: ContentLink) -> bool:
    """Whether there is an adviser, who now has a task."""
    adviser = holders.advisers_of(conn, [node]).get(node)
    if not adviser:
        return False
    title = f"客户刚打开「{link.title}」"[:TITLE_CHARACTERS_MAX]
    script = "他正在看这篇内容，可以顺着话题问候一句；不要追问他看了多久。"
    giving.give_to(conn, now, BY, [(node, adviser)], Wish(title=title, script=script), now + WITHIN)
    return True
