"""The operator's own caps: made, and taken away. They are set like every rule (``guard.set_rule``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.channels.settings import read_settings
from siyu.reach.guard import REMOVED
from siyu.reach.rules.caps import OWN_FIELDS, own_cap, own_number
from siyu.reach.tables import guard_rules
from siyu.storage import BadInput, Conflict, NotFound, Stores, insert_into

OWN_CAPS_MAX = 20
"""Each costs a look at a person's messages, for every message it concerns."""


def add_cap(stores: Stores, by: str, settings: Mapping[str, Any]) -> str:
    """A new cap, on from now; its name. Raises :class:`BadInput` for unfit settings, :class:`Conflict` for too many."""
    read, _ = read_settings(OWN_FIELDS, settings)
    own_cap(0).check(read)
    values = {"settings": read, "enabled": True, "changed": stores.clock.now(), "by": by}
    with stores.ledger.write() as conn:
        made = _made(conn)
        if sum(there for there in made.values()) >= OWN_CAPS_MAX:
            raise Conflict(
                "caps_too_many",
                f"自定义上限最多 {OWN_CAPS_MAX} 条，请先删除不用的。",
                f"There may be at most {OWN_CAPS_MAX} caps of your own; remove one first.",
            )
        for number in range(max(made, default=0) + 1, max(made, default=0) + 10):
            name = own_cap(number).name
            new = insert_into(conn, guard_rules).values(name=name, **values).on_conflict_do_nothing()
            if conn.execute(new).rowcount:
                return name
    raise Conflict("caps_busy", "有人正在添加上限，请再试一次。", "Others are adding caps just now; try once more.")


def remove_cap(stores: Stores, by: str, name: str) -> None:
    """Take a cap of one's own away. What it held keeps its reason. Raises :class:`NotFound`, and :class:`BadInput` for
    one that is always there."""
    if own_number(name) is None:
        raise BadInput(
            "cap_kept",
            "内置规则不能删除，可以关闭。",
            "A rule that is always there can't be removed; switch it off.",
            field="name",
        )
    with stores.ledger.write() as conn:
        gone = {"settings": {REMOVED: True}, "enabled": False, "changed": stores.clock.now(), "by": by}
        if not _made(conn).get(own_number(name) or 0):
            raise NotFound("rule_unknown", f"没有名为“{name}”的规则。", f"There is no rule “{name}”.")
        conn.execute(sa.update(guard_rules).where(guard_rules.c.name == name).values(**gone))


def _made(conn: Connection) -> dict[int, bool]:
    """Every cap that was ever made, by number: whether it is still there."""
    rows = conn.execute(sa.select(guard_rules.c.name, guard_rules.c.settings))
    return {number: REMOVED not in row.settings for row in rows if (number := own_number(row.name)) is not None}
