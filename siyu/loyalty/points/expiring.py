"""What has ended: points of lots by set, holds by group."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.model import Release
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.tables import point_accounts, point_entries, point_holds, point_lots, point_postings
from siyu.storage import Stores, insert_into, put_rows, sent
from siyu.storage.ledger import to_millis

LOTS_A_WRITE = 20_000
HOLDS_A_WRITE = 500
WHY = "积分到期"


def expire(stores: Stores) -> int:
    """Take what is left of lots that have ended, at most ``LOTS_A_WRITE``, in one posting; how many. Where none has,
    nothing is written."""
    now = stores.clock.now()
    with stores.ledger.read() as conn:
        if conn.execute(_ended(now).limit(1)).first() is None:
            return 0
    with stores.ledger.write() as conn:
        return _expire(conn, now)


def release_due(stores: Stores) -> int:
    """Release holds that nobody captured in time, at most ``HOLDS_A_WRITE``; how many."""
    now = stores.clock.now()
    query = (
        sa.select(point_postings.c.key)
        .join(point_holds, point_holds.c.hold == point_postings.c.id)
        .where(point_holds.c.left > 0, point_holds.c.until <= now)
        .order_by(point_holds.c.until)
        .limit(HOLDS_A_WRITE)
    )
    with stores.ledger.read() as conn:
        keys = list(conn.execute(query).scalars())
    if not keys:
        return 0
    with stores.ledger.write() as conn:
        outcomes = post(conn, now, [Release(key=f"{key}:until", of=key, why="预留到期，积分退回") for key in keys])
    return sum(each.new for each in outcomes)


def _ended(now: datetime) -> sa.Select[tuple[int, int, int]]:
    return sa.select(point_lots.c.lot, point_lots.c.of, point_lots.c.left).where(
        point_lots.c.left > 0, point_lots.c.expires <= now
    )


def _expire(conn: Connection, now: datetime) -> int:
    chosen = _ended(now).order_by(point_lots.c.expires).limit(LOTS_A_WRITE)
    lots = conn.execute(chosen).all()
    if conn.dialect.name == "postgresql":  # whoever spends holds the account, and changes its lots after that
        nodes = sent(conn, of=(sa.BigInteger, sorted({row.of for row in lots})))
        accounts = (
            sa.select(point_accounts.c.of)
            .where(point_accounts.c.kind == "person", point_accounts.c.of.in_(sa.select(nodes.c.of)))
            .order_by(point_accounts.c.of)
        )
        conn.execute(accounts.with_for_update()).all()
        numbers = sent(conn, lot=(sa.BigInteger, [row.lot for row in lots]))
        lots = conn.execute(_ended(now).where(point_lots.c.lot.in_(sa.select(numbers.c.lot)))).all()
    if not lots:
        return 0
    last = conn.execute(sa.select(sa.func.max(point_postings.c.id))).scalar_one()
    row = {"key": f"expired:{to_millis(now)}:{last}", "kind": "expired", "at": now, "why": WHY, "by": "system"}
    posting = conn.execute(sa.insert(point_postings).values(row).returning(point_postings.c.id)).scalar_one()
    put_rows(
        conn,
        insert_into(conn, point_entries),
        {
            "posting": (sa.BigInteger, [posting] * (len(lots) + 1)),
            "kind": (sa.Text, ["person"] * len(lots) + ["expired"]),
            "of": (sa.BigInteger, [*(row.of for row in lots), 0]),
            "lot": (sa.BigInteger, [*(row.lot for row in lots), 0]),
            "points": (sa.BigInteger, [*(-row.left for row in lots), sum(row.left for row in lots)]),
        },
    )
    numbers = sent(conn, lot=(sa.BigInteger, [row.lot for row in lots]))
    conn.execute(sa.update(point_lots).where(point_lots.c.lot.in_(sa.select(numbers.c.lot))).values(left=0))
    gone: dict[int, int] = defaultdict(int)
    for row in lots:
        gone[row.of] += row.left
    given = sent(
        conn,  # the kind goes with them: SQLite would read every account, and look for each among those given
        kind=(sa.Text, ["person"] * len(gone)),
        of=(sa.BigInteger, list(gone)),
        points=(sa.BigInteger, list(gone.values())),
    )
    less = point_accounts.c.balance - given.c.points
    mine = sa.and_(point_accounts.c.kind == given.c.kind, point_accounts.c.of == given.c.of)
    conn.execute(sa.update(point_accounts).where(mine).values(balance=less))
    return len(lots)
