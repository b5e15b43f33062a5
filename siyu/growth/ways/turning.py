"""Group codes lead on before their groups are full.

WeCom lets nobody scan into a group of some 200, who then has to be invited. So a group with as many as the account says
rests, while another behind the code has room; it leads there again once enough have left.
"""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from siyu.channels.accounts import list_accounts
from siyu.channels.wecom.codes import FULL_USUAL, GROUP_FULL, Way, seats_taken
from siyu.growth.ways.tables import wecom_ways as table
from siyu.storage import Stores


def turn(stores: Stores) -> int:
    """Have codes lead past groups that are full enough; how many are to be changed."""
    full = {each.id: int(each.settings.get(GROUP_FULL) or FULL_USUAL) for each in list_accounts(stores)}
    mine = sa.and_(table.c.kind == "join", table.c.stage == "live", table.c.config_id.is_not(None))
    with stores.ledger.read() as conn:
        rows = conn.execute(sa.select(table.c.id, table.c.account, table.c.way).where(mine)).all()
    turned = 0
    for row in rows:
        way = msgspec.convert(row.way, Way)
        resting = _resting(stores, row.account, way, full.get(row.account, FULL_USUAL))
        if set(resting) != set(way.resting):
            turned += _turned(stores, row, msgspec.structs.replace(way, resting=resting))
    return turned


def _resting(stores: Stores, account: int, way: Way, full: int) -> tuple[str, ...]:
    """Where all are full, none rests: WeCom founds the next one by itself."""
    taken = seats_taken(stores, account, way.groups)
    found = tuple(each for each in way.groups if taken.get(each, 0) >= full)
    return () if len(found) == len(way.groups) else found


def _turned(stores: Stores, row: Any, wanted: Way) -> int:
    """Unless somebody changed it meanwhile."""
    now = stores.clock.now()
    still = sa.and_(table.c.id == row.id, table.c.stage == "live", table.c.wanted.is_(None))
    values = {"stage": "changing", "wanted": msgspec.to_builtins(wanted), "problem": None, "next": now}
    with stores.ledger.write() as conn:
        return conn.execute(sa.update(table).where(still).values(**values)).rowcount
