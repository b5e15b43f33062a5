"""What happens, in one order that never changes: for rooms above that follow it from a place of their own.

Batches are stored in another order than they are numbered in: a large import is open for minutes while orders come in
beside it. So each stored batch gets a *place*, once, and a follower keeps the place up to which it has read. One loop
gives places (:func:`give_places`); places only grow, and no batch appears behind a place that was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from siyu.jobs.tables import cursors
from siyu.people.tables import batches, news
from siyu.storage import CHUNK_ROWS, Stores, insert_into

CURSOR = "news"
UNSEEN_MAX = 1_000
"""On PostgreSQL a batch's number is taken before others can see it. At most so many are in that state at once."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One stored batch at its place. ``stream`` says whence: inbox, own, own_many, import:12."""

    place: int
    batch: int
    stream: str


def give_places(stores: Stores) -> int:
    """Give a place to every batch stored since; how many. For one caller at a time."""
    given = 0
    while True:
        with stores.ledger.write() as conn:
            low = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar() or 0
            waiting = (
                sa.select(batches.c.id, batches.c.stored)
                .join(news, news.c.batch == batches.c.id, isouter=True)
                .where(batches.c.id > low, batches.c.stored.is_not(None), news.c.batch.is_(None))
                .where(sa.func.coalesce(batches.c.events, 1) > 0)
                .order_by(batches.c.id)
                .limit(CHUNK_ROWS)
            )
            found = conn.execute(waiting).all()
            if found:
                conn.execute(sa.insert(news), [{"batch": row.id, "at": row.stored} for row in found])
            first_open, last = conn.execute(
                sa.select(sa.func.min(batches.c.id).filter(batches.c.stored.is_(None)), sa.func.max(batches.c.id))
                .where(batches.c.id > low)
            ).one()  # fmt: skip
            reached = min((first_open or last or 0) - 1, (last or 0) - UNSEEN_MAX)
            if len(found) == CHUNK_ROWS:
                reached = min(reached, found[-1].id)
            if reached > low:
                conn.execute(
                    insert_into(conn, cursors)
                    .values(name=CURSOR, place=reached)
                    .on_conflict_do_update(index_elements=["name"], set_={"place": reached})
                )
        given += len(found)
        if len(found) < CHUNK_ROWS:
            return given


def anything_new(stores: Stores) -> bool:
    """Whether a batch waits for its place: asked often, so that nothing is written while nothing happens."""
    with stores.ledger.read() as conn:
        low = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar() or 0
        return (
            conn.execute(
                sa.select(batches.c.id)
                .join(news, news.c.batch == batches.c.id, isouter=True)
                .where(batches.c.id > low, batches.c.stored.is_not(None), news.c.batch.is_(None))
                .where(sa.func.coalesce(batches.c.events, 1) > 0)
                .limit(1)
            ).first()
            is not None
        )


def last_place(stores: Stores) -> int:
    """The place of the last batch that has one."""
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(sa.func.max(news.c.place))).scalar() or 0


def place_before(stores: Stores, moment: datetime) -> int:
    """The place behind which everything lies that was stored at ``moment`` or later."""
    with stores.ledger.read() as conn:
        first = conn.execute(sa.select(sa.func.min(news.c.place)).where(news.c.at >= moment)).scalar()
        return first - 1 if first is not None else conn.execute(sa.select(sa.func.max(news.c.place))).scalar() or 0


def pieces_after(stores: Stores, place: int, limit: int) -> Sequence[Piece]:
    """The next stored batches behind a place, in order."""
    with stores.ledger.read() as conn:
        found = conn.execute(
            sa.select(news.c.place, news.c.batch, batches.c.stream)
            .join(batches, batches.c.id == news.c.batch)
            .where(news.c.place > place)
            .order_by(news.c.place)
            .limit(limit)
        )
        return [Piece(*row) for row in found]
