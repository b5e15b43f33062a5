"""Points for what somebody did (signed in, shared, reviewed…): once for each event, at most so often a day and in all.

The key of a posting says rule, node, day and event. So how often somebody earned is a count of keys, and an event that
is read again finds its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from siyu.loyalty.points.earning.model import EventRule, Lasting
from siyu.loyalty.points.earning.rules import Kept
from siyu.loyalty.points.model import Earn
from siyu.loyalty.points.posting import post
from siyu.loyalty.points.tables import point_postings
from siyu.people.families import members_of
from siyu.people.moments import aware
from siyu.storage import Stores, in_chunks, sent
from siyu.storage.eventlog_schema import PERSON

BY = "events"
EVENTS_A_WRITE = 1_000


class Tiers(Protocol):
    def __call__(self, conn: Connection, persons: Sequence[int], /) -> Mapping[int, str]: ...


@dataclass(frozen=True, slots=True)
class Doing:
    """``mark``: its message id."""

    person: int
    name: str
    at: datetime
    mark: str


def follow(
    stores: Stores, rules: Sequence[Kept], zone: ZoneInfo, lasts: Lasting, tiers: Tiers, batches: Sequence[int]
) -> None:
    """What these stored batches tell."""
    names = sorted({each.rule.event for each in rules if isinstance(each.rule, EventRule)})
    rows = stores.events.rows(
        f"SELECT {PERSON} AS kept, name, time, message_id FROM events WHERE batch IN {{batches:Array(UInt64)}} "
        "AND name IN {names:Array(String)} ORDER BY time, message_id",
        {"batches": list(batches), "names": names},
        heavy=True,
    )
    told = [Doing(int(row[0]), str(row[1]), aware(row[2]), str(row[3])) for row in rows]
    for chunk in in_chunks(told, EVENTS_A_WRITE):
        with stores.ledger.write() as conn:
            give(conn, stores.clock.now(), rules, zone, lasts, tiers, chunk)


def give(
    conn: Connection,
    now: datetime,
    rules: Sequence[Kept],
    zone: ZoneInfo,
    lasts: Lasting,
    tiers: Tiers,
    told: Sequence[Doing],
) -> None:
    """Points for these, in their order, as far as the limits of the rules go."""
    families = members_of(conn, {each.person for each in told})
    tier_of = tiers(conn, sorted(families))
    asked: list[tuple[Kept, EventRule, Doing, str]] = []
    for each in told:
        day = each.at.astimezone(zone).date()
        for kept in rules:
            rule = kept.rule
            if not isinstance(rule, EventRule) or rule.event != each.name or not kept.gives_at(each.at):
                continue
            if rule.when.on(day) and (not rule.tiers or tier_of.get(each.person, "") in rule.tiers):
                asked.append((kept, rule, each, day.isoformat()))
    if not asked:
        return
    known = _known(conn, families, asked)
    counts = _counts(conn, families, asked)
    wishes: list[Earn] = []
    for kept, rule, each, day in asked:
        mark = sha256(each.mark.encode()).hexdigest()[:20]
        if (kept.id, each.person, mark) in known:
            continue
        known.add((kept.id, each.person, mark))
        today, ever = (kept.id, each.person, day), (kept.id, each.person, "")
        if counts[today] >= rule.times_a_day or (rule.times_ever is not None and counts[ever] >= rule.times_ever):
            continue
        counts[today] += 1
        counts[ever] = counts.get(ever, 0) + 1
        key = f"{_prefix(kept.id, each.person, day)}{mark}"
        ends = lasts.until(each.at, zone)
        wishes.append(Earn(key=key, why=rule.name, by=BY, person=each.person, points=rule.points, expires=ends))
    post(conn, now, wishes)


def _prefix(rule: int, node: int, day: str = "") -> str:
    return f"event:{rule}:{node}:{day}{':' if day else ''}"


def _known(
    conn: Connection, families: Mapping[int, Sequence[int]], asked: Sequence[tuple[Kept, EventRule, Doing, str]]
) -> set[tuple[int, int, str]]:
    """Which of these events earned before: rule, person, mark."""
    found: dict[str, tuple[int, int, str]] = {}
    for kept, _, each, day in asked:
        mark = sha256(each.mark.encode()).hexdigest()[:20]
        for node in families.get(each.person, (each.person,)):
            found[f"{_prefix(kept.id, node, day)}{mark}"] = (kept.id, each.person, mark)
    keys = sent(conn, key=(sa.Text, list(found)))
    query = sa.select(point_postings.c.key).join(keys, keys.c.key == point_postings.c.key)
    return {found[key] for key in conn.execute(query).scalars()}


def _counts(
    conn: Connection, families: Mapping[int, Sequence[int]], asked: Sequence[tuple[Kept, EventRule, Doing, str]]
) -> dict[tuple[int, int, str], int]:
    """How often the person earned by the rule on the day, and ("") ever."""
    wanted = {(kept.id, each.person, day) for kept, _, each, day in asked}
    wanted |= {(kept.id, each.person, "") for kept, rule, each, _ in asked if rule.times_ever is not None}
    counts = dict.fromkeys(wanted, 0)
    ranges = [
        (_prefix(rule, node, day), (rule, person, day))
        for rule, person, day in wanted
        for node in families.get(person, (person,))
    ]
    asking = sent(
        conn,
        place=(sa.BigInteger, list(range(len(ranges)))),
        low=(sa.Text, [low for low, _ in ranges]),
        high=(sa.Text, [f"{low}~" for low, _ in ranges]),
    )
    within = sa.and_(point_postings.c.key >= asking.c.low, point_postings.c.key < asking.c.high)
    query = sa.select(asking.c.place, sa.func.count()).join(point_postings, within).group_by(asking.c.place)
    for place, many in conn.execute(query):
        counts[ranges[place][1]] += many
    return counts
