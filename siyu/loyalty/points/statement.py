"""A person's statement: every posting that touched what they have, with its reason, its entries and the balance after
it; and who has points at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.queries import Balance, balance_at, balances
from siyu.loyalty.points.tables import point_accounts, point_entries, point_lots, point_postings
from siyu.people.families import members_of
from siyu.people.merges import kept_person
from siyu.people.tables import people
from siyu.storage import Stores, sent

OF_A_PERSON = ("person", "held", "owed")


@dataclass(frozen=True, slots=True)
class Side:
    """An entry: of which account, how many, and when the points of its lot end."""

    account: str
    points: int
    lot: int
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A posting as the person sees it. ``change``: of what may be spent; ``held``: of what is set aside; ``owed``: of
    what has to be earned first (below zero: more is owed); ``after``: what could be spent then."""

    id: int
    key: str
    kind: str
    at: datetime
    why: str
    by: str
    of: int | None
    change: int
    held: int
    owed: int
    after: int
    sides: Sequence[Side]


@dataclass(frozen=True, slots=True)
class Statement:
    """``person``: the kept one."""

    person: int
    balance: Balance
    lines: Sequence[Line]


def statement(stores: Stores, person: int, before: int | None, rows_max: int) -> Statement:
    """The newest postings of a person, or those before one. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        kept = kept_person(conn, person)
        nodes = members_of(conn, [kept])[kept]
        balance = balances(conn, stores.clock.now(), [kept])[kept]
        return Statement(kept, balance, _lines(conn, nodes, before, rows_max))


def had(stores: Stores, person: int, at: datetime) -> int:
    """What a person could spend at a past moment. Raises :class:`NotFound`."""
    with stores.ledger.read() as conn:
        kept = kept_person(conn, person)
        return balance_at(conn, members_of(conn, [kept])[kept], at)


def holders(stores: Stores, before: int | None, rows_max: int, persons: Sequence[int] | None = None) -> list[int]:
    """Kept persons who have or owe points, the newest numbers first; of ``persons``, where they are said."""
    account = sa.and_(
        point_accounts.c.of == people.c.person, point_accounts.c.kind.in_(OF_A_PERSON), point_accounts.c.balance != 0
    )
    with stores.ledger.read() as conn:
        query = sa.select(people.c.kept).distinct().where(sa.exists().where(account))
        if before is not None:
            query = query.where(people.c.kept < before)
        if persons is not None:
            asked = sent(conn, person=(sa.BigInteger, sorted(set(persons))))
            query = query.where(people.c.kept.in_(sa.select(asked.c.person)))
        return list(conn.execute(query.order_by(people.c.kept.desc()).limit(rows_max)).scalars())


def _lines(conn: Connection, nodes: Sequence[int], before: int | None, rows_max: int) -> list[Line]:
    entry = point_entries.c
    mine = sa.and_(entry.kind.in_(OF_A_PERSON), entry.of.in_(nodes))
    numbers = sa.select(entry.posting).distinct().where(mine)
    if before is not None:
        numbers = numbers.where(entry.posting < before)
    chosen = list(conn.execute(numbers.order_by(entry.posting.desc()).limit(rows_max)).scalars())
    if not chosen:
        return []
    until = sa.select(sa.func.coalesce(sa.func.sum(entry.points), 0)).where(
        entry.kind == "person", entry.of.in_(nodes), entry.posting <= chosen[0]
    )
    after = int(conn.execute(until).scalar_one())
    asked = sa.select(sent(conn, id=(sa.BigInteger, chosen)).c.id)
    sides: dict[int, list[Side]] = defaultdict(list)
    query = (
        sa.select(entry.posting, entry.kind, entry.points, entry.lot, point_lots.c.expires)
        .join(point_lots, point_lots.c.lot == entry.lot, isouter=True)
        .where(mine, entry.posting.in_(asked))
        .order_by(entry.posting, entry.lot)
    )
    for posting, kind, points, lot, expires in conn.execute(query):
        sides[posting].append(Side(kind, int(points), lot, expires))
    lines: list[Line] = []
    rows = conn.execute(sa.select(point_postings).where(point_postings.c.id.in_(asked)))
    for row in sorted(rows, key=lambda row: row.id, reverse=True):
        own = sides[row.id]
        change, held, owed = (
            sum(side.points for side in own if side.account == kind) for kind in ("person", "held", "owed")
        )
        lines.append(Line(row.id, row.key, row.kind, row.at, row.why, row.by, row.of, change, held, owed, after, own))
        after -= change
    return lines
