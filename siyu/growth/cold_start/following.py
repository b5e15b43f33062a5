"""Who did what was asked after they were invited, and their benefit (a job, every five minutes).

What is found is written first, then what is due is granted, so that a purse that was too short grants as soon as it has
been filled up. Of several invitations of one list that became one person, the first that did it counts, alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from siyu.growth.cold_start.keeping import INVITE, list_lists
from siyu.growth.cold_start.model import ASKS, Invite, InviteList
from siyu.growth.cold_start.tables import cold_invites, cold_lists
from siyu.growth.purses import granting
from siyu.growth.purses.model import Wanted
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.people.moments import aware
from siyu.people.tables import people
from siyu.storage import Stores
from siyu.storage.eventlog_schema import PERSON
from siyu.storage.ledger import to_millis

JOB = "cold_start"


@handles(JOB)
def run(stores: Stores, job: Job) -> dict[str, Any]:
    """Every list that is live."""
    done = granted = 0
    for each in list_lists(stores):
        if each.stage == "live":
            done += note_done(stores, each)
            granted += grant_due(stores, each)
    return {"done": done, "granted": granted}


def note_done(stores: Stores, of: InviteList) -> int:
    """Write down who did it; how many."""
    waiting = _waiting(stores, of)
    if not waiting:
        return 0
    did = _did(stores, ASKS[of.ask][2], waiting)
    rows = [{"number": invite.id, "moment": did[kept]} for kept, invite in waiting.items() if kept in did]
    if not rows:
        return 0
    still = sa.exists().where(cold_lists.c.id == of.id, cold_lists.c.stage == "live")
    mine = sa.and_(cold_invites.c.id == sa.bindparam("number"), cold_invites.c.done.is_(None), still)
    with stores.ledger.write() as conn:
        conn.execute(sa.update(cold_invites).where(mine).values(done=sa.bindparam("moment")), rows)
    return len(rows)


def grant_due(stores: Stores, of: InviteList) -> int:
    """Grant the benefit to who did it and has it not, as far as the purse goes; how many."""
    if not of.reward or of.purse is None:
        return 0
    mine = sa.and_(cold_invites.c.list == of.id, cold_invites.c.done.is_not(None), cold_invites.c.granted.is_(None))
    due = sa.select(*INVITE).where(mine).order_by(cold_invites.c.done, cold_invites.c.id)
    with stores.ledger.read() as conn:
        if conn.execute(due.limit(1)).first() is None:
            return 0
    with stores.ledger.write() as conn:
        invites = [Invite(*row) for row in conn.execute(due)]
        outcomes = granting.grant(conn, stores.clock.now(), "system", [_wish(of, of.purse, each) for each in invites])
        rows = [
            {"number": each.id, "reward": outcome.reward}
            for each, outcome in zip(invites, outcomes, strict=True)
            if outcome.reward is not None
        ]
        mine = cold_invites.c.id == sa.bindparam("number")
        if rows:
            conn.execute(sa.update(cold_invites).where(mine).values(granted=sa.bindparam("reward")), rows)
    return len(rows)


def _wish(of: InviteList, purse: int, invite: Invite) -> Wanted:
    return Wanted(f"cold:{of.id}:{invite.id}", purse, invite.person, of.reward, of.amount, of.title, why=of.name)


def _waiting(stores: Stores, of: InviteList) -> dict[int, Invite]:
    """Kept person → their invitation, of those who have their link and did not do it yet by any invitation."""
    query = sa.select(people.c.kept, *INVITE).join(cold_invites, cold_invites.c.person == people.c.person)
    found: dict[int, Invite] = {}
    done: set[int] = set()
    with stores.ledger.read() as conn:
        for kept, *values in conn.execute(query.where(cold_invites.c.list == of.id).order_by(cold_invites.c.id)):
            invite = Invite(*values)
            if invite.done is not None:
                done.add(kept)
            elif invite.invited is not None:
                found.setdefault(kept, invite)
    return {kept: invite for kept, invite in found.items() if kept not in done}


def _did(stores: Stores, event: str, waiting: dict[int, Invite]) -> dict[int, datetime]:
    """Kept person → when they first did it after they were invited."""
    since: Sequence[int] = [to_millis(each.invited) for each in waiting.values() if each.invited is not None]
    rows = stores.events.rows(
        f"SELECT kept, min(time) FROM (SELECT {PERSON} AS kept, time FROM events "
        "WHERE name = {event:String} AND time >= fromUnixTimestamp64Milli({first:Int64})) "
        "WHERE kept IN {persons:Array(UInt32)} AND toUnixTimestamp64Milli(time) >= "
        "transform(toInt64(kept), {numbers:Array(Int64)}, {since:Array(Int64)}, toInt64(0)) GROUP BY kept",
        {"event": event, "first": min(since), "persons": list(waiting), "numbers": list(waiting), "since": list(since)},
    )
    return {int(kept): aware(at) for kept, at in rows}


schedule(JOB, "*/5 * * * *", JOB)
