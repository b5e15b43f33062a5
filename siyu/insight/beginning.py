"""How far a new shop has come on its way from first data to first broadcast."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec import Struct

from siyu.audiences.tables import audiences
from siyu.channels.tables import accounts
from siyu.people.tables import people
from siyu.reach.broadcasts import OWN
from siyu.reach.tables import broadcasts
from siyu.storage import Stores


class Begun(Struct, frozen=True):
    """``people``: somebody is known; ``audience``, ``broadcast``: the newest there is, the broadcast once it was sent;
    ``channels``: of the accounts in use."""

    people: bool
    audience: int | None
    channels: frozenset[str]
    broadcast: int | None


def begun(stores: Stores) -> Begun:
    """What is there already. Four reads by key, whatever the size of the shop."""
    newest_audience = sa.select(sa.func.max(audiences.c.id)).where(audiences.c.archived.is_(None))
    newest_broadcast = sa.select(sa.func.max(broadcasts.c.id)).where(broadcasts.c.started.is_not(None), OWN)
    in_use = sa.select(accounts.c.channel).where(accounts.c.disabled.is_(None)).distinct()
    with stores.ledger.read() as conn:
        return Begun(
            people=conn.execute(sa.select(people.c.person).limit(1)).first() is not None,
            audience=conn.execute(newest_audience).scalar_one(),
            channels=frozenset(conn.execute(in_use).scalars()),
            broadcast=conn.execute(newest_broadcast).scalar_one(),
        )
