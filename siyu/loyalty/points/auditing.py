"""The proof, made every night: that everything adds up, as the entries have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.tables import (
    point_accounts,
    point_entries,
    point_holds,
    point_lots,
    point_postings,
    point_proofs,
)
from siyu.storage import Stores

_NONE = sa.literal(0)
FAULTS_MAX = 20
"""Of each law, so many are named."""
PROOFS_KEPT = 400
"""Nights."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``law``: which does not hold; ``where``: posting, account, lot or hold; what is kept and what it should be."""

    law: str
    where: str
    kept: int
    entries: int


@dataclass(frozen=True, slots=True)
class Proof:
    """When, over how many postings, and what does not hold."""

    at: datetime
    postings: int
    faults: Sequence[Fault]


def audit(stores: Stores) -> list[Fault]:
    """Prove the ledger; what does not hold, nothing where all does."""
    with stores.ledger.read() as conn:
        return [*_sums(conn), *_balances(conn), *_lots(conn), *_holds(conn), *_of_lots(conn)]


def prove(stores: Stores) -> list[Fault]:
    """:func:`audit`, and keep what was found; what is older than ``PROOFS_KEPT`` goes."""
    faults = audit(stores)
    with stores.ledger.write() as conn:
        many = conn.execute(sa.select(sa.func.count()).select_from(point_postings)).scalar_one()
        row = {"at": stores.clock.now(), "postings": many, "faults": [asdict(each) for each in faults]}
        number = conn.execute(sa.insert(point_proofs).values(row).returning(point_proofs.c.id)).scalar_one()
        conn.execute(sa.delete(point_proofs).where(point_proofs.c.id <= number - PROOFS_KEPT))
    return faults


def last_proof(stores: Stores) -> Proof | None:
    """What the last one found."""
    with stores.ledger.read() as conn:
        row = conn.execute(sa.select(point_proofs).order_by(point_proofs.c.id.desc()).limit(1)).first()
    return None if row is None else Proof(row.at, row.postings, [Fault(**each) for each in row.faults])


def _found(conn: Connection, law: str, query: sa.Select[Any]) -> list[Fault]:
    return [
        Fault(law, ":".join(str(each) for each in where), int(kept or 0), int(entries or 0))
        for *where, kept, entries in conn.execute(query.limit(FAULTS_MAX))
    ]


def _sums(conn: Connection) -> list[Fault]:
    """Each posting's entries add up to zero, and there are some."""
    total = sa.func.coalesce(sa.func.sum(point_entries.c.points), -1)
    query = (
        sa.select(point_postings.c.id, _NONE, total)
        .join(point_entries, point_entries.c.posting == point_postings.c.id, isouter=True)
        .group_by(point_postings.c.id)
        .having(total != 0)
    )
    return _found(conn, "sum", query)


def _balances(conn: Connection) -> list[Fault]:
    """Each balance is the sum of its entries."""
    kept = sa.union_all(
        sa.select(
            point_accounts.c.kind,
            point_accounts.c.of,
            point_accounts.c.balance.label("kept"),
            _NONE.label("points"),
        ),
        sa.select(point_entries.c.kind, point_entries.c.of, _NONE, point_entries.c.points).where(
            point_entries.c.kind.in_(("person", "held", "owed", "budget"))
        ),
    ).subquery("kept")
    return _found(conn, "balance", _differing(kept, kept.c.kind, kept.c.of))


def _lots(conn: Connection) -> list[Fault]:
    """What is left of a lot is what its person's entries leave of it."""
    both = sa.union_all(
        sa.select(point_lots.c.lot, point_lots.c.left.label("kept"), _NONE.label("points")),
        sa.select(point_entries.c.lot, _NONE, point_entries.c.points).where(point_entries.c.kind == "person"),
    ).subquery("both")
    return _found(conn, "lot", _differing(both, both.c.lot))


def _holds(conn: Connection) -> list[Fault]:
    """What is left of a hold is what its entries, and those of what came of it, leave."""
    hold = sa.func.coalesce(point_postings.c.of, point_postings.c.id)
    both = sa.union_all(
        sa.select(point_holds.c.hold, point_holds.c.left.label("kept"), _NONE.label("points")),
        sa.select(hold, _NONE, point_entries.c.points)
        .join_from(point_entries, point_postings, point_postings.c.id == point_entries.c.posting)
        .where(point_entries.c.kind == "held"),
    ).subquery("both")
    return _found(conn, "hold", _differing(both, both.c.hold))


def _of_lots(conn: Connection) -> list[Fault]:
    """A person's balance is what is left of their lots."""
    both = sa.union_all(
        sa.select(point_accounts.c.of, point_accounts.c.balance.label("kept"), _NONE.label("points")).where(
            point_accounts.c.kind == "person"
        ),
        sa.select(point_lots.c.of, _NONE, point_lots.c.left),
    ).subquery("both")
    return _found(conn, "lots of a person", _differing(both, both.c.of))


def _differing(both: sa.FromClause, *by: sa.ColumnElement[Any]) -> sa.Select[Any]:
    kept, points = sa.func.sum(both.c.kept), sa.func.sum(both.c.points)
    return sa.select(*by, kept, points).group_by(*by).having(kept != points)
