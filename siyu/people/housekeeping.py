"""What this room does every night: raw intake past its time goes, and those who come of age are minors no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from siyu.jobs import handles, preferences, schedule
from siyu.jobs.model import Job
from siyu.jobs.tables import cursors
from siyu.people import families
from siyu.people.drain import INBOX
from siyu.people.tables import batches, people
from siyu.storage import Stores

BODIES_A_TURN = 500
OF_AGE_YEARS = 18


@handles("forget_old_bodies")
def forget_old_bodies(stores: Stores, job: Job) -> dict[str, Any]:
    """Drop bodies of the inbox received longer ago than the preference ``inbox_days`` says, in small turns.

    A body that is not stored yet, or belongs to a batch that may have to be stored again, stays.
    """
    with stores.ledger.read() as conn:
        days = preferences.get(conn, "inbox_days")
        read = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == INBOX)).scalar_one_or_none() or 0
        unfinished = conn.execute(
            sa.select(sa.func.min(batches.c.first)).where(batches.c.stored.is_(None), batches.c.stream == INBOX)
        ).scalar_one()
    up_to = read if unfinished is None else min(read, unfinished - 1)
    before = stores.clock.now() - timedelta(days=days)
    gone = 0
    while count := stores.inbox.purge(before, up_to, BODIES_A_TURN):
        gone += count
        job.progress(gone)
    return {"gone": gone}


@handles("come_of_age")
def come_of_age(stores: Stores, job: Job) -> dict[str, Any]:
    """Have everybody whose eighteenth birthday is today or was in the last days projected anew: the guard and the
    rules read from the projection who is a minor."""
    now = stores.clock.now()
    today = now.astimezone(ZoneInfo(preferences.get(stores, "timezone"))).date()
    days = [today - timedelta(days=back) for back in range(3)]  # the zone's edge, and a night that was missed
    birthdays = [f"{day.year - OF_AGE_YEARS:04d}-{day.month:02d}-{day.day:02d}" for day in days]
    with stores.ledger.write() as conn:
        persons = list(conn.execute(sa.select(people.c.kept).where(people.c.birthday.in_(birthdays))).scalars())
        families.mark_changed(conn, now, persons)
    return {"persons": len(persons)}


schedule("forget_old_bodies", "43 4 * * *", "forget_old_bodies")
schedule("come_of_age", "5 0 * * *", "come_of_age")
