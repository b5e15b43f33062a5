"""What is asked of the graph: one person's place in it, whom they brought, who brought the most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.referral.rehanging import chain
from siyu.growth.referral.tables import kin, kin_changes, referrals
from siyu.people.merges import kept_person
from siyu.people.tables import people
from siyu.storage import Stores

ROWS_MAX = 500
Order = Literal["direct", "size", "deepest"]
ORDERS: Mapping[str, tuple[str, str]] = {
    "direct": ("直接推荐最多", "Most brought themselves"),
    "size": ("团队最大", "Most people below"),
    "deepest": ("传得最深", "Deepest"),
}


@dataclass(frozen=True, slots=True)
class Kin:
    """One person in the graph. ``direct``: brought themselves; ``size``: everybody below; ``deepest``: generations
    below; ``own_cents``: granted to them; ``cents``: granted to everybody below. ``at``, ``campaign``, ``source``: how
    they were brought, where they were."""

    person: int
    inviter: int | None
    direct: int
    size: int
    deepest: int
    own_cents: int
    cents: int
    at: datetime | None
    campaign: str | None
    source: str | None


_VIEW = (
    sa.select(
        kin.c.person,
        kin.c.inviter,
        kin.c.direct,
        kin.c.size,
        kin.c.deepest,
        kin.c.own.label("own_cents"),
        kin.c.cents,
        referrals.c.at,
        referrals.c.campaign,
        referrals.c.source,
    )
).select_from(kin.outerjoin(referrals, referrals.c.person == kin.c.edge))


def kin_of(stores: Stores, person: int) -> tuple[Kin, list[int]]:
    """A person's place, and the chain above them: the inviter first, then that one's inviter, to the root. Nobody
    brought them and they brought nobody: zeros. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        kept = kept_person(conn, person)
        row = conn.execute(_VIEW.where(kin.c.person == kept)).one_or_none()
        above = chain(conn, kept)[1:]
    return (Kin(kept, None, 0, 0, 0, 0, 0, None, None, None) if row is None else Kin(*row)), above


def inviter_of(conn: Connection, person: int) -> int | None:
    """The kept person that brought this one (kept), read off the facts: the earliest of all their nodes."""
    theirs, above = people.alias(), people.alias()
    query = (
        sa.select(above.c.kept)
        .select_from(referrals.join(theirs, theirs.c.person == referrals.c.person))
        .join(above, above.c.person == referrals.c.inviter)
        .where(theirs.c.kept == person, above.c.kept != person)
        .order_by(referrals.c.at, referrals.c.person)
    )
    return conn.execute(query.limit(1)).scalar()


def brought_by(stores: Stores, person: int, before: int | None = None, rows_max: int = 50) -> list[Kin]:
    """Whom a person brought themselves, the highest number first, below ``before``. Raises :class:`NotFound`."""
    query = _VIEW.order_by(kin.c.person.desc()).limit(min(rows_max, ROWS_MAX + 1))
    if before is not None:
        query = query.where(kin.c.person < before)
    with stores.ledger.read() as conn:
        query = query.where(kin.c.inviter == kept_person(conn, person))
        return [Kin(*row) for row in conn.execute(query)]


def top(stores: Stores, order: Order = "direct", after: tuple[int, int] | None = None, rows_max: int = 50) -> list[Kin]:
    """Who brought the most, by one of the orders; behind ``after`` = (its figure, person) of the last one shown."""
    by: sa.Column[Any] = kin.c[order]
    query = _VIEW.where(kin.c.direct > 0).order_by(by.desc(), kin.c.person.desc())
    if after is not None:
        query = query.where(sa.tuple_(by, kin.c.person) < after)
    with stores.ledger.read() as conn:
        return [Kin(*row) for row in conn.execute(query.limit(min(rows_max, ROWS_MAX + 1)))]


def waiting(stores: Stores) -> bool:
    """Whether something that happened is not in the figures of the graph yet."""
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(kin_changes.c.id).limit(1)).first() is not None


def numbers(found: Sequence[Kin]) -> list[int]:
    """Everybody who is named in these."""
    return sorted({each for row in found for each in (row.person, row.inviter) if each is not None})
