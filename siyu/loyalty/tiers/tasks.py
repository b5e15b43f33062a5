"""What runs by itself: news every minute, the night, the proof, trials."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa

from siyu.jobs import Job, handles, preferences, schedule
from siyu.jobs.tables import cursors
from siyu.loyalty.tiers import keeping, settling, sums, trying
from siyu.storage import Stores, insert_into

log = logging.getLogger(__name__)

NEWS_JOB, NIGHT_JOB = "settle_tiers", "tiers_at_night"
CURSOR = "tier_nights"


@handles(NEWS_JOB)
def settle_tiers(stores: Stores, job: Job) -> dict[str, Any]:
    """Follow what happened, and settle whoever it bears on."""
    return {"settled": settling.work(stores)}


@handles(NIGHT_JOB)
def tiers_at_night(stores: Stores, job: Job) -> dict[str, Any]:
    """See :func:`at_night`."""
    return at_night(stores)


def at_night(stores: Stores) -> dict[str, Any]:
    """What passes with the days: what happened long ago counts no more, graces end. Then the proof."""
    today = stores.clock.now().astimezone(preferences.timezone(stores)).date().toordinal()
    with stores.ledger.write() as conn:
        version = keeping.in_force(conn)
        if version is None:
            return {"settled": 0, "wrong": []}
        last = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar() or 0
        sums.mark_due(conn, version.plan, last, today)
        row = insert_into(conn, cursors).values(name=CURSOR, place=today)
        conn.execute(row.on_conflict_do_update(index_elements=["name"], set_={"place": today}))
    settled = settling.work(stores)
    with stores.ledger.read() as conn:
        waits = conn.execute(sa.select(settling.tier_stale.c.id).limit(1)).first() is not None
        wrong = [] if waits else sums.audit(conn, version.plan, today)
    if wrong:
        log.error("values of tiers are not what their facts add up to: %s persons", len(wrong))
    return {"settled": settled, "wrong": wrong}


@handles(trying.JOB)
def try_plan(stores: Stores, job: Job) -> dict[str, Any]:
    """Try a plan on the past."""
    return trying.run(stores, int(job.arguments["trial"]), job.progress)


schedule("tiers", "* * * * *", NEWS_JOB)
schedule("tiers_at_night", "5 0 * * *", NIGHT_JOB)
