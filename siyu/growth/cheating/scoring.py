"""The job that scores who takes part in campaigns: by set over contributions, seats and who left, every ten minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.growth.campaigns.tables import campaigns
from siyu.growth.cheating import holding
from siyu.growth.cheating.limiting import limits_of
from siyu.growth.cheating.model import LEAVES_WITHIN_HOURS, WATCHED_FROM, Reason, Signs, score
from siyu.growth.cheating.signs import LOOKED_BACK, followers_of, ringed_of, signs_of, silent
from siyu.growth.cheating.tables import limit_counts, limit_seats, suspicions
from siyu.jobs import handles, schedule
from siyu.jobs.model import Job
from siyu.storage import CHUNK_ROWS, Stores, in_chunks, insert_into
from siyu.storage.eventlog_schema import PERSON

JOB, CLEARING = "score_players", "forget_seats"
SPREADS_FROM = 60
"""What speaks against somebody with so many points speaks against who is with them."""
AFTER_THE_END = timedelta(days=7)
ROWS_A_WRITE = 500
SEATS_KEPT = timedelta(days=30)

OWN_LIFE = (
    *("product_viewed", "product_favourited", "cart_added", "order_paid", "lead_received", "message_opened"),
    *("message_clicked", "menu_clicked", "customer_wrote", "subscription_accepted", "service_asked"),
    *("video_liked", "video_commented"),
)
"""What people do of themselves, beside taking part in campaigns."""

_LIVELY = f"""
SELECT DISTINCT {PERSON} FROM events
WHERE name IN {OWN_LIFE} AND time >= {{since:DateTime64(3, 'UTC')}} AND {PERSON} IN {{persons:Array(UInt64)}}
"""

_LEFT = f"""
SELECT kept FROM (
    SELECT {PERSON} AS kept,
        minIf(time, name = 'friend_added') AS came,
        maxIf(time, name = 'friend_lost') AS went
    FROM events WHERE name IN ('friend_added', 'friend_lost') AND time >= {{since:DateTime64(3, 'UTC')}}
    GROUP BY kept
    HAVING countIf(name = 'friend_added') > 0 AND went > came AND went <= came + INTERVAL {LEAVES_WITHIN_HOURS} HOUR
)
"""


def score_campaign(stores: Stores, campaign: int) -> dict[str, int]:
    """Score everybody of a campaign anew, and hold what waits of whom the score now speaks against; how many persons
    have a score (``scored``), reach the campaign's mark (``suspects``), and rewards were held (``held``)."""
    now = stores.clock.now()
    gone = left_at_once(stores, now)
    with stores.ledger.read() as conn:
        quiet = silent(conn, now, campaign)
    lively = with_own_life(stores, now, quiet)
    with stores.ledger.read() as conn:
        found = scores_of(conn, campaign, gone, [each for each in quiet if each not in lively])
        mark = limits_of(conn, [campaign])[campaign].review_from
    kept = [(person, points, why) for person, (points, why) in sorted(found.items()) if points >= WATCHED_FROM]
    held = 0
    for chunk in in_chunks(kept, ROWS_A_WRITE):
        with stores.ledger.write() as conn:
            numbers = _write(conn, now, campaign, chunk, mark)
            held += holding.hold(conn, now, numbers) if numbers else 0
    with stores.ledger.write() as conn:
        _calm(conn, now, campaign, {person for person, _, _ in kept})
    return {"scored": len(kept), "suspects": sum(points >= mark for _, points, _ in kept), "held": held}


def scores_of(
    conn: Connection, campaign: int, gone: Sequence[int], hollow: Sequence[int]
) -> dict[int, tuple[int, list[Reason]]]:
    """Person → score and reasons. First everybody by what is seen of themselves, then who makes up the numbers of a
    starter against whom the crowd speaks, and who belongs to a ring that is seen."""
    signs = signs_of(conn, campaign, gone, hollow)
    found = {person: score(seen) for person, seen in signs.items()}
    more: dict[int, dict[str, int]] = defaultdict(dict[str, int])
    patrons = _speaking_against(found, ("hollow", "left_at_once"))
    if patrons:
        for person, points in followers_of(conn, campaign, patrons, gone, hollow).items():
            more[person]["patron"] = points
    ring = _speaking_against(found, ("ring",))
    if ring:
        for person, many in ringed_of(conn, campaign, list(ring)).items():
            more[person]["ringed"] = many
    return found | {person: score(replace(signs.get(person, Signs()), **seen)) for person, seen in more.items()}


def _speaking_against(found: Mapping[int, tuple[int, list[Reason]]], keys: Collection[str]) -> dict[int, int]:
    """Person → points, of whom one of these reasons speaks against who is with them, too."""
    return {
        person: points
        for person, (points, why) in found.items()
        if points >= SPREADS_FROM and any(each.key in keys for each in why)
    }


def with_own_life(stores: Stores, now: datetime, persons: Sequence[int]) -> set[int]:
    """Of these persons, who did anything of their own of late."""
    found: set[int] = set()
    for part in in_chunks(persons, CHUNK_ROWS):
        rows = stores.events.rows(_LIVELY, {"since": now - LOOKED_BACK, "persons": list(part)})
        found.update(int(row[0]) for row in rows)
    return found


def left_at_once(stores: Stores, now: datetime) -> list[int]:
    """Persons who were lost as friends within :data:`LEAVES_WITHIN_HOURS` of becoming one, of late."""
    return [int(row[0]) for row in stores.events.rows(_LEFT, {"since": now - LOOKED_BACK})]


def _write(
    conn: Connection, now: datetime, campaign: int, chunk: Sequence[tuple[int, int, list[Reason]]], mark: int
) -> list[int]:
    """Keep these; the numbers of whom is to be reviewed. What somebody decided stays decided."""
    rows = [
        {
            "campaign": campaign,
            "person": person,
            "score": points,
            "reasons": msgspec.to_builtins(why),
            "stage": "open" if points >= mark else "watched",
            "at": now,
            "changed": now,
        }
        for person, points, why in chunk
    ]
    adding = insert_into(conn, suspicions).values(rows)
    told, table = adding.excluded, suspicions.c
    decided = table.stage != "watched"  # what waits for a decision waits until there is one
    upsert = adding.on_conflict_do_update(
        index_elements=["campaign", "person"],
        set_={
            "score": told.score,
            "reasons": told.reasons,
            "stage": sa.case((decided, table.stage), else_=told.stage),
            "changed": told.changed,
        },
    ).returning(table.id, table.stage)
    return [row.id for row in conn.execute(upsert) if row.stage in ("open", "dropped")]


def _calm(conn: Connection, now: datetime, campaign: int, still: set[int]) -> None:
    """Of whom nothing is seen any more: whose rewards are under review stay open until somebody decides."""
    table = suspicions.c
    mine = sa.and_(table.campaign == campaign, table.stage == "watched", table.score > 0)
    quiet = [row.id for row in conn.execute(sa.select(table.id, table.person).where(mine)) if row.person not in still]
    for part in in_chunks(quiet, CHUNK_ROWS // 40):
        conn.execute(sa.update(suspicions).where(table.id.in_(part)).values(score=0, reasons=[], changed=now))


@handles(JOB)
def run(stores: Stores, job: Job) -> dict[str, Any]:
    """Every campaign that runs, or has ended of late."""
    since = stores.clock.now() - AFTER_THE_END
    table = campaigns.c
    running = sa.or_(table.stage.in_(("live", "paused")), sa.and_(table.stage == "ended", table.ended >= since))
    with stores.ledger.read() as conn:
        numbers = list(conn.execute(sa.select(table.id).where(running).order_by(table.id)).scalars())
    done = {"campaigns": len(numbers), "scored": 0, "suspects": 0, "held": 0}
    for place, campaign in enumerate(numbers):
        job.progress(place, len(numbers))
        for name, many in score_campaign(stores, campaign).items():
            done[name] += many
    return done


@handles(CLEARING)
def forget_seats(stores: Stores, job: Job) -> dict[str, Any]:
    """Forget what was counted a day, after a month: of addresses no fingerprint is kept for longer."""
    before = stores.clock.now() - SEATS_KEPT
    gone = 0
    while True:
        job.progress(gone)
        old = sa.and_(limit_seats.c.sort.in_(("address", "person")), limit_seats.c.at < before)
        keys = [limit_seats.c[name] for name in ("campaign", "sort", "mark", "day", "seat")]
        some = sa.select(*keys).where(old).limit(CHUNK_ROWS)
        with stores.ledger.write() as conn:
            many = conn.execute(sa.delete(limit_seats).where(sa.tuple_(*keys).in_(some))).rowcount
            if not many:
                days = sa.and_(limit_counts.c.day > 0, limit_counts.c.day < before.toordinal())
                conn.execute(sa.delete(limit_counts).where(days))
                return {"forgotten": gone}
        gone += many


schedule(JOB, "*/10 * * * *", JOB)
schedule(CLEARING, "41 3 * * *", CLEARING)
