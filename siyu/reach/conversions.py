"""What became of leads, read by set from what happens: added on WeCom, bought. ``channels/ocean`` tells the platform.

Stored batches are followed from a place of their own. Whoever they touch is looked at whole, so that it makes no
difference whether the lead or the order came into the event log first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from siyu.channels.ocean.sending import Conversion, note
from siyu.channels.ocean.tables import ocean_clues
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.jobs.tables import cursors
from siyu.people import news
from siyu.people.moments import aware
from siyu.storage import Stores, insert_into
from siyu.storage.eventlog_schema import PERSON

CURSOR = "conversions"
PIECES_A_STEP = 200
DAYS = 90
"""What happens later than so many days after a lead is not counted as its doing."""

CONVERSIONS = {"friend_added": "added", "order_paid": "bought"}

FOUND = f"""
WITH touched AS (
    SELECT DISTINCT {PERSON} AS who FROM events
    WHERE batch IN {{batches:Array(UInt64)}} AND name IN ('lead_received', 'friend_added', 'order_paid')
)
SELECT lead.account, lead.clue, done.name, min(done.time), argMin(done.amount, done.time)
FROM (
    SELECT {PERSON} AS who, properties.`account`.:Int64 AS account, properties.`clue_id`.:String AS clue, time
    FROM events
    WHERE name = 'lead_received' AND who IN touched AND account IS NOT NULL AND clue IS NOT NULL
) AS lead
JOIN (
    SELECT {PERSON} AS who, name, time, amount FROM events
    WHERE name IN ('friend_added', 'order_paid') AND who IN touched
) AS done ON lead.who = done.who
WHERE done.time >= lead.time AND done.time < lead.time + INTERVAL {DAYS} DAY
GROUP BY lead.account, lead.clue, done.name
"""


def read_conversions(stores: Stores) -> int:
    """Enter what became of leads since the last time; how many conversions are new."""
    if news.anything_new(stores):
        news.give_places(stores)
    new = 0
    while True:
        with stores.ledger.read() as conn:
            place = conn.execute(sa.select(cursors.c.place).where(cursors.c.name == CURSOR)).scalar() or 0
            any_lead = conn.execute(sa.select(ocean_clues.c.clue).limit(1)).first() is not None
        pieces = news.pieces_after(stores, place, PIECES_A_STEP)
        if not pieces:
            return new
        found = _found(stores, [piece.batch for piece in pieces]) if any_lead else []
        with stores.ledger.write() as conn:
            new += note(conn, stores.clock.now(), found)
            moved = insert_into(conn, cursors).values(name=CURSOR, place=pieces[-1].place)
            conn.execute(moved.on_conflict_do_update(index_elements=["name"], set_={"place": pieces[-1].place}))


def _found(stores: Stores, batches: Sequence[int]) -> list[Conversion]:
    rows: Sequence[Any] = stores.events.rows(FOUND, {"batches": list(batches)}, heavy=True)
    return [
        Conversion(account, clue, CONVERSIONS[name], aware(at), amount if name == "order_paid" else None)
        for account, clue, name, at, amount in rows
    ]


@handles("note_conversions")
def note_conversions(stores: Stores, job: Job) -> dict[str, Any]:
    """Enter what became of leads; ``send_conversions`` tells it."""
    return {"new": read_conversions(stores)}


schedule("note_conversions", "*/5 * * * *", "note_conversions")
