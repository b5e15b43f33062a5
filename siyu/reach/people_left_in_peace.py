"""The do-not-disturb list: who is on it, since when and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from siyu.people.actions import require_person
from siyu.reach.tables import blocklist
from siyu.storage import NotFound, Stores, insert_into

REASONS = {"by_hand": ("员工加入", "Put there by staff"), "complaint": ("投诉过", "Complained")}


def listed(stores: Stores, after: int = 0, rows_max: int = 50) -> Sequence[Row[Any]]:
    """By person's number, those above ``after``: person, at, reason, by."""
    query = sa.select(blocklist).where(blocklist.c.person > after).order_by(blocklist.c.person).limit(rows_max)
    with stores.ledger.read() as conn:
        return conn.execute(query).all()


def add(stores: Stores, by: str, person: int, reason: str) -> None:
    """Put a person on the list. Again changes nothing. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        row = {"person": require_person(conn, person), "at": stores.clock.now(), "reason": reason, "by": by}
        conn.execute(insert_into(conn, blocklist).values(row).on_conflict_do_nothing())


def remove(stores: Stores, person: int) -> None:
    """Take a person off the list. Raises :class:`NotFound`."""
    with stores.ledger.write() as conn:
        if not conn.execute(sa.delete(blocklist).where(blocklist.c.person == person)).rowcount:
            raise NotFound("not_listed", f"客户 {person} 不在名单中。", f"Person {person} is not on the list.")
