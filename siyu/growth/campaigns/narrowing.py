"""What exactly a friend must do: come by the campaign's own code, buy certain goods, for so much."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.mechanic import Words
from siyu.growth.campaigns.model import Campaign, Only
from siyu.growth.codes.tables import code_targets, live_codes
from siyu.growth.purses.model import written
from siyu.growth.ways.tables import wecom_ways
from siyu.loyalty.tiers.model import RIGHTS

DOOR = "/c/"


def fits(only: Only, ways: Collection[str] | None, state: str, goods: Collection[str], cents: int) -> bool:
    """Whether a deed is one that counts. ``ways``: states of the codes behind the door. Pure."""
    if only.by_door and state not in (ways or ()):
        return False
    if only.goods and not any(each in goods for each in only.goods):
        return False
    return cents >= only.least_cents


def words_of(only: Only, ask: str) -> list[Words]:
    """What a friend has to know of it."""
    found: list[Words] = []
    if only.right:
        right = RIGHTS[only.right]
        found.append((f"发起人须有会员权益：{right.zh}", f"who starts it has the member's right: {right.en}"))
    if only.by_door:
        code = ("从本活动的入口添加", "adds by the campaign's own code")
        found.append(code if ask == "add" else ("从本活动的入口进群", "joins by the campaign's own code"))
    if only.goods:
        found.append((f"订单含：{'、'.join(only.goods)}", f"orders with {', '.join(only.goods)}"))
    if only.least_cents:
        least = written("yuan", only.least_cents)
        found.append((f"订单满 {least} 元", f"orders of {least} yuan or more"))
    return found


def slug_of(door: str) -> str:
    """Of the live code that a campaign leads to; "" where it leads elsewhere."""
    slug = door.partition("?")[0].removeprefix(DOOR)
    return slug if door.startswith(DOOR) and "/" not in slug else ""


def by_link(code: int) -> str:
    """In the place of a state: they came by a link of this live code."""
    return f"code {code}"


def states_of(conn: Connection, campaigns: Iterable[Campaign]) -> dict[int, set[str]]:
    """Campaign → states of all codes at WeCom that ever stood behind its door, and what stands for its links
    (:func:`by_link`), of those that ask for it."""
    asked = {each.id: slug_of(each.door) for each in campaigns if each.only.by_door}
    slugs = sorted({slug for slug in asked.values() if slug})
    query = (
        sa.select(live_codes.c.slug, live_codes.c.id, wecom_ways.c.state)
        .join(code_targets, code_targets.c.code == live_codes.c.id)
        .join(wecom_ways, wecom_ways.c.id == code_targets.c.way, isouter=True)
        .where(live_codes.c.slug.in_(slugs))
    )
    behind: dict[str, set[str]] = {}
    for row in conn.execute(query) if slugs else ():
        behind.setdefault(row.slug, {by_link(row.id)}).update([row.state] if row.state else [])
    return {campaign: behind.get(slug, set()) for campaign, slug in asked.items()}
