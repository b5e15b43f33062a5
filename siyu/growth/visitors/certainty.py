"""Whose a device surely is: what is a person's own (money, name, portrait, commission) is shown to nobody else.

A device may have been bound by a weaker word: an acquisition link that somebody passed on, a number that somebody
typed. That is enough to know who acted, and not enough to show them what is theirs.
"""

from __future__ import annotations

import sqlalchemy as sa

from siyu.growth.visitors.tables import visitor_devices
from siyu.people.identity import KINDS
from siyu.people.tables import identifiers, people
from siyu.storage import Stores

_WEAK = tuple(kind.name for kind in KINDS.values() if not kind.strong)


def sure_person_of(stores: Stores, device: str) -> int | None:
    """The kept person whose a device surely is: a platform said so, they opened a personal link on it, or nothing is
    known of them but devices."""
    query = (
        sa.select(people.c.kept, sa.or_(visitor_devices.c.sure, visitor_devices.c.link.is_not(None)).label("told"))
        .join(visitor_devices, visitor_devices.c.person == people.c.person)
        .where(visitor_devices.c.device == device)
    )
    with stores.ledger.read() as conn:
        row = conn.execute(query).first()
        if row is None or row.told:
            return None if row is None else row.kept
        family = sa.select(people.c.person).where(people.c.kept == row.kept)
        named = sa.select(identifiers.c.person).where(
            identifiers.c.person.in_(family), identifiers.c.kind.not_in(_WEAK)
        )
        return None if conn.execute(named.limit(1)).first() is not None else row.kept
