"""What a form of a public page led to: kept by its one-time key, so that sending it again leads there again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.growth.visitors.tables import visitor_posts
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.storage import CHUNK_ROWS, Stores, insert_into

JOB = "visitor_posts"
KEPT = timedelta(days=7)


def outcome(stores: Stores, device: str, key: str) -> str | None:
    """Where the form with this key led when it was first sent from this device; None: it was not."""
    mine = sa.and_(visitor_posts.c.key == key, visitor_posts.c.device == device)
    with stores.ledger.read() as conn:
        return conn.execute(sa.select(visitor_posts.c.location).where(mine)).scalar()


def keep(stores: Stores, device: str, key: str, location: str) -> str:
    """Keep where it leads; the first outcome stays, and is given back."""
    row = {"key": key, "device": device, "location": location, "at": stores.clock.now()}
    with stores.ledger.write() as conn:
        conn.execute(insert_into(conn, visitor_posts).values(row).on_conflict_do_nothing())
    return outcome(stores, device, key) or location


def taken_first(stores: Stores, device: str, key: str, location: str) -> bool:
    """Use up a one-time key; whether nobody had before."""
    row = {"key": key, "device": device, "location": location, "at": stores.clock.now()}
    with stores.ledger.write() as conn:
        insert = insert_into(conn, visitor_posts).values(row).on_conflict_do_nothing()
        return conn.execute(insert.returning(visitor_posts.c.key)).first() is not None


@handles(JOB)
def forget_old(stores: Stores, job: Job) -> dict[str, Any]:
    """Forget what nobody sends again."""
    before = stores.clock.now() - KEPT
    old = sa.select(visitor_posts.c.key).where(visitor_posts.c.at < before).limit(CHUNK_ROWS)
    with stores.ledger.write() as conn:
        gone = conn.execute(sa.delete(visitor_posts).where(visitor_posts.c.key.in_(old))).rowcount
    return {"forgotten": gone}


schedule(JOB, "17 3 * * *", JOB)
