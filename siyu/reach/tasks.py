"""Jobs of this room: writing a broadcast's outbox, closing a cancelled one, leaving complainers in peace, media."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from siyu.channels import channels_of
from siyu.jobs import Job, handles, schedule
from siyu.people.tables import people
from siyu.reach import cooling, fatigue
from siyu.reach.broadcasts import CLOSE_JOB, INTEND_JOB
from siyu.reach.greeting import ready_media
from siyu.reach.guard import TIRED_JOB
from siyu.reach.intending import close_out, intend_broadcast
from siyu.reach.membership import members_of
from siyu.reach.tables import blocklist
from siyu.storage import Stores, insert_into, sent

COMPLAINTS_JOB = "leave_complainers_in_peace"
MEDIA_JOB = "renew_media_of_welcomes"
LOOK_BACK = timedelta(days=3)
"""Complaints may arrive late; those of the last days are looked at each time, which changes nothing twice."""


@handles(INTEND_JOB)
def write_outbox(stores: Stores, job: Job) -> Mapping[str, Any]:
    broadcast = int(job.arguments["broadcast"])
    channels = channels_of(stores)
    try:
        intend_broadcast(stores, channels, members_of, broadcast, job.progress)
    finally:
        channels.close()
    return {"broadcast": broadcast}


@handles(CLOSE_JOB)
def close_cancelled(stores: Stores, job: Job) -> Mapping[str, Any]:
    return {"closed": close_out(stores, int(job.arguments["broadcast"]), "cancelled")}


@handles(COMPLAINTS_JOB)
def leave_complainers_in_peace(stores: Stores, job: Job) -> Mapping[str, Any]:
    """Whoever complained goes on the do-not-disturb list; a person takes them off again, by hand. Who complained or
    left a channel is in a cool-down."""
    now = stores.clock.now()
    told = cooling.told_since(stores, now - LOOK_BACK)
    complained = sorted({person for person, cause, _, _ in told if cause == "complained"})
    with stores.ledger.write() as conn:
        cooling.note(conn, told)
        cooling.forget_who_came_back(conn, now)
        asked = sent(conn, person=(sa.BigInteger, complained))
        known = (
            sa.select(
                people.c.person, sa.literal(now, blocklist.c.at.type), sa.literal("complaint"), sa.literal("system")
            )
            .join(asked, asked.c.person == people.c.person)
            .where(sa.true())
        )
        added = conn.execute(
            insert_into(conn, blocklist).from_select(["person", "at", "reason", "by"], known).on_conflict_do_nothing()
        ).rowcount
    return {"listed": max(added, 0)}


@handles(TIRED_JOB)
def find_who_is_tired(stores: Stores, job: Job) -> Mapping[str, Any]:
    """Work out anew who is too tired of being written to."""
    return {"tired": fatigue.refresh(stores)}


@handles(MEDIA_JOB)
def renew_media_of_welcomes(stores: Stores, job: Job) -> Mapping[str, Any]:
    """What welcomes name is at the platforms before a new friend comes: a welcome has no time for uploads."""
    channels = channels_of(stores)
    try:
        return {"renewed": ready_media(stores, channels)}
    finally:
        channels.close()


schedule(MEDIA_JOB, "*/20 * * * *", MEDIA_JOB)
schedule(TIRED_JOB, "23 * * * *", TIRED_JOB)
schedule(COMPLAINTS_JOB, "*/5 * * * *", COMPLAINTS_JOB)
