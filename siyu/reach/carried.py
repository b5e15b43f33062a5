"""Which messages hold which order link: read from what broadcasts and journeys say."""

from __future__ import annotations

import json
import re

import sqlalchemy as sa

from siyu.commerce.links import keeping
from siyu.commerce.links.counting import Carriers
from siyu.reach.tables import broadcasts
from siyu.storage import Stores

BROADCASTS_MAX = 5_000
"""The newest that hold any such link."""
_MARK = re.compile(re.escape(keeping.PATH) + r"([A-Za-z0-9_-]{20,120})")


def carriers(stores: Stores, link: int | None = None) -> Carriers:
    """The broadcasts (those of journeys too) in which an order link stands, or this one."""
    table = broadcasts.c
    text = sa.cast(table.content, sa.Text)
    query = sa.select(table.id, table.content).where(text.like(f"%{keeping.PATH}%")).order_by(table.id.desc())
    found: dict[int, list[int]] = {}
    with stores.ledger.read() as conn:
        rows = conn.execute(query.limit(BROADCASTS_MAX)).all()
    for number, content in rows:
        links = links_in(stores, json.dumps(content))
        wanted = sorted(each for each in links if link in (None, each))
        if wanted:
            found[number] = wanted
    return Carriers(found)


def links_in(stores: Stores, text: str) -> set[int]:
    """The order links whose addresses stand in a text."""
    named = (keeping.named(stores, mark) for mark in _MARK.findall(text))
    return {each.link for each in named if each is not None}
