"""A shop with customers and coupons, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.loyalty.coupons import kinds
from siyu.loyalty.coupons.kinds import Wanted
from siyu.loyalty.coupons.model import Kind, Refused, Take, Taken
from siyu.loyalty.coupons.stacking import Amount, Terms
from siyu.loyalty.coupons.taking import take
from siyu.people.tables import people
from siyu.storage import Stores

FIFTY = Terms(gives=Amount(5_000), threshold=20_000)


def persons(stores: Stores, many: int = 1) -> list[int]:
    """New customers."""
    now = stores.clock.now()
    row = {"kept": 0, "created": now, "changed": now, "attributes": {}}
    with stores.ledger.write() as conn:
        made = [int(conn.execute(sa.insert(people).returning(people.c.person), row).scalar_one()) for _ in range(many)]
        conn.execute(sa.update(people).where(people.c.person.in_(made)).values(kept=people.c.person))
    return made


def kind(stores: Stores, **more: Any) -> Kind:
    """A kind of coupon: 50 off from 200, for thirty days, unless something else is said."""
    return kinds.make(stores, "staff:1", Wanted(**{"name": "满200减50", "terms": FIFTY, "days": 30, **more}))


def took(stores: Stores, *wishes: Take) -> list[Taken | Refused]:
    with stores.ledger.write() as conn:
        return take(conn, stores.clock.now(), wishes)


def one(stores: Stores, kind: Kind, person: int, key: str = "k") -> Taken:
    """A coupon of a person's."""
    (taken,) = took(stores, Take(kind.id, person, key))
    assert isinstance(taken, Taken)
    return taken


DAY = timedelta(days=1)
